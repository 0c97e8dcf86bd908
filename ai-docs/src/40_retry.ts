/**
 * @title Retry by the error, not by its text
 *
 * Every error has a `retry`. `Retry.schedule` repeats what may succeed, and ends at any other error.
 */
import { Effect, Schedule } from "effect"
import { Capability, type JobHandle, Retry } from "effect-htcondor-ce"

export const statusPatiently = Effect.fn("statusPatiently")(function*(handles: ReadonlyArray<JobHandle.JobHandle>) {
  const { status } = yield* Capability.StatusReporter
  // This repeats failures of the whole call, such as `CEUnavailable`. Failures of single jobs are in the outcomes.
  return yield* Effect.retry(status(handles), Retry.schedule.pipe(Schedule.upTo({ duration: "1 hour" })))
})
