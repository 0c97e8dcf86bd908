/**
 * The gridmanager of a submit host, which submits jobs to a CE (HTCondor-C): its changes of job ads. Measured on 23.9 and
 * 25.14.
 *
 * **Details**
 *
 * The fake is the submit host, the CE and its pool in one. The CE always answers, has no policies, and accepts every job.
 * The gridmanager is never restarted, so it submits no job twice. If a job is removed or held while the gridmanager submits
 * it, the CE keeps a copy that the submit host does not know.
 *
 * @since 0.1.0
 */
import type * as ClassAd from "../../classad/ClassAd.ts"
import { gridUniverse } from "../../condor/submit/Draft.ts"
import { integer, text } from "./Attributes.ts"
import type { Changes, Hold } from "./Lifecycle.ts"

/** Whether a job is for the gridmanager. */
export const isGrid = (ad: ClassAd.ClassAd): boolean =>
  integer(ad, "JobUniverse") === gridUniverse && text(ad, "GridResource")?.startsWith("condor ") === true

/** Whether the gridmanager has submitted a job to the CE. */
export const isAtCE = (ad: ClassAd.ClassAd): boolean => isGrid(ad) && text(ad, "GridJobId") !== undefined

/** The gridmanager manages the job. The ad is the same before and after the job's turn. */
export const takenUp: Changes = { Managed: "External" }

/**
 * Limits how many jobs are at the CE concurrently.
 *
 * - `take`: calls `begin` at once, or when there is room
 * - `leave`: makes room for the next job
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

/** The gridmanager has submitted the job, and the CE has given it this cluster number. */
export const submitted = (ad: ClassAd.ClassAd, number: number): Changes => ({
  GridJobId: `${text(ad, "GridResource")} ${number}.0`
})

/** The gridmanager has received this state from the CE. Nothing changes for a job that is not at the CE. */
export const seen = (ad: ClassAd.ClassAd, state: "IDLE" | "RUNNING" | "COMPLETED" | "HELD", now: number): Changes =>
  isAtCE(ad) ? { GridJobStatus: state, LastRemoteStatusUpdate: now } : {}

/** The CE has no job with that number any more. */
export const forgotten: Changes = { GridJobId: undefined, CurrentStatusUnknown: false, LastRemoteStatusUpdate: 0 }

/** The hold by the gridmanager that follows. */
export const disappeared: Hold = {
  origin: "policy",
  reason: "Job disappeared from remote schedd",
  code: 0,
  subcode: 0
}
