/**
 * How long to wait for credentials, and when to request them again.
 */
import * as Duration from "effect/Duration"

/**
 * Time between two requests to a provider after a failure, and for a credential that a CE refuses although it has not expired.
 */
export const askAgainAfter = Duration.seconds(30)

/**
 * How long after the end of a credential to wait for its successor: a renewer that acts on the expiry is a little late.
 */
export const lateness = Duration.seconds(5)

/**
 * Time between two looks for a late successor: the first pause, which doubles, and the longest.
 */
export const firstLookAfter = Duration.millis(50)
export const laterLooksAfter = Duration.millis(500)
