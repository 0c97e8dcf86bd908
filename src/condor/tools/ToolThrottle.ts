/**
 * How many tools run at one time: for one CE as many as it answers in good time, and for all CEs together so many that those
 * which wait for a host that does not answer stand in nobody's way.
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
 * Of all CEs together:
 *
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
 * Of one CE: how many tools it answers at one time at most, and after how long an answer is slow.
 *
 * @category models
 * @since 0.1.0
 */
export interface Pace {
  readonly maxConcurrent: number
  readonly slowAfter: Duration.Duration
}

/**
 * What a tool does. How long a question takes says how fast the CE is, and how long a transfer takes does not.
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
 * Room for the tools of all CEs, first come, first served. A tool that is suspected to hang takes its place among the waiting
 * ones from the start.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeRoom = (options: Options = {}) => {
  const working = Semaphore.makeUnsafe(options.maxConcurrent ?? 16)
  const waiting = Semaphore.makeUnsafe(options.maxWaiting ?? 64)
  const patience = Duration.max(Duration.fromInputUnsafe(options.patience ?? "2 seconds"), Duration.millis(10))

  // Each place belongs to a scope from the moment it is taken: an interruption, whenever it comes, loses none.
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
 * Makes room for the tools of all CEs. The answer makes the throttle of one CE.
 *
 * **Details**
 *
 * A question that does not end in time leaves its CE room for one question at a time; one that took longer than `slowAfter` for
 * one less than before, and so did one that nobody waited for any longer; each that was faster makes room for one more, up
 * to `maxConcurrent`. So tools do not pile up at a CE that is slow or hangs, and the first answer of one that is well again
 * restores it within a few calls. Transfers count towards `maxConcurrent`, too, and leave one place of it for questions, if
 * there is more than one: transfers last long, and questions tell when the CE is well again.
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
        // It may have waited for tools of other CEs before.
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
          // The caller may be less patient than the tool.
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
