/**
 * @title Follow jobs to their end
 *
 * Watch many jobs in one call. `watch` and `waitFor` share one query per compute element: do not poll each job.
 */
import { Duration, Effect, Result } from "effect"
import { Capability, type JobHandle, Outcomes } from "effect-htcondor-ce"

export const settle = Effect.fn("settle")(function*(handles: ReadonlyArray<JobHandle.JobHandle>) {
  const { waitFor } = yield* Capability.StatusReporter
  const { cancel } = yield* Capability.Cancellable

  // A held job is not terminal, because somebody may release it: bound the wait.
  const outcomes = yield* waitFor(handles, { until: "Terminal", timeout: Duration.hours(1) })

  // Every handle has an outcome: a status, or a tagged error with the last status.
  const late = Outcomes.failures(outcomes).filter(([, error]) => error._tag === "WaitTimedOut").map(([handle]) =>
    handle
  )
  for (const [handle, outcome] of yield* cancel(late)) {
    yield* Effect.log(handle.job, Result.isSuccess(outcome) ? outcome.success._tag : outcome.failure.message)
  }
  return Outcomes.successes(outcomes).map(([, status]) => status._tag)
})
