/**
 * The gridmanager of a submit host, which hands jobs on to a CE (HTCondor-C): what it writes into their ads. Measured on
 * 23.9 and 25.14.
 *
 * **Details**
 *
 * The fake is the submit host, the CE and its pool in one: the CE always answers, has no policies of its own, and takes
 * every job. The gridmanager is never restarted, so that no job is submitted twice. It lets go of a job that is removed or
 * held while it submits it, and leaves what the CE has just taken.
 *
 * @since 0.1.0
 */
import type * as ClassAd from "../../classad/ClassAd.ts"
import { integer, text } from "./Attributes.ts"
import type { Changes, Hold } from "./Lifecycle.ts"

/** The number of the grid universe. */
export const universe = 9

/** Whether a job is to be handed on. */
export const isGrid = (ad: ClassAd.ClassAd): boolean =>
  integer(ad, "JobUniverse") === universe && text(ad, "GridResource")?.startsWith("condor ") === true

/** Whether a job has been handed on. */
export const isAtCE = (ad: ClassAd.ClassAd): boolean => isGrid(ad) && text(ad, "GridJobId") !== undefined

/** Taken up by the gridmanager, which now submits it. */
export const takenUp: Changes = { Managed: "External" }

/** Whether the gridmanager submits a job at this moment. */
export const isUnderWay = (ad: ClassAd.ClassAd): boolean =>
  isGrid(ad) && text(ad, "Managed") === "External" && text(ad, "GridJobId") === undefined

/** Handed on, under a number of the CE. */
export const submitted = (ad: ClassAd.ClassAd, number: number): Changes => ({
  GridJobId: `${text(ad, "GridResource")} ${number}.0`
})

/** What the CE says of a job; nothing of one that it has not got. */
export const seen = (ad: ClassAd.ClassAd, state: "IDLE" | "RUNNING" | "COMPLETED" | "HELD", now: number): Changes =>
  isAtCE(ad) ? { GridJobStatus: state, LastRemoteStatusUpdate: now } : {}

/** The CE has no job of that number any more. */
export const forgotten: Changes = { GridJobId: undefined, CurrentStatusUnknown: false, LastRemoteStatusUpdate: 0 }

/** What the gridmanager then does. */
export const disappeared: Hold = {
  origin: "policy",
  reason: "Job disappeared from remote schedd",
  code: 0,
  subcode: 0
}
