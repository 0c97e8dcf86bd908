/**
 * Limits while bytes arrive: a CE, or a payload, need not say beforehand how much there is.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { LimitExceeded, TransferFailed } from "../contract/JobError.ts"
import type { Limits } from "../contract/Limits.ts"
import * as Destination from "./Destination.ts"
import { FreeSpace } from "./FreeSpace.ts"
import type { Candidate } from "./Retrieval.ts"
import * as Tree from "./Tree.ts"

// From one look to the next, in milliseconds; and the rest after a look, as a multiple of what it took.
const interval = 200
const restraint = 10

/**
 * The job of which there is more than is accepted, and what to tell of it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Excess {
  readonly job: Candidate
  readonly error: LimitExceeded | TransferFailed
}

/**
 * What waits until the output of one of some jobs is more than is accepted, or leaves too little room.
 *
 * **Details**
 *
 * Where the room is gone, the job is meant that has taken most of it beyond what its ad promised. What cannot be read is not
 * counted: what is there is checked again when it is complete.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.map(FreeSpace, (freeSpace) => {
  const look = Effect.fnUntraced(function*(
    jobs: ReadonlyArray<Candidate>,
    directoryOf: (job: Candidate) => string,
    staging: string,
    limits: Limits
  ): Effect.fn.Return<Excess | undefined> {
    const free = Option.getOrUndefined(yield* freeSpace(staging))
    const isFull = free !== undefined && free < limits.minFreeBytes
    let most: { readonly job: Candidate; readonly size: Tree.Size; readonly taken: number } | undefined
    for (const job of jobs) {
      const size = yield* Effect.orElseSucceed(Tree.measure(directoryOf(job), limits.maxFiles), () => Tree.nothing)
      const error = Destination.exceeded(job, size, limits, undefined)
      if (error !== undefined) return { job, error }
      const taken = size.bytes - (job.bytes ?? 0)
      if (most === undefined || taken > most.taken) most = { job, size, taken }
    }
    if (!isFull || most === undefined) return undefined
    const error = Destination.exceeded(most.job, most.size, limits, free)
    return error === undefined ? undefined : { job: most.job, error }
  })

  return Effect.fnUntraced(function*(
    jobs: ReadonlyArray<Candidate>,
    directoryOf: (job: Candidate) => string,
    staging: string,
    limits: Limits
  ): Effect.fn.Return<Excess> {
    let pause = interval
    while (true) {
      yield* Effect.sleep(pause)
      const began = yield* Clock.currentTimeMillis
      const excess = yield* look(jobs, directoryOf, staging, limits)
      if (excess !== undefined) return excess
      pause = Math.max(interval, restraint * ((yield* Clock.currentTimeMillis) - began))
    }
  })
})
