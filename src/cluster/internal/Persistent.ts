/**
 * Repeating work until it is done, where the engine stores the answer and never asks again.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Retry from "../../contract/Retry.ts"
import * as Tuning from "./tuning.ts"

/**
 * Repeats what fails, without a limit, unless the error says that it never succeeds. What somebody has to mend first is tried again
 * every five minutes, with a warning.
 */
export const persist = <A, E extends { readonly retry: Retry.Retry; readonly message: string }, R>(
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
