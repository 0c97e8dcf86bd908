/**
 * How many tools run at one time, so that those who wait for a host that does not answer stand in nobody's way.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Semaphore from "effect/Semaphore"

/**
 * - `maxConcurrent`: tools at work at one time (default 16)
 * - `patience`: a tool that has run for longer only waits, as a rule, for a host that does not answer, and makes room for
 *   another (default 2 seconds)
 * - `maxWaiting`: how many such tools there may be besides (default 64)
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly maxConcurrent?: number | undefined
  readonly patience?: Duration.Input | undefined
  readonly maxWaiting?: number | undefined
}

/**
 * Runs an effect when there is room. One that is suspected to hang takes its place among the waiting ones from the start.
 *
 * @category models
 * @since 0.1.0
 */
export type Limiter = (
  isSuspect: boolean
) => <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/**
 * Makes a limiter. First come, first served: whoever sends a bounded number of calls gets a fair share.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: Options = {}): Effect.Effect<Limiter> =>
  Effect.sync(() => {
    const working = Semaphore.makeUnsafe(options.maxConcurrent ?? 16)
    const waiting = Semaphore.makeUnsafe(options.maxWaiting ?? 64)
    const patience = Duration.fromInputUnsafe(options.patience ?? "2 seconds")

    const impatient = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function*() {
          yield* restore(working.take(1))
          let held = working
          const step = Effect.gen(function*() {
            yield* Effect.interruptible(Effect.sleep(patience))
            if (!(yield* waiting.takeIfAvailable(1))) return
            held = waiting
            yield* working.release(1)
          })
          const timer = yield* Effect.forkChild(step, { startImmediately: true })
          return yield* Effect.ensuring(
            restore(effect),
            Effect.andThen(Fiber.interrupt(timer), Effect.suspend(() => held.release(1)))
          )
        })
      )

    return (isSuspect) => isSuspect ? waiting.withPermit : impatient
  })
