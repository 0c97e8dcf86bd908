/**
 * Constants of the cluster.
 */
import * as Duration from "effect/Duration"

/**
 * The longest message that a runner accepts, in bytes. The engine closes the connection at a longer one, and sends it again without
 * end. Its default of 16 MiB is too little: a handle takes 60 bytes, a status some kB, and an output grows with its files.
 */
export const longestMessage = 1024 * 1024 * 1024
export const handlesPerMessage = 20_000
export const recordsPerMessage = 4000
export const outputsPerMessage = 1000

/** The pause before a request is sent again to an owner that has lost its compute element, and the number of attempts. */
export const fencedPause = Duration.seconds(1)
export const fencedTimes = 60

/** How long an owner waits for the record of a submission, before it gives up its turn. */
export const recordedWithin = Duration.seconds(10)

/** How long an owner looks whether a submission without an answer came too late. A runner that stops waits for it. */
export const lastLook = Duration.minutes(1)

/** An owner that stops hands over after about this time. */
export const stoppedPause = Duration.millis(500)

/** The owner of a compute element gets a new batch within this time. One that is older had another owner. */
export const newBatch = Duration.seconds(3)

/** How long a caller waits before it asks whether the owner has the workflow. */
export const knownPause = Duration.seconds(1)

/** How long a message waits before it is offered again to a runner that did not have its entity, and how many at once. */
export const heldPause = Duration.seconds(10)
export const releasedAtOnce = 1000

/** The pause between attempts after an error with `AfterRepair`. */
export const repairPause = Duration.minutes(5)

/** For how long a withdrawal is repeated before its pauses become those after `AfterRepair`. */
export const lastTries = Duration.hours(6)

/** How many times an operation that fails for some jobs of a batch is repeated for these: for three days, with pauses of five minutes. */
export const lastTimes = 870

/** For how long a batch waits for somebody to repair the configuration of its compute element: a weekend. */
export const lastRepairs = Duration.days(3)

/** How many outputs a caller deposits concurrently. */
export const depositsAtOnce = 16

/**
 * The entities of one compute element and of its batches. They take any number of messages, because the library itself limits the tools.
 * With a concurrency of one a submission would block all queries. With the engine's 4,096 messages, that many waiting batches would.
 */
export const perElement = { concurrency: "unbounded", mailboxCapacity: "unbounded", maxIdleTime: "5 minutes" } as const
