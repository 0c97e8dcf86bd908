/**
 * Counts work in real time, during which `TimeLapse` stops the clock: file operations, and tools of a fake.
 *
 * @since 0.1.0
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"

/**
 * The work under one clock.
 *
 * - `idle`: waits until there is no work; `busy`: waits until there is some
 * - `during`: counts an effect as work while it runs
 */
export interface Activity {
  readonly isIdle: boolean
  readonly idle: Effect.Effect<void>
  readonly busy: Effect.Effect<void>
  during<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R>
}

const make = (): Activity => {
  const idle = Latch.makeUnsafe(true)
  const busy = Latch.makeUnsafe(false)
  let count = 0
  const begin = Effect.sync(() => {
    if (count++ > 0) return
    idle.closeUnsafe()
    busy.openUnsafe()
  })
  const end = Effect.sync(() => {
    if (--count > 0) return
    busy.closeUnsafe()
    idle.openUnsafe()
  })
  return {
    get isIdle() {
      return count === 0
    },
    idle: idle.await,
    busy: busy.await,
    during: (effect) => Effect.acquireUseRelease(begin, () => effect, () => end)
  }
}

// By clock: work under one clock does not stop another clock.
const activities = new WeakMap<Clock.Clock, Activity>()

/** The work under the clock of the calling fiber. */
export const current: Effect.Effect<Activity> = Effect.clockWith((clock) =>
  Effect.sync(() => {
    const known = activities.get(clock) ?? make()
    activities.set(clock, known)
    return known
  })
)

/** Counts an effect as work under its clock. */
export const during = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(current, (activity) => activity.during(effect))
