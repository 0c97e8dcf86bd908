/**
 * How long a release waits for what a CE does by itself.
 */
import * as Duration from "effect/Duration"

/**
 * How often a JobRouter looks at its jobs (`JOB_ROUTER_POLLING_PERIOD`, 10 seconds at a CE that is configured as it comes).
 */
const routerLooks = Duration.seconds(10)

/**
 * How often a gridmanager looks at jobs that it has handed on.
 */
const gridmanagerLooks = Duration.minutes(1)

/**
 * How long to wait until the JobRouter has taken a job out of the batch system: several of its looks.
 */
export const takeBackPatience = Duration.seconds(60)

const twoLooks = Duration.times(routerLooks, 2)

/**
 * How long a released job is watched: two looks of the JobRouter, which may hold it again, and one of the gridmanager, where that
 * has to tell.
 */
export const settling = { router: twoLooks, gridmanager: Duration.sum(twoLooks, gridmanagerLooks) }

/**
 * Between two looks at jobs that are being released.
 */
export const interval = Duration.seconds(5)
