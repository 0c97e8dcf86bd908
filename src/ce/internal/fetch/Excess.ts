/**
 * Enforces limits during a transfer: neither the CE nor a payload has to announce the size of an output.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { LimitExceeded, TransferFailed } from "../../../contract/JobError.ts"
import type { Limits } from "../../../contract/Limits.ts"
import { FreeSpace } from "../../../files/FreeSpace.ts"
import * as Tree from "../../../files/Tree.ts"
import * as Elapsed from "../query/Elapsed.ts"
import type { Candidate } from "./FetchDecision.ts"
import * as Staged from "./Staged.ts"
import * as Tuning from "./tuning.ts"

/**
 * The job whose output exceeds a limit, and its error.
 */
export interface Excess {
  readonly job: Candidate
  readonly error: LimitExceeded | TransferFailed
}

/**
 * - `freeSpace`: the free bytes of a directory's file system
 * - `measure`: the size of a directory; it stops counting above `maxFiles`
 */
export interface Means {
  freeSpace(directory: string): Effect.Effect<Option.Option<number>>
  measure(directory: string, maxFiles: number): Effect.Effect<Tree.Size, unknown>
}

/**
 * Waits until the output of a job exceeds a limit, or leaves too little free space. Returns an effect that finds this job. That
 * effect looks at all jobs: run it when no more bytes arrive.
 *
 * **Details**
 *
 * It checks the free space at a constant pace. It looks at a job with many files less often, except at the last job that grew:
 * the tool transfers one job after the other, and the next one has no files yet.
 *
 * If the free space is too small, the job that exceeds the size in its ad most gets the error. Files that cannot be read are not
 * counted: the output is checked again when it is complete.
 */
export const makeWith = ({ freeSpace, measure }: Means) =>
(
  jobs: ReadonlyArray<Candidate>,
  directoryOf: (job: Candidate) => string,
  staging: string,
  limits: Limits
): Effect.Effect<Effect.Effect<Excess | undefined>> => {
  const sizeOf = (job: Candidate) =>
    Effect.orElseSucceed(measure(directoryOf(job), limits.maxFiles), () => Tree.nothing)

  // The free space may have become smaller until the tool stopped. It may also have grown, if somebody else made room.
  const blame = Effect.fnUntraced(function*(before: number): Effect.fn.Return<Excess | undefined> {
    const free = Math.min(before, Option.getOrElse(yield* freeSpace(staging), () => before))
    const sizes = yield* Effect.forEach(jobs, (job) => Effect.map(sizeOf(job), (size) => ({ job, size })))
    const [most] = sizes.toSorted((a, b) => Staged.unpromised(b) - Staged.unpromised(a))
    const error = most === undefined ? undefined : Staged.exceeded(most.job, most.size, limits, free)
    return most === undefined || error === undefined ? undefined : { job: most.job, error }
  })

  const watchRoom = Effect.gen(function*() {
    while (true) {
      yield* Effect.sleep(Tuning.lookInterval)
      const free = Option.getOrUndefined(yield* freeSpace(staging))
      if (free !== undefined && free < limits.minFreeBytes) return blame(free)
    }
  })

  const watchJobs = Effect.gen(function*() {
    // The monotonic clock: if the time of day is set back, no job waits for that.
    const now = Effect.map(yield* Elapsed.start, Duration.toMillis)
    const seen = new Map<Candidate, { readonly size: Tree.Size; readonly took: number; readonly at: number }>()
    let growing: Candidate | undefined
    while (true) {
      yield* Effect.sleep(Tuning.lookInterval)
      // Looks at the jobs that are due. A job that grows does not wait for many others.
      for (const job of growing === undefined ? jobs : [growing, ...jobs]) {
        const began = yield* now
        const before = seen.get(job)
        if (before !== undefined) {
          const rest = Tuning.restraint * before.took
          if (began < before.at + (job === growing ? Math.min(rest, Tuning.longestRest) : rest * jobs.length)) continue
        }
        const size = yield* sizeOf(job)
        const error = Staged.exceeded(job, size, limits, undefined)
        if (error !== undefined) return Effect.succeed({ job, error })
        const at = yield* now
        seen.set(job, { size, took: at - began, at })
        const { bytes, files } = before?.size ?? Tree.nothing
        if (size.bytes !== bytes || size.files !== files) growing = job
        if (at - began > Tuning.lookInterval) break
      }
    }
  })

  return Effect.raceFirst(watchRoom, watchJobs)
}

/**
 * The same, for the file systems of this host.
 */
export const make = Effect.map(FreeSpace, (freeSpace) => makeWith({ freeSpace, measure: Tree.measure }))
