/**
 * The address of one schedd, asked for once.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { ScheddAddress } from "./ScheddAddress.ts"

/**
 * - `find`: the address, which it asks for if it is not known. It does not before the schedd has answered to its name: a CE that
 *   does not answer is not asked twice
 * - `answered`: the schedd has answered to its name
 * - `forget`: nobody answers at an address any more
 *
 * @category models
 * @since 0.1.0
 */
export interface ScheddFinder {
  find(ask: Effect.Effect<ScheddAddress | undefined>): Effect.Effect<ScheddAddress | undefined>
  readonly answered: Effect.Effect<void>
  forget(address: ScheddAddress): Effect.Effect<void>
}

// Of a collector that gives no address. Until then tools go by the name.
const askAgainAfter = Duration.toMillis(Duration.minutes(5))

/**
 * Asks nobody until somebody wants to know.
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
