/**
 * How long a release waits for the daemons of a CE.
 */
import * as Duration from "effect/Duration"

/**
 * The interval at which a JobRouter polls its jobs (`JOB_ROUTER_POLLING_PERIOD`, by default 10 seconds).
 */
const routerLooks = Duration.seconds(10)

/**
 * The interval at which a gridmanager polls jobs that it has handed over.
 */
const gridmanagerLooks = Duration.minutes(1)

/**
 * How long to wait until the JobRouter has taken a job out of the batch system: several polls.
 */
export const takeBackPatience = Duration.seconds(60)

const twoLooks = Duration.times(routerLooks, 2)

/**
 * How long a released job is watched: two polls of the JobRouter, which may hold it again. For a grid job, also one poll of the
 * gridmanager, which reports it.
 */
export const settling = { router: twoLooks, gridmanager: Duration.sum(twoLooks, gridmanagerLooks) }

/**
 * Time between two looks at jobs that are being released.
 */
export const interval = Duration.seconds(5)
