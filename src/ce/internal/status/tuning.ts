/**
 * How questions about the status of jobs are gathered, and how often they are asked.
 */
import * as Duration from "effect/Duration"

/**
 * Who asks within this time, or begins to watch, shares a question.
 */
export const gathering = Duration.millis(20)

/**
 * While so many shared questions are under way, who asks is gathered for the next one.
 */
export const maxUnderWay = 2

/**
 * How much longer each pause of a watch is than the one before it, if nothing has changed in the meantime.
 */
export const growth = 1.5

/**
 * Pauses are longer by up to this part of them, so that hundreds of CEs are not asked at the same moment.
 */
export const jitter = 0.2

/**
 * What a watch takes unless it is told otherwise: the first pause, the longest one, and how long a failure may last.
 */
export const watch = {
  interval: Duration.seconds(5),
  maxInterval: Duration.minutes(1),
  patience: Duration.minutes(2)
}
