/**
 * How much a fetch does at once, and how often it checks and retries.
 */
import * as Duration from "effect/Duration"
import * as Schedule from "effect/Schedule"

/**
 * Jobs marked by one run of a tool. The schedd does nothing else meanwhile, and the last of these jobs wait longest for their
 * transfer.
 */
export const markedAtOnce = 1_000

/**
 * Jobs transferred by one run of a tool. A failure costs the repetition of this many.
 */
export const batchSize = 250

/**
 * Concurrent batches: a fetch transfers the output of one while it moves that of another to its place.
 */
export const batchesAtOnce = 2

/**
 * Jobs of one batch that are set aside, one after the other. Each costs another transfer of the others.
 */
export const maxSuspects = 3

/**
 * Jobs whose local files a fetch handles concurrently.
 */
export const filesAtOnce = 16

/**
 * Outputs of one batch that a caller deposits concurrently.
 */
export const depositsAtOnce = 8

/**
 * Checks which jobs the schedd counts as transferred. The schedd notes it a moment after the tool has ended.
 */
export const completionLooks = Schedule.spaced("200 millis").pipe(Schedule.upTo({ times: 10 }))

/**
 * Time between two checks of the free space, and at least between two checks of one job, in milliseconds.
 */
export const lookInterval = 200

/**
 * The pause after a check of a job, as a multiple of the duration of the check.
 */
export const restraint = 10

/**
 * The longest pause after a check of a job that grows, in milliseconds.
 */
export const longestRest = 2_000

/**
 * Retries of a release. A restarted schedd, or a renewed token, is usable again by then. A CE that is down does not delay a fetch
 * for longer: such an attempt takes a moment. A CE that hangs uses up the time with the first attempt.
 */
export const releaseTries = Schedule.exponential("3 seconds").pipe(
  Schedule.jittered,
  Schedule.upTo({ times: 2, duration: "10 seconds" })
)

/**
 * Fetched jobs that are released after another operation: at most as many as one `condor_rm` takes, to bound its delay.
 */
export const remindedAtOnce = 250

/**
 * How long the end of a backend may take to release the remaining jobs.
 */
export const closing = Duration.seconds(10)
