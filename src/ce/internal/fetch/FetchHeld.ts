/**
 * Fetches the files that held jobs have left. It neither releases nor removes the jobs.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as JobAd from "../../../condor/JobAd.ts"
import type { HeldFetchError } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import type { HeldRetriever } from "../../../contract/OutputRetriever.ts"
import * as SubmissionKey from "../../../contract/SubmissionKey.ts"
import { FreeSpace } from "../../../files/FreeSpace.ts"
import type * as PrivateDirectories from "../../../files/PrivateDirectories.ts"
import { localFailure } from "../credentials/BackendErrors.ts"
import type { Session, Sessions } from "../credentials/Session.ts"
import * as Operation from "../metrics/Operation.ts"
import type { Exclusive } from "../query/Exclusive.ts"
import * as JobLookup from "../query/JobLookup.ts"
import type { Target } from "../query/LookupResult.ts"
import * as Admission from "./Admission.ts"
import type * as Destination from "./Destination.ts"
import * as HeldDecision from "./HeldDecision.ts"
import * as HeldRecord from "./HeldRecord.ts"
import * as HeldTransfer from "./HeldTransfer.ts"

/**
 * Makes `fetchHeld` for one CE. `exclusively` excludes concurrent fetches of the same job by this backend.
 */
export const make = Effect.fnUntraced(function*(
  sessions: Sessions,
  temporary: PrivateDirectories.Temporary,
  local: Destination.Destination,
  exclusively: Exclusive
) {
  const path = yield* Path.Path
  const freeSpace = yield* FreeSpace
  const transfers = yield* HeldTransfer.make
  const records = yield* HeldRecord.make

  const decide = Effect.fnUntraced(function*(session: Session, target: Target) {
    const resultOf = yield* JobLookup.lookupAll(session, [target], JobAd.outputAttributes)
    return HeldDecision.decide(target.handle, target.id, resultOf(target), session.settings.explanations)
  })

  const fetchTarget = Effect.fnUntraced(function*(session: Session, target: Target, destination: string) {
    const { limits } = session.settings
    yield* Effect.mapError(local.ensure(destination), (error) => localFailure(destination, error))
    yield* temporary.sweep(destination)
    const held = yield* Effect.fromResult(yield* decide(session, target))
    const free = Option.getOrUndefined(yield* freeSpace(destination))
    const [refused] = Admission.admit([held.job], limits, free).refused
    if (refused !== undefined) return yield* refused
    const begun = yield* local.begin
    const staging = yield* Effect.mapError(
      temporary.scopedBelow(destination),
      (error) => localFailure(destination, error)
    )
    const batch = { session, staging, begun, fetchId: yield* SubmissionKey.generate }
    const isClean = yield* transfers.transfer(batch, held).pipe(
      // The job may have changed in the meantime: then its new state is a better error.
      Effect.catchTag("TransferFailed", (error) =>
        Effect.flatMap(
          Effect.result(decide(session, target)),
          (now): Effect.Effect<never, HeldFetchError> =>
            Effect.fail(Result.isSuccess(now) && Result.isFailure(now.success) ? now.success.failure : error)
        ))
    )
    return yield* records.place(held, transfers.stagingOf(batch, held.job), destination, limits, isClean, begun)
  }, Effect.scoped)

  const fetchHeld: HeldRetriever["fetchHeld"] = Effect.fn("OutputRetriever.fetchHeld")(
    function*(handle: JobHandle, destination: string) {
      yield* Effect.annotateCurrentSpan({ "htcondor.jobs": 1 })
      return yield* sessions.use(
        "write",
        Effect.fnUntraced(function*(session) {
          const target = yield* Effect.fromResult(JobLookup.target(session, handle))
          const { copy, job, key } = handle
          return yield* exclusively(
            [`${job}/${key}/${copy}`],
            fetchTarget(session, target, path.resolve(destination))
          )
        })
      )
    },
    Operation.timed(sessions.endpoint, "fetchHeld")
  )

  return fetchHeld
})
