/**
 * How long credentials are waited for, and when they are asked for again.
 */
import * as Duration from "effect/Duration"

/**
 * Between two questions to a provider after a failure, and about a credential that a CE refuses although it has not expired.
 */
export const askAgainAfter = Duration.seconds(30)

/**
 * How long after the end of a credential its successor may come: whoever replaces a token when it expires is a little late.
 */
export const lateness = Duration.seconds(5)

/**
 * Between two looks for a successor that is late: the first pause doubles, up to the last.
 */
export const firstLookAfter = Duration.millis(50)
export const laterLooksAfter = Duration.millis(500)
