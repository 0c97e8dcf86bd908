/**
 * The sizes of queries, and how long to wait for a CE's next step.
 */
import * as Duration from "effect/Duration"

/**
 * Jobs of one answer that are kept: as many as an answer of the largest accepted size can have.
 */
export const mostJobs = 500_000

/**
 * Jobs in one of the small queries. Far below the limit of any gateway, because these are the jobs that a larger answer left out.
 */
export const suspectsAtOnce = 50

/**
 * Seconds for which one status is kept, shared by all jobs that entered it in the same second.
 */
export const mostSeconds = 20_000

/**
 * Jobs of one removal. A schedd does nothing else while it removes jobs. If the tool gives up, after 20 seconds, it rolls all of
 * them back.
 */
export const removedAtOnce = 2_000

/**
 * How long to wait for the job id that a CE gives to a grid job. A gridmanager gets it from the CE within a second or two, and
 * writes it to its schedd every 5 seconds.
 */
export const handoverPatience = Duration.seconds(30)

/**
 * Time between two looks for that job id.
 */
export const handoverInterval = Duration.seconds(1)
