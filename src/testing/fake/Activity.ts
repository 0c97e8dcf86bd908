/**
 * What is at work in real time while a clock stands: files that are read and written, and tools of a fake.
 *
 * @since 0.1.0
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"

/**
 * - `idle`: waits until nothing is at work; `busy`: until something is
 * - `during`: counts an effect as work for as long as it runs
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

// By clock: what works under one does not hold up another.
const activities = new WeakMap<Clock.Clock, Activity>()

/** What is at work under the clock of whoever asks. */
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
