/**
 * The user of this process.
 */
import * as Effect from "effect/Effect"

/**
 * The number of the user whose rights this process has, `undefined` on systems that number no users.
 */
export const currentUser = Effect.map(
  Effect.promise(() => import("node:process")),
  ({ geteuid }): number | undefined => geteuid?.()
)
