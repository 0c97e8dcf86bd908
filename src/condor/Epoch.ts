/**
 * Times as HTCondor writes them: whole seconds since 1970.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

/**
 * The time that an attribute says, or nothing. HTCondor writes 0 for a time that has not come. Whoever may edit a job's ad may
 * write any number.
 *
 * @category converting
 * @since 0.1.0
 */
export const toDateTime = (seconds: number | undefined): DateTime.Utc | undefined =>
  seconds === undefined || seconds <= 0 ? undefined : Option.getOrUndefined(DateTime.make(seconds * 1_000))
