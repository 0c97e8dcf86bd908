/**
 * Limits while bytes arrive: a CE, or a payload, need not say beforehand how much there is.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { LimitExceeded, TransferFailed } from "../../../contract/JobError.ts"
import type { Limits } from "../../../contract/Limits.ts"
import { FreeSpace } from "../../../files/FreeSpace.ts"
import * as Tree from "../../../files/Tree.ts"
import type { Candidate } from "./FetchDecision.ts"
import * as Staged from "./Staged.ts"
import * as Tuning from "./tuning.ts"

/**
 * The job of which there is more than is accepted, and what to tell of it.
 */
export interface Excess {
  readonly job: Candidate
  readonly error: LimitExceeded | TransferFailed
}

/**
 * - `freeSpace`: the bytes that a directory's file system has left
 * - `measure`: how much there is in a directory, at most so many files
 */
export interface Means {
  freeSpace(directory: string): Effect.Effect<Option.Option<number>>
  measure(directory: string, maxFiles: number): Effect.Effect<Tree.Size, unknown>
}

/**
 * What waits until the output of one of some jobs is more than is accepted, or leaves too little room. It gives what finds the
 * job that is to blame, which takes as long as a look at all of them: it is for when no more bytes arrive.
 *
 * **Details**
 *
 * The room is looked at all the time, whatever a look at a job takes. A job with many files is looked at less often, unless it is
 * the last one that was seen to grow: the tool transfers one after the other, and the next one has no files yet.
 *
 * Where the room is gone, the job is meant that has taken most of it beyond what its ad promised. What cannot be read is not
 * counted: what is there is checked again when it is complete.
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

  // What is free when the tool has been stopped may be less, and more where somebody else has made room.
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
    const seen = new Map<Candidate, { readonly size: Tree.Size; readonly took: number; readonly at: number }>()
    let growing: Candidate | undefined
    while (true) {
      yield* Effect.sleep(Tuning.lookInterval)
      // Those that are due; what grows does not wait for many others.
      for (const job of growing === undefined ? jobs : [growing, ...jobs]) {
        const began = yield* Clock.currentTimeMillis
        const before = seen.get(job)
        if (before !== undefined) {
          const rest = Tuning.restraint * before.took
          if (began < before.at + (job === growing ? Math.min(rest, Tuning.longestRest) : rest * jobs.length)) continue
        }
        const size = yield* sizeOf(job)
        const error = Staged.exceeded(job, size, limits, undefined)
        if (error !== undefined) return Effect.succeed({ job, error })
        const at = yield* Clock.currentTimeMillis
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
 * The same, with the means of this host.
 */
export const make = Effect.map(FreeSpace, (freeSpace) => makeWith({ freeSpace, measure: Tree.measure }))
