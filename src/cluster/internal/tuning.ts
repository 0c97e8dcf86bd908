/**
 * Numbers of the cluster.
 */
import * as Duration from "effect/Duration"

/**
 * The longest message that a runner accepts. For a longer one the engine closes the connection and sends it again, without end. Its
 * default of 16 MiB is too little: a handle takes 60 bytes, a status up to some kB, and the size of an output grows with its files.
 */
export const longestMessage = 1024 * 1024 * 1024
export const handlesPerMessage = 20_000
export const recordsPerMessage = 4000
export const outputsPerMessage = 1000

/** An owner that has lost its compute element is replaced within the time of a failover. */
export const fencedPause = Duration.seconds(1)
export const fencedTimes = 60

/** An owner that stops hands over about so soon. */
export const stoppedPause = Duration.millis(500)

/** The owner of a compute element gets a new batch within this time. One that is older had another owner. */
export const newBatch = Duration.seconds(3)

/** Somebody has to mend something first. */
export const repairPause = Duration.minutes(5)

/** For how long what fails for some jobs of a batch is repeated for these. */
export const lastTries = Duration.hours(6)

/** For how long somebody may take to mend what keeps a batch from its jobs: a weekend. */
export const lastRepairs = Duration.days(3)

/** A caller deposits so many outputs at once. */
export const depositsAtOnce = 16

/**
 * What is asked of one compute element, and the batches there. The library limits what runs: one at a time would let a submission block
 * all questions, and 4,096 messages, the engine's default, would let so many batches that wait do so.
 */
export const perElement = { concurrency: "unbounded", mailboxCapacity: "unbounded", maxIdleTime: "5 minutes" } as const
