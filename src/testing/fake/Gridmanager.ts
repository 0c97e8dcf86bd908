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
import { gridUniverse } from "../../condor/submit/Draft.ts"
import { integer, text } from "./Attributes.ts"
import type { Changes, Hold } from "./Lifecycle.ts"

/** Whether a job is to be handed on. */
export const isGrid = (ad: ClassAd.ClassAd): boolean =>
  integer(ad, "JobUniverse") === gridUniverse && text(ad, "GridResource")?.startsWith("condor ") === true

/** Whether a job has been handed on. */
export const isAtCE = (ad: ClassAd.ClassAd): boolean => isGrid(ad) && text(ad, "GridJobId") !== undefined

/** In the gridmanager's charge, which submits it when it is its turn: the ad does not tell the one from the other. */
export const takenUp: Changes = { Managed: "External" }

/**
 * Whose turn it is to be at the CE, of which the gridmanager has so many jobs there at one time.
 *
 * - `take`: begins at once, or when there is room
 * - `leave`: makes room for others
 */
export const turns = <Job>(most: number) => {
  const waiting = new Map<Job, () => void>()
  const there = new Set<Job>()
  const next = (): void => {
    for (const [job, begin] of waiting) {
      if (there.size >= most) return
      waiting.delete(job)
      there.add(job)
      begin()
    }
  }
  return {
    take: (job: Job, begin: () => void): void => {
      waiting.set(job, begin)
      next()
    },
    leave: (job: Job): void => {
      waiting.delete(job)
      if (there.delete(job)) next()
    },
    clear: (): void => {
      waiting.clear()
      there.clear()
    }
  }
}

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
