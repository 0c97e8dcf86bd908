/**
 * The job queue of a fake schedd: a machine without effects, told by its callers what time it is.
 *
 * @since 0.1.0
 */
import type * as ClassAd from "../../classad/ClassAd.ts"
import type * as Expr from "../../classad/Expr.ts"
import type { ActionResult } from "../../condor/Schedd.ts"
import type { Job, Version } from "./Job.ts"
import type { SpoolFile } from "./Payload.ts"

/**
 * The input of a cluster that has just been submitted, and of no other that is given its number later.
 *
 * - `began`: `StageInStart`
 * - `done`: the input is there (one map of files for each proc)
 * - `failed`: the client has gone in the middle of it, so that the cluster is removed 1.5 s later
 */
export interface Staging {
  began(): void
  done(inputs: ReadonlyArray<ReadonlyMap<string, SpoolFile>>): void
  failed(): void
}

export type { ActionResult }

/**
 * The queue. Times are milliseconds since 1970, and every method is called after `advance` to the present.
 *
 * **Details**
 *
 * - `advance`: lets happen what is due by now, in order: routing, starts, ends, the periodic evaluation of
 *   `PeriodicRemove`, `PeriodicHold`, `LeaveJobInQueue` (each `PERIODIC_EXPR_INTERVAL`), the removal of jobs whose
 *   staging failed
 * - `due`: when something happens next, if anything does by itself
 * - `newCluster`: the next number of a cluster; one that is never submitted leaves a gap
 * - `submit`: puts one cluster into the queue, held with code 16 until it is spooled; each ad is what the schedd keeps of
 *   what `condor_submit` made, without what the schedd adds (ids, `User`, `Owner`, `QDate`, status, `GlobalJobId`)
 * - `jobs`: in the order of their numbers, of these clusters alone if any are named; `find`: one of them
 * - `history`: newest first
 * - `remove`, `hold`, `release`: as `by` (`pilot` for what the history calls "(by user pilot)"); a job is gone from the
 *   queue at once or, where it runs, after a while with status 3
 * - `forceRemoval`: takes a job out of the queue that is removed and stays all the same
 * - `edit`: sets an attribute of a job
 * - `stageOutBegan`, `stageOutFinished`: the time stamps of a transfer to the client, as this version sets them
 * - `truth`: the value of a condition for a job, as a schedd takes it: `undefined` and `error` are false
 * - `restart`: hold reasons reappear, running jobs go on, and jobs that were not yet released from their spooling never are
 * - `reinstall`: no job, no history, and numbers from 1; `rotateHistory`: no history
 */
export interface Queue {
  readonly version: Version
  readonly schedd: string
  readonly now: number
  advance(now: number): void
  readonly due: number | undefined
  newCluster(): number
  submit(user: string, cluster: number, ads: ReadonlyArray<ClassAd.ClassAd>): Staging
  jobs(clusters?: ReadonlySet<number>): ReadonlyArray<Job>
  find(cluster: number, proc: number): Job | undefined
  history(): ReadonlyArray<ClassAd.ClassAd>
  remove(job: Job, by: string, reason?: string): ActionResult
  hold(
    job: Job,
    by: string,
    reason: string,
    codes?: {
      readonly code?: number | undefined
      readonly subcode?: number | undefined
      readonly copied?: boolean | undefined
    }
  ): ActionResult
  release(job: Job, by: string, reason?: string): ActionResult
  forceRemoval(job: Job): ActionResult
  edit(job: Job, name: string, expr: Expr.Expr): void
  stageOutBegan(job: Job): void
  stageOutFinished(job: Job): void
  truth(condition: Expr.Expr, ad: ClassAd.ClassAd): boolean
  restart(): void
  reinstall(): void
  rotateHistory(): void
}
