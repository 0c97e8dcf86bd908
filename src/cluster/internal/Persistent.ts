/**
 * Repeats work until it succeeds, because the engine stores the answer and never asks again.
 */
import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Unavailable from "../../ce/internal/status/Unavailable.ts"
import type { BackendError } from "../../contract/BackendError.ts"
import type { StatusUnavailable } from "../../contract/JobError.ts"
import type { JobHandle } from "../../contract/JobHandle.ts"
import * as Outcomes from "../../contract/Outcomes.ts"
import * as Retry from "../../contract/Retry.ts"
import * as Tuning from "./tuning.ts"

interface Failure {
  readonly retry: Retry.Retry
  readonly message: string
}

/**
 * Repeats an effect without a limit, until it succeeds or fails with `Never`. After `AfterRepair` it repeats every five minutes, and
 * logs a warning.
 */
export const persist = <A, E extends Failure, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  effect.pipe(
    Effect.retry(Retry.schedule),
    Effect.tapError((error) => error.retry === "Never" ? Effect.void : Effect.logWarning(error.message)),
    Effect.retry({
      while: ({ retry }) => retry !== "Never",
      schedule: Schedule.spaced(Tuning.repairPause)
    })
  )

const forSomeTime = Retry.schedule.pipe(Schedule.upTo({ duration: Tuning.lastTries }))
const forDays = Schedule.spaced(Tuning.repairPause).pipe(Schedule.upTo({ duration: Tuning.lastRepairs }))

const repeatForDays = <A, E extends Failure, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  effect.pipe(
    Effect.tapError(({ message }) => Effect.logWarning(message)),
    Effect.retry(forDays)
  )

/**
 * `persist` for jobs that exist at the compute element. It repeats also after `Never`, for three days. Such an error comes from a mistake
 * in the configuration of the runners, and giving up would leave the jobs behind.
 */
export const persistKnown = <A, E extends Failure, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  repeatForDays(persist(effect))

/**
 * Repeats an effect after any error, for about three days.
 */
export const persistForDays = <A, E extends Failure, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  repeatForDays(Effect.retry(effect, forSomeTime))

/**
 * An operation on jobs, repeated by `persistKnown`. If it fails for some of the jobs and may succeed later, it is repeated for these, for
 * six hours.
 */
export const persistEach = Effect.fnUntraced(
  function*<A, E extends { readonly retry: Retry.Retry }>(
    operation: (handles: ReadonlyArray<JobHandle>) => Effect.Effect<Outcomes.Outcomes<A, E>, BackendError>,
    handles: ReadonlyArray<JobHandle>
  ) {
    let waiting = handles
    const answers: Array<readonly [JobHandle, Result.Result<A, E | StatusUnavailable>]> = []
    const attempt = Effect.gen(function*() {
      const outcomes: Outcomes.Outcomes<A, E | StatusUnavailable> = yield* persistKnown(operation(waiting)).pipe(
        Effect.catch((error) => Effect.succeed(Outcomes.fromIterable(Unavailable.each(waiting, error))))
      )
      answers.push(...outcomes)
      waiting = Outcomes.failures(outcomes).flatMap(([handle, error]) => Retry.canRepeat(error) ? [handle] : [])
      if (waiting.length > 0) return yield* Effect.fail({ retry: "Later" as const })
    })
    if (handles.length > 0) yield* Effect.ignore(Effect.retry(attempt, forSomeTime))
    return Outcomes.inOrder(Outcomes.fromIterable(answers), handles)
  }
)
