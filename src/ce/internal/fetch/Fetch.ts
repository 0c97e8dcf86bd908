/**
 * Fetches in two phases: the output is complete at its destination before its job leaves the CE (if output is given once).
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import type { BackendError, LocalFailure } from "../../../contract/BackendError.ts"
import type { OutputRetriever, RepeatableOutputRetriever } from "../../../contract/Capability.ts"
import type { FetchError, RepeatableFetchError, TransferFailed } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import type { JobOutput } from "../../../contract/JobOutput.ts"
import * as Outcomes from "../../../contract/Outcomes.ts"
import type * as PrivateDirectories from "../../../files/PrivateDirectories.ts"
import type { Settings } from "../../Config.ts"
import type { Sessions } from "../credentials/Session.ts"
import * as Operation from "../metrics/Operation.ts"
import * as Exclusive from "../query/Exclusive.ts"
import * as JobLookup from "../query/JobLookup.ts"
import * as JobTargets from "../query/JobTargets.ts"
import type { Target } from "../query/LookupResult.ts"
import * as Acknowledge from "./Acknowledge.ts"
import type * as Claim from "./Claim.ts"
import * as Deposit from "./Deposit.ts"
import type * as Destination from "./Destination.ts"
import * as FetchHeld from "./FetchHeld.ts"
import * as FetchOutcomes from "./FetchOutcomes.ts"
import * as FetchPlan from "./FetchPlan.ts"
import * as FetchTargets from "./FetchTargets.ts"

// If two handles have the same job id, the second one is fetched after the first.
const inRounds = Effect.fnUntraced(function*<E>(
  targets: ReadonlyArray<Target>,
  fetch: (round: ReadonlyArray<Target>) => Effect.Effect<FetchTargets.Fetched<E>, BackendError | LocalFailure>
) {
  const kept: Array<Claim.Claim> = []
  const outcomes: Array<FetchOutcomes.Outcome<E | TransferFailed>> = []
  for (const round of JobLookup.rounds(targets)) {
    const some = Array.from(round.values())
    const fetched = yield* Effect.result(fetch(some))
    if (Result.isSuccess(fetched)) {
      kept.push(...fetched.success.kept)
      outcomes.push(...fetched.success.outcomes)
    } else if (FetchOutcomes.hasOutput(outcomes)) outcomes.push(...FetchOutcomes.unreached(some, fetched.failure))
    else return yield* Effect.fail(fetched.failure)
  }
  return { kept, outcomes }
})

// Both retrievers: they differ in their policy, and one releases the jobs that it has fetched.
const retriever = Effect.fnUntraced(function*<E extends FetchError>(
  name: string,
  sessions: Sessions,
  settings: Settings,
  temporary: PrivateDirectories.Temporary,
  local: Destination.Destination,
  policy: FetchPlan.Policy<E | RepeatableFetchError>,
  release: Acknowledge.Release
) {
  const path = yield* Path.Path
  const fetchTargets = yield* FetchTargets.make(settings, temporary, local, policy, release)
  // A second fibre would redirect the transfer of the first to its own directory.
  const exclusively = Exclusive.make()

  const fetch = Effect.fn(`${name}.fetch`)(
    function*(
      handles: ReadonlyArray<JobHandle>,
      destination: string,
      deposit: Deposit.Deposit<E | RepeatableFetchError>
    ) {
      if (handles.length === 0) return Outcomes.fromIterable<JobOutput, E | RepeatableFetchError>([])
      yield* Effect.annotateCurrentSpan({ "htcondor.jobs": handles.length })
      const { kept, outcomes } = yield* sessions.use(
        "write",
        Effect.fnUntraced(function*(session) {
          const { elsewhere, here } = JobTargets.targets(session, handles)
          const { kept, outcomes } = yield* inRounds(here, (some) =>
            exclusively(
              // Handles of one job may have different names of its CE.
              some.map(({ handle: { copy, job, key } }) => `${job}/${key}/${copy}`),
              fetchTargets(session, some, path.resolve(destination), deposit)
            ))
          const all = Outcomes.fromIterable<JobOutput, E | RepeatableFetchError>([...elsewhere, ...outcomes])
          return { kept, outcomes: Outcomes.inOrder(all, handles) }
        })
      )
      // The last step: if the caller did not get the outcome of a job, the job is not released, even if the destination is
      // removed.
      release.remember(kept)
      return outcomes
    },
    Operation.fetch(sessions.endpoint)
  )

  const fetchOne = (
    handle: JobHandle,
    destination: string,
    deposit: Deposit.Deposit<E | RepeatableFetchError>
  ): Effect.Effect<JobOutput, E | RepeatableFetchError | BackendError> =>
    Effect.flatMap(fetch([handle], destination, deposit), (outcomes) =>
      Option.match(Outcomes.get(outcomes, handle), {
        onNone: () => Effect.die(new Error("a handle was left without an outcome")),
        onSome: Effect.fromResult
      }))

  return { fetch, fetchOne, fetchHeld: yield* FetchHeld.make(sessions, temporary, local, exclusively) }
})

/**
 * The service of a CE that gives output once.
 */
export const make = (
  sessions: Sessions,
  settings: Settings,
  temporary: PrivateDirectories.Temporary,
  local: Destination.Destination,
  release: Acknowledge.Release
) =>
  Effect.map(
    retriever("OutputRetriever", sessions, settings, temporary, local, FetchPlan.once, release),
    ({ fetch, fetchHeld, fetchOne }): OutputRetriever["Service"] => ({
      destructive: true,
      fetch: (handles, destination, options) => fetch(handles, destination, Deposit.make(options)),
      fetchOne: (handle, destination, options) => fetchOne(handle, destination, Deposit.make(options)),
      fetchHeld
    })
  )

/**
 * The service of a CE that keeps output until `purge`, or until its retention is over.
 */
export const makeRepeatable = (
  sessions: Sessions,
  settings: Settings,
  temporary: PrivateDirectories.Temporary,
  local: Destination.Destination
) =>
  Effect.map(
    retriever(
      "RepeatableOutputRetriever",
      sessions,
      settings,
      temporary,
      local,
      FetchPlan.repeatable,
      Acknowledge.none
    ),
    ({ fetch, fetchHeld, fetchOne }): RepeatableOutputRetriever["Service"] => ({
      destructive: false,
      fetch: (handles, destination) => fetch(handles, destination, Deposit.none),
      fetchOne: (handle, destination) => fetchOne(handle, destination, Deposit.none),
      fetchHeld
    })
  )
