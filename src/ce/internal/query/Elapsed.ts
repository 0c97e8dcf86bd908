/**
 * The time since a moment, for operations that wait: nobody can set the monotonic clock.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/**
 * How much time has passed since a moment.
 */
export type Elapsed = Effect.Effect<Duration.Duration>

/**
 * Returns the time since now, by the monotonic clock.
 */
export const start: Effect.Effect<Elapsed> = Effect.map(
  Clock.monotonicTimeNanos,
  (began) => Effect.map(Clock.monotonicTimeNanos, (now) => Duration.nanos(now - began))
)

/**
 * The same, or more if the time of day has moved further. The monotonic clock may stand still while a host is suspended.
 */
export const startAtLeast: Effect.Effect<Elapsed> = Effect.gen(function*() {
  const elapsed = yield* start
  const began = yield* Clock.currentTimeMillis
  return Effect.gen(function*() {
    const moved = Math.abs((yield* Clock.currentTimeMillis) - began)
    return Duration.max(yield* elapsed, Duration.millis(moved))
  })
})
