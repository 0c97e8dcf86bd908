/**
 * The interface of a fake schedd's job queue, which has no effects: its callers set the time.
 *
 * @since 0.1.0
 */
import type * as ClassAd from "../../classad/ClassAd.ts"
import type * as Expr from "../../classad/Expr.ts"
import type { ActionResult } from "../../condor/Schedd.ts"
import type { Job, Version } from "./Job.ts"
import type { SpoolFile } from "./Payload.ts"

/**
 * The transfer of the input of a new cluster. After a reinstallation, another cluster with the same number is not affected.
 *
 * - `began`: the transfer begins, and sets `StageInStart`
 * - `done`: the input has arrived (one map of files for each proc)
 * - `failed`: the transfer broke, so the schedd removes the cluster 1.5 seconds later
 */
export interface Staging {
  began(): void
  done(inputs: ReadonlyArray<ReadonlyMap<string, SpoolFile>>): void
  failed(): void
}

export type { ActionResult }

/**
 * The queue. Times are milliseconds since 1970. Call `advance` with the present time before any other method.
 *
 * **Details**
 *
 * - `advance`: runs the events that are due, in the order of time: routing, starts, ends, periodic conditions
 *   (`PERIODIC_EXPR_INTERVAL`), and the removal of jobs without input
 * - `due`: the time of the next event, if there is one
 * - `newCluster`: the next cluster number. A number without a submission leaves a gap.
 * - `submit`: puts a cluster into the queue, held with code 16 until its input is spooled. The ads are those of `condor_submit`
 *   after {@link Spool.rewritten}. The queue adds ids, `User`, `Owner`, `QDate`, the status and `GlobalJobId`.
 * - `jobs`: the jobs in the order of their numbers, of all clusters or only of these; `find`: one job
 * - `history`: the ads of jobs that have left, the newest first
 * - `remove`, `hold`, `release`: act as the user `by`, and name that user in the reason ("by user pilot"). A removed job leaves the queue at
 *   once or, if the JobRouter manages it, some time later.
 * - `forceRemoval`: takes a removed job out of the queue, although it should stay
 * - `edit`: sets an attribute of a job
 * - `stageOutBegan`, `stageOutFinished`: set the times of a transfer to the client, as this version does
 * - `truth`: whether a condition is true for a job. A schedd treats `undefined` and `error` as false.
 * - `restart`: hold reasons reappear, running jobs continue, and jobs that are not idle yet keep waiting for input
 * - `reinstall`: empties the queue and the history, and numbers start at 1; `rotateHistory`: empties the history
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
