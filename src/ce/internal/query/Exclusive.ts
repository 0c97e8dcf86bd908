/**
 * Keyed exclusion: effects that share a key run one after the other.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

/**
 * Runs an effect as soon as no other effect holds any of its keys.
 */
export type Exclusive = <A, E, R>(keys: ReadonlyArray<string>, effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/**
 * Makes an exclusion. It applies to all callers that share it.
 */
export const make = (): Exclusive => {
  const inFlight = new Map<string, Deferred.Deferred<void>>()
  const exclusively: Exclusive = (keys, effect) =>
    Effect.uninterruptibleMask((restore) => {
      const waiting = keys.flatMap((key) => inFlight.get(key) ?? [])
      if (waiting.length > 0) {
        return restore(
          Effect.andThen(Effect.forEach(waiting, Deferred.await, { discard: true }), exclusively(keys, effect))
        )
      }
      const done = Deferred.makeUnsafe<void>()
      for (const key of keys) inFlight.set(key, done)
      return Effect.ensuring(
        restore(effect),
        Effect.sync(() => {
          for (const key of keys) inFlight.delete(key)
          Deferred.doneUnsafe(done, Exit.void)
        })
      )
    })
  return exclusively
}
