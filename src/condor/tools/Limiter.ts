/**
 * How many tools run at one time, so that those who wait for a host that does not answer stand in nobody's way.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
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
    const patience = Duration.max(Duration.fromInputUnsafe(options.patience ?? "2 seconds"), Duration.millis(10))

    // Each place belongs to a scope from the moment it is taken: an interruption, whenever it comes, loses none.
    const impatient = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.scopedWith((scope) =>
        Effect.gen(function*() {
          const place = yield* Scope.fork(scope)
          yield* Scope.provide(working.takeScoped(1), place)
          const step = Effect.gen(function*() {
            do yield* Effect.interruptible(Effect.sleep(patience))
            while (!(yield* waiting.takeIfAvailable(1)))
            yield* Scope.addFinalizer(scope, waiting.release(1))
            yield* Scope.close(place, Exit.void)
          })
          yield* Effect.forkIn(step, scope, { startImmediately: true, uninterruptible: true })
          return yield* effect
        })
      )

    return (isSuspect) => isSuspect ? waiting.withPermit : impatient
  })
