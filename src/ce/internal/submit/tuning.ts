/**
 * How much of a submission goes on at one time, and how often it is tried.
 */
import * as Duration from "effect/Duration"
import * as Schedule from "effect/Schedule"

/**
 * Clusters of one submission that are submitted at the same time: one is prepared while another is under way.
 */
export const submitsAtOnce = 2

/**
 * Times that other clients may come first, and then fail.
 */
export const maxRounds = 8

/**
 * After so long an older cluster may have come and gone, and the history is asked for it.
 */
export const promptly = Duration.seconds(10)

/**
 * What a submission that ends early has to take back what it has left, or to look who came first.
 */
export const lastWords = Duration.seconds(10)

/**
 * Times that jobs are waited for that others are spooling, each as long as `spoolingGrace`: others may go on submitting with the
 * key, and fail.
 */
export const maxWaits = 3

/**
 * Between two looks at jobs that are being spooled.
 */
export const spoolingLooks = Schedule.spaced("500 millis")

/**
 * Jobs of one search of the history: as many as tell of every cluster that a submission usually has.
 */
export const mostOfOneSearch = 1_000

/**
 * Copies whose secrets are written at one time.
 */
export const copiesAtOnce = 16
