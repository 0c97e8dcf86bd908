/**
 * Times as HTCondor writes them: whole seconds since 1970.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

/**
 * Returns the time of an attribute. It is `undefined` for 0, which HTCondor writes for a time in the future, and for a
 * number that is not a time: a user who may edit a job's ad can write any number.
 *
 * @category converting
 * @since 0.1.0
 */
export const toDateTime = (seconds: number | undefined): DateTime.Utc | undefined =>
  seconds === undefined || seconds <= 0 ? undefined : Option.getOrUndefined(DateTime.make(seconds * 1_000))
