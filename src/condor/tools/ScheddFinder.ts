/**
 * Finds the address of one schedd with one query.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { ScheddAddress } from "./ScheddAddress.ts"

/**
 * Finds the address of one schedd.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScheddFinder {
  /**
   * Returns the address, and runs `ask` if it is unknown. Before the schedd has answered to its name, it does not run `ask`, so
   * that a CE that does not answer is not queried twice.
   */
  find(ask: Effect.Effect<ScheddAddress | undefined>): Effect.Effect<ScheddAddress | undefined>
  /** Notes that the schedd has answered to its name. */
  readonly answered: Effect.Effect<void>
  /** Notes that nobody answers at this address. */
  forget(address: ScheddAddress): Effect.Effect<void>
}

// For a collector that returns no address. Until then the tools use the name.
const askAgainAfter = Duration.toMillis(Duration.minutes(5))

/**
 * Makes a finder. It queries nothing before the first `find`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: Effect.Effect<ScheddFinder> = Effect.map(Semaphore.make(1), (alone) => {
  let known: ScheddAddress | undefined
  let hasAnswered = false
  let notBefore = Number.NEGATIVE_INFINITY
  return {
    find: (ask) =>
      Effect.suspend(() =>
        known !== undefined || !hasAnswered
          ? Effect.succeed(known)
          : alone.withPermit(Effect.gen(function*() {
            const now = yield* Clock.currentTimeMillis
            if (known !== undefined || !hasAnswered || now < notBefore) return known
            const found = yield* ask
            if (found === undefined) notBefore = now + askAgainAfter
            known = found
            return found
          }))
      ),
    answered: Effect.sync(() => {
      hasAnswered = true
    }),
    forget: (address) =>
      Effect.sync(() => {
        if (known?.address !== address.address) return
        known = undefined
        hasAnswered = false
      })
  }
})
