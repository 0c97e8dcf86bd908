/**
 * Submission keys that were generated a moment ago, and with which nothing can have been submitted yet.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { SubmissionKey } from "./SubmissionKey.ts"

/**
 * How long a generated key counts as new, in milliseconds: time to store it, and too short for somebody else to have
 * submitted with it and for the jobs to have left the queue again.
 *
 * @category constants
 * @since 0.1.0
 */
export const lifetime = 10_000

/**
 * - `add`: a key that was generated now
 * - `take`: whether a key is new, which it is once at most
 *
 * @category models
 * @since 0.1.0
 */
export interface Keys {
  readonly add: (key: SubmissionKey) => Effect.Effect<void>
  readonly take: (key: SubmissionKey) => Effect.Effect<boolean>
}

/**
 * Keys that are kept in memory, for as long as they are new.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (): Keys => {
  // The oldest come first.
  const generated = new Map<SubmissionKey, number>()
  const isNew = (then: number | undefined, now: number) => then !== undefined && now >= then && now - then < lifetime
  const add = (key: SubmissionKey, now: number) => {
    for (const [old, then] of generated) {
      if (isNew(then, now)) break
      generated.delete(old)
    }
    generated.delete(key)
    generated.set(key, now)
  }
  const take = (key: SubmissionKey, now: number) => {
    const then = generated.get(key)
    generated.delete(key)
    return isNew(then, now)
  }
  return {
    add: (key) => Effect.map(Clock.currentTimeMillis, (now) => add(key, now)),
    take: (key) => Effect.map(Clock.currentTimeMillis, (now) => take(key, now))
  }
}

/**
 * The new keys of this process. A reference, so that it needs nobody to provide it.
 *
 * @category services
 * @since 0.1.0
 */
export const NewKeys = Context.Reference<Keys>("effect-htcondor-ce/contract/NewKeys", { defaultValue: make })
