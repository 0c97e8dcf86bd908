/**
 * How much one question is about, and how long one waits for what a CE does by itself.
 */
import * as Duration from "effect/Duration"

/**
 * Jobs that are kept of one answer: as many as one of the size that is accepted has.
 */
export const mostJobs = 500_000

/**
 * Jobs that one of the small questions names: far below what any gateway answers, because these are the jobs that an answer left
 * out.
 */
export const suspectsAtOnce = 50

/**
 * Seconds for which one status is kept, to be shared by all jobs that have it since then.
 */
export const mostSeconds = 20_000

/**
 * Jobs of one removal. A schedd does nothing else while it removes, and takes it all back if the tool has left, after 20 seconds.
 */
export const removedAtOnce = 2_000

/**
 * How long to wait for the number that a CE gives to a grid job. A gridmanager hears from a CE in a second or two, and tells its
 * schedd every 5 seconds.
 */
export const handoverPatience = Duration.seconds(30)

/**
 * Between two looks for that number.
 */
export const handoverInterval = Duration.seconds(1)
