/**
 * Limits concurrent tools. For one CE the limit follows the speed of its answers. For all CEs together, tools that wait for an
 * unresponsive host do not block the others.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { Urgent } from "../Schedd.ts"

/**
 * The limits for all CEs together.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The largest number of working tools. Default: 16. */
  readonly maxConcurrent?: number | undefined
  /**
   * A tool that runs for longer counts as waiting, and makes room for another one: it mostly waits for an unresponsive host.
   * Default: 2 seconds.
   */
  readonly patience?: Duration.Input | undefined
  /** The largest number of waiting tools, in addition to the working ones. Default: 64. */
  readonly maxWaiting?: number | undefined
}

/**
 * The limits for one CE.
 *
 * @category models
 * @since 0.1.0
 */
export interface Pace {
  /** The largest number of concurrent tools. */
  readonly maxConcurrent: number
  /** A query that takes longer is slow. */
  readonly slowAfter: Duration.Duration
}

/**
 * The work of a tool. The duration of a query shows the speed of the CE. The duration of a transfer does not.
 *
 * @category models
 * @since 0.1.0
 */
export type Work = "Question" | "Transfer"

/**
 * Runs a tool of one CE when there is room for it.
 *
 * @category models
 * @since 0.1.0
 */
export type Throttle = <A, E extends { readonly _tag: string }, R>(
  work: Work,
  tool: Effect.Effect<A, E, R>
) => Effect.Effect<A, E, R>

/**
 * Makes the limit for the tools of all CEs, first come, first served. A tool that probably hangs counts as waiting from the
 * start.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeRoom = (options: Options = {}) => {
  const working = Semaphore.makeUnsafe(options.maxConcurrent ?? 16)
  const waiting = Semaphore.makeUnsafe(options.maxWaiting ?? 64)
  const patience = Duration.max(Duration.fromInputUnsafe(options.patience ?? "2 seconds"), Duration.millis(10))

  // Each place belongs to a scope from the moment it is taken, so no interruption can lose one.
  const impatient = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.scopedWith((scope) =>
      Effect.gen(function*() {
        const place = yield* Scope.fork(scope)
        yield* Scope.provide(working.takeScoped(1), place)
        const makeRoomForAnother = Effect.gen(function*() {
          yield* Effect.interruptible(Effect.sleep(patience))
          while (!(yield* waiting.takeIfAvailable(1))) yield* Effect.interruptible(Effect.sleep(patience))
          yield* Scope.addFinalizer(scope, waiting.release(1))
          yield* Scope.close(place, Exit.void)
        })
        yield* Effect.forkIn(makeRoomForAnother, scope, { startImmediately: true, uninterruptible: true })
        return yield* effect
      })
    )

  return <A, E, R>(isSuspect: boolean, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    isSuspect ? waiting.withPermit(effect) : impatient(effect)
}

/**
 * Makes the limit for the tools of all CEs. It returns a constructor for the throttle of one CE.
 *
 * **Details**
 *
 * A query that times out lowers the CE's limit to one query. A query slower than `slowAfter`, or interrupted after that time,
 * lowers it by one. A faster query raises it by one, up to `maxConcurrent`. So tools do not pile up at a CE that is slow or
 * hangs, and a CE that has recovered gets its full limit after a few calls.
 *
 * Transfers count for `maxConcurrent`, too. They leave one place for queries, if there is more than one, because transfers take
 * long, and queries show when the CE has recovered.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: Options = {}) => {
  const inRoom = makeRoom(options)
  return Effect.fnUntraced(function*({ maxConcurrent, slowAfter }: Pace) {
    const all = yield* Semaphore.make(maxConcurrent)
    const questions = yield* Semaphore.make(maxConcurrent)
    const transfers = yield* Semaphore.make(Math.max(1, maxConcurrent - 1))
    const slow = Duration.toMillis(slowAfter)
    let room = maxConcurrent
    let isSuspect = false

    const adjust = (next: number): Effect.Effect<void> => {
      const bounded = Math.min(Math.max(next, 1), maxConcurrent)
      if (bounded === room) return Effect.void
      room = bounded
      return questions.resize(bounded)
    }

    const isSlow = (began: number) => Effect.map(Clock.currentTimeMillis, (now) => now - began > slow)

    const timed = <A, E extends { readonly _tag: string }, R>(tool: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.suspend(() => {
        let began: number | undefined
        // The time starts here, because the tool may have waited for tools of other CEs.
        const begun = Effect.flatMap(Clock.currentTimeMillis, (now) => {
          began = now
          return tool
        })
        return inRoom(isSuspect, begun).pipe(
          Effect.tap(() =>
            Effect.flatMap(isSlow(began ?? 0), (wasSlow) => {
              isSuspect = false
              return adjust(wasSlow ? room - 1 : room + 1)
            })
          ),
          Effect.tapError((error) => {
            if (error._tag !== "ToolTimedOut") return Effect.void
            isSuspect = true
            return adjust(1)
          }),
          // The caller may stop waiting before the tool times out.
          Effect.onInterrupt(() =>
            Effect.flatMap(began === undefined ? Effect.succeed(false) : isSlow(began), (wasSlow) => {
              if (!wasSlow) return Effect.void
              isSuspect = true
              return adjust(room - 1)
            })
          )
        )
      })

    const throttle: Throttle = (work, tool) => {
      const untimed = Effect.suspend(() => inRoom(isSuspect, tool))
      return Effect.flatMap(Urgent, (isUrgent) => {
        if (isUrgent) return untimed
        return work === "Question"
          ? timed(tool).pipe(all.withPermit, questions.withPermit)
          : untimed.pipe(all.withPermit, transfers.withPermit)
      })
    }
    return throttle
  })
}
