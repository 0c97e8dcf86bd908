/**
 * The user of this process.
 */
import * as Effect from "effect/Effect"

/**
 * The effective user id of this process. Undefined on systems without user ids.
 */
export const currentUser = Effect.map(
  Effect.promise(() => import("node:process")),
  ({ geteuid }): number | undefined => geteuid?.()
)
