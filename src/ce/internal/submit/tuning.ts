/**
 * How many steps of a submission run at once, and how often they are repeated.
 */
import * as Duration from "effect/Duration"
import * as Schedule from "effect/Schedule"

/**
 * Clusters of one submission that are submitted concurrently: one is prepared while another is sent.
 */
export const submitsAtOnce = 2

/**
 * How often other clients may come first and then fail, before this one gives up.
 */
export const maxRounds = 8

/**
 * After this time, an older cluster may have left the queue again, so that the history is searched for it.
 */
export const promptly = Duration.seconds(10)

/**
 * The longest time for a submission that ends early to roll back its jobs, or to check whether another client came first.
 */
export const lastWords = Duration.seconds(10)

/**
 * How often a submission waits for jobs that other clients are spooling, each time for `spoolingGrace`. Other clients may submit
 * with the key again and again, and fail.
 */
export const maxWaits = 3

/**
 * Time between two looks at jobs that are being spooled.
 */
export const spoolingLooks = Schedule.spaced("500 millis")

/**
 * Jobs of one search of the history: enough for every cluster that a submission usually has.
 */
export const mostOfOneSearch = 1_000

/**
 * Copies whose secrets are written concurrently.
 */
export const copiesAtOnce = 16
