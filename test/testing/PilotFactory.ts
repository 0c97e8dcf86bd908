/** A program of a user: the tests of it stand beside. */
import { Effect, Ref, Schedule } from "effect"
import { Capability, type JobHandle, JobStatus, Outcomes, type Submission, SubmissionKey } from "../../src/index.ts"

/** Keeps `target` pilots queued or running: looks each minute, gives up what has ended, submits what is missing. */
export const keepPilots = Effect.fn("keepPilots")(function*(spec: Submission.SubmissionSpec, target: number) {
  const { submit } = yield* Capability.Submitter
  const { status } = yield* Capability.StatusReporter
  const { purge } = yield* Capability.Purgeable
  const pilots = yield* Ref.make<ReadonlyArray<JobHandle.JobHandle>>([])
  const order = yield* Ref.make<{ key: SubmissionKey.SubmissionKey; copies: Array<Submission.Copy> } | undefined>(
    undefined
  )
  const cycle = Effect.gen(function*() {
    const known = yield* Ref.get(pilots)
    const ended = Outcomes.successes(yield* status(known)).filter(([, one]) => JobStatus.isTerminal(one))
    const over = new Set(ended.map(([handle]) => handle))
    yield* purge(Array.from(over))
    // Of whom one hears nothing is not gone.
    const live = known.filter((handle) => !over.has(handle))
    yield* Ref.set(pilots, live)
    // A submission that failed is repeated as it was: what it may have left is found by its key.
    const { copies, key } = (yield* Ref.get(order)) ??
      { key: yield* SubmissionKey.generate, copies: Array.from({ length: target - live.length }, () => ({})) }
    yield* Ref.set(order, { copies, key })
    const { handles } = yield* submit(spec, copies, { key })
    yield* Ref.set(pilots, [...live, ...handles])
    yield* Ref.set(order, undefined)
  })
  const minutely = Schedule.spaced("1 minute")
  return yield* Effect.repeat(Effect.retry(cycle, minutely), minutely)
})
