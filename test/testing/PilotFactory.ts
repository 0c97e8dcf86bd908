/** A program of a user: the tests of it stand beside. */
import { Effect, Ref, Schedule } from "effect"
import { Capability, type JobHandle, JobStatus, Outcomes, type Submission, SubmissionKey } from "../../src/index.ts"

/** Keeps `target` pilots queued or running: looks each minute, gives up what has ended, submits what is missing. */
export const keepPilots = Effect.fn("keepPilots")(function*(spec: Submission.SubmissionSpec, target: number) {
  const { submit } = yield* Capability.Submitter
  const { status } = yield* Capability.StatusReporter
  const { purge } = yield* Capability.Purgeable
  const pilots = yield* Ref.make<ReadonlyArray<JobHandle.JobHandle>>([])
  const cycle = Effect.gen(function*() {
    const known = Outcomes.successes(yield* status(yield* Ref.get(pilots)))
    const live = known.filter(([, one]) => !JobStatus.isTerminal(one)).map(([handle]) => handle)
    yield* purge(known.filter(([, one]) => JobStatus.isTerminal(one)).map(([handle]) => handle))
    const copies = Array.from({ length: target - live.length }, () => ({}))
    const { handles } = yield* submit(spec, copies, { key: yield* SubmissionKey.generate })
    yield* Ref.set(pilots, [...live, ...handles])
  })
  const minutely = Schedule.spaced("1 minute")
  return yield* Effect.repeat(Effect.retry(cycle, minutely), minutely)
})
