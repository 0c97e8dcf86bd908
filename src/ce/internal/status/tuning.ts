/**
 * How queries about the status of jobs are shared, and how often they run.
 */
import * as Duration from "effect/Duration"

/**
 * Callers within this time share one query.
 */
export const gathering = Duration.millis(20)

/**
 * While this many shared queries run, further callers wait for the next one.
 */
export const maxUnderWay = 2

/**
 * The factor by which the pause of a watch grows after each poll without a change.
 */
export const growth = 1.5

/**
 * Each pause is longer by a random part, up to this share of it, so that hundreds of CEs are not polled at the same moment.
 */
export const jitter = 0.2

/**
 * The defaults of a watch: the shortest pause, the longest pause, and how long a failure may last.
 */
export const watch = {
  interval: Duration.seconds(5),
  maxInterval: Duration.minutes(1),
  patience: Duration.minutes(2)
}
