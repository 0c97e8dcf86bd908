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

export interface JobFailure extends Failure {
  readonly _tag: string
  readonly limit?: string
}

/**
 * Whether a repetition finds out that somebody has repaired the cause: a full disk, or a credential that was refused in the middle of the
 * operation. A repetition for other errors with `AfterRepair`, such as `UnsupportedJobFormat`, would only delay the other jobs.
 */
const awaitsRepair = ({ _tag, limit, retry }: JobFailure): boolean =>
  retry === "AfterRepair" && (_tag === "TransferFailed" || _tag === "StatusUnavailable" || limit === "minFreeBytes")

const repeatedEach = Retry.schedule.pipe(Schedule.upTo({ times: Tuning.lastTimes }))

/**
 * An operation on jobs, repeated by `persistKnown`. If it fails for some of the jobs and may succeed later, or after a repair, it is
 * repeated for these, for about three days. The time in which the compute element is down does not count.
 */
export const persistEach = Effect.fnUntraced(
  function*<A, E extends JobFailure, R>(
    operation: (handles: ReadonlyArray<JobHandle>) => Effect.Effect<Outcomes.Outcomes<A, E>, BackendError, R>,
    handles: ReadonlyArray<JobHandle>
  ) {
    let waiting = handles
    const answers: Array<readonly [JobHandle, Result.Result<A, E | StatusUnavailable>]> = []
    const attempt = Effect.gen(function*() {
      const outcomes: Outcomes.Outcomes<A, E | StatusUnavailable> = yield* persistKnown(operation(waiting)).pipe(
        Effect.catch((error) => Effect.succeed(Outcomes.fromIterable(Unavailable.each(waiting, error))))
      )
      answers.push(...outcomes)
      const failures: ReadonlyArray<readonly [JobHandle, JobFailure]> = Outcomes.failures(outcomes)
      const repairs = failures.filter(([, error]) => awaitsRepair(error))
      if (repairs[0] !== undefined) yield* Effect.logWarning(repairs[0][1].message)
      waiting = [...failures.filter(([, error]) => Retry.canRepeat(error)), ...repairs].map(([handle]) => handle)
      if (waiting.length > 0) return yield* Effect.fail({ retry: "Later" as const })
    })
    if (handles.length > 0) yield* Effect.ignore(Effect.retry(attempt, repeatedEach))
    return Outcomes.inOrder(Outcomes.fromIterable(answers), handles)
  }
)
