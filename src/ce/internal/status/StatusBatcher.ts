/**
 * Answers `statusOf` calls for single jobs with one query for many.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import * as Request from "effect/Request"
import * as RequestResolver from "effect/RequestResolver"
import * as Result from "effect/Result"
import * as Constraint from "../../../condor/Constraint.ts"
import type { BackendError } from "../../../contract/BackendError.ts"
import type { StatusReporter } from "../../../contract/Capability.ts"
import type { StatusError } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import type { JobStatus } from "../../../contract/JobStatus.ts"
import type { Outcomes } from "../../../contract/Outcomes.ts"
import * as Tuning from "./tuning.ts"

type Reporter = StatusReporter["Service"]

// One query for the jobs of several callers. `fiber` is set as soon as it runs.
interface StatusBatch {
  waiters: number
  fiber?: Fiber.Fiber<Outcomes<JobStatus, StatusError>, BackendError>
}

// A caller, and the batch with its job.
interface Caller {
  interrupted: boolean
  batch?: StatusBatch
}

class StatusOf extends Request.Class<
  { readonly handle: JobHandle; readonly caller: Caller },
  JobStatus,
  StatusError | BackendError
> {}

const stopIfUnawaited = ({ fiber, waiters }: StatusBatch): Effect.Effect<void> =>
  waiters > 0 || fiber === undefined ? Effect.void : Fiber.interrupt(fiber)

const interrupt = (caller: Caller): Effect.Effect<void> =>
  Effect.suspend(() => {
    caller.interrupted = true
    const { batch } = caller
    if (batch === undefined) return Effect.void
    batch.waiters -= 1
    return stopIfUnawaited(batch)
  })

const ask = Effect.fnUntraced(function*(
  status: Reporter["status"],
  batch: StatusBatch,
  handles: ReadonlyArray<JobHandle>
) {
  const fiber = yield* Effect.forkChild(status(handles))
  batch.fiber = fiber
  yield* stopIfUnawaited(batch)
  return yield* Fiber.join(fiber)
})

const exitOf = (
  handle: JobHandle,
  answer: Result.Result<Outcomes<JobStatus, StatusError>, BackendError>
): Exit.Exit<JobStatus, StatusError | BackendError> => {
  if (Result.isFailure(answer)) return Exit.fail(answer.failure)
  const outcome = Option.getOrUndefined(answer.success.get(handle))
  if (outcome === undefined) return Exit.die(new Error("a handle was left without an outcome"))
  return Result.isSuccess(outcome) ? Exit.succeed(outcome.success) : Exit.fail(outcome.failure)
}

/**
 * Makes `statusOf` from a function that queries many jobs.
 *
 * **Details**
 *
 * A later caller does not share a running query: its answer may be older than the caller's last action. An interrupted caller is
 * removed from a pending batch. A running query is cancelled when all of its callers are gone.
 */
export const make = (status: Reporter["status"]): Reporter["statusOf"] => {
  const free = Latch.makeUnsafe(true)
  let underWay = 0

  const begin = Effect.sync(() => {
    underWay += 1
    if (underWay >= Tuning.maxUnderWay) free.closeUnsafe()
  })
  const end = Effect.sync(() => {
    underWay -= 1
    free.openUnsafe()
  })

  const resolver = RequestResolver.make<StatusOf>(Effect.fnUntraced(function*(all) {
    const entries = all.filter(({ request }) => !request.caller.interrupted)
    const batch: StatusBatch = { waiters: entries.length }
    for (const { request } of entries) request.caller.batch = batch
    if (entries.length === 0) return
    const handles = entries.map((entry) => entry.request.handle)
    const answer = yield* Effect.acquireUseRelease(
      begin,
      () => Effect.result(ask(status, batch, handles)),
      () => end
    )
    for (const entry of entries) entry.completeUnsafe(exitOf(entry.request.handle, answer))
  })).pipe(
    RequestResolver.setDelayEffect(Effect.andThen(Effect.sleep(Tuning.gathering), free.await)),
    RequestResolver.batchN(Constraint.maxJobs)
  )

  return (handle) =>
    Effect.suspend(() => {
      const caller: Caller = { interrupted: false }
      return Effect.onInterrupt(Effect.request(new StatusOf({ handle, caller }), resolver), () => interrupt(caller))
    })
}
