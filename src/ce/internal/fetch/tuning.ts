/**
 * How much a fetch does at one time, how often it looks, and how often it tries again.
 */
import * as Duration from "effect/Duration"
import * as Schedule from "effect/Schedule"

/**
 * Jobs that are marked by one run of a tool: the schedd does nothing else meanwhile, and the last of them wait longest for their
 * transfer.
 */
export const markedAtOnce = 1_000

/**
 * Jobs that are transferred by one run of a tool: a failure costs the repetition of as many.
 */
export const batchSize = 250

/**
 * Batches at one time: a fetch transfers the output of one while it puts that of another in its place.
 */
export const batchesAtOnce = 2

/**
 * Jobs of one batch that are set aside one after the other, each at the price of another transfer of the others.
 */
export const maxSuspects = 3

/**
 * Jobs whose local files a fetch handles at one time.
 */
export const filesAtOnce = 16

/**
 * Outputs of one batch that a caller deposits at one time.
 */
export const depositsAtOnce = 8

/**
 * Looks at which jobs the schedd counts as transferred: it writes its note a moment after the tool has ended.
 */
export const completionLooks = Schedule.spaced("200 millis").pipe(Schedule.upTo({ times: 10 }))

/**
 * From one look at the free room to the next, and from one at a job at least, in milliseconds.
 */
export const lookInterval = 200

/**
 * The rest after a look at a job, as a multiple of what the look took.
 */
export const restraint = 10

/**
 * How long that rest is for a job that grows, at most, in milliseconds.
 */
export const longestRest = 2_000

/**
 * Tries to release a job. A schedd that was restarted, or a token that was renewed, is back by then. A CE that is away does not
 * hold a fetch for longer: each try of such a CE takes a moment, and one that hangs uses up the time with the first.
 */
export const releaseTries = Schedule.exponential("3 seconds").pipe(
  Schedule.jittered,
  Schedule.upTo({ times: 2, duration: "10 seconds" })
)

/**
 * Fetched jobs that another operation releases on the side: as many as one `condor_rm` takes, so that it is not delayed by more.
 */
export const remindedAtOnce = 250

/**
 * How long the end of a backend may take to release what is left.
 */
export const closing = Duration.seconds(10)
