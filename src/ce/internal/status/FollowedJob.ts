/**
 * One job of a watcher: decides which answers about it are changes.
 */
import * as Equal from "effect/Equal"
import * as Result from "effect/Result"
import type { StatusError } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import * as JobStatus from "../../../contract/JobStatus.ts"
import { canRepeat } from "../../../contract/Retry.ts"

/**
 * - `latest`, `delivered`: its last known status, and the last one that the owner got
 * - `unknownOnce`: the last answer was `Unknown`, which counts only if the next one agrees
 * - `failingSince`: when it first failed, if there was no status since
 * - `isFailed`: this failure lasts; `failed`: the owner got the failure
 */
export interface FollowedJob {
  readonly handle: JobHandle
  latest?: JobStatus.JobStatus
  delivered?: JobStatus.JobStatus
  unknownOnce?: boolean
  failingSince?: number | undefined
  isFailed?: boolean
  failed?: boolean
}

type Outcome = Result.Result<JobStatus.JobStatus, StatusError>

/**
 * - `news`: `changed`: deliver it; `reverted`: the owner's last status is right again; `recheck`: query again, and deliver
 *   nothing yet
 * - `isOver`: the job need not be queried any more
 */
export interface Accepted {
  readonly news: "changed" | "reverted" | "recheck" | "unchanged"
  readonly isOver: boolean
}

/** Whether two statuses are the same. A `since` that one of them lacks does not count as a difference; another `since` does. */
export const isSame = (one: JobStatus.JobStatus | undefined, other: JobStatus.JobStatus): boolean =>
  Equal.equals(one, other) ||
  one !== undefined && one._tag === other._tag &&
    (JobStatus.sinceOf(one) === undefined || JobStatus.sinceOf(other) === undefined) &&
    Equal.equals(JobStatus.withoutSince(one), JobStatus.withoutSince(other))

/**
 * Whether this outcome of a job is final. A failed query (`StatusUnavailable`) is not: if it lasts, it fails all jobs, and it may
 * be repaired.
 */
export const isOver: (outcome: Outcome) => boolean = Result.match({
  onSuccess: JobStatus.isTerminal,
  onFailure: (failure) => !canRepeat(failure) && failure._tag !== "StatusUnavailable"
})

const acceptStatus = (job: FollowedJob, status: JobStatus.JobStatus, isOver: boolean): Accepted => {
  job.failingSince = undefined
  // A single wrong answer would end the watch of a job. So the job is queried again soon.
  if (status._tag === "Unknown" && job.unknownOnce !== true) {
    job.unknownOnce = true
    return { news: "recheck", isOver: false }
  }
  job.unknownOnce = false
  if (job.isFailed !== true && isSame(job.latest, status)) {
    if (JobStatus.sinceOf(status) !== undefined) job.latest = status
    return { news: "unchanged", isOver }
  }
  job.latest = status
  job.isFailed = false
  return { news: job.failed !== true && isSame(job.delivered, status) ? "reverted" : "changed", isOver }
}

// A failure counts when it has lasted for `patience`, or at once if it never ends.
const acceptFailure = (
  job: FollowedJob,
  failure: StatusError,
  isOver: boolean,
  now: number,
  patience: number
): Accepted => {
  job.failingSince ??= now
  if (failure.retry !== "Never" && now - job.failingSince < patience) return { news: "unchanged", isOver: false }
  if (!isOver && job.isFailed === true) return { news: "unchanged", isOver }
  job.isFailed = true
  return { news: "changed", isOver }
}

/**
 * Takes an answer about a job. `now` and `patience` are in milliseconds. A failure counts when it has lasted for `patience`.
 */
export const accept = (job: FollowedJob, outcome: Outcome, now: number, patience: number): Accepted =>
  Result.isFailure(outcome)
    ? acceptFailure(job, outcome.failure, isOver(outcome), now, patience)
    : acceptStatus(job, outcome.success, isOver(outcome))

/**
 * Notes that the owner got an outcome.
 */
export const deliver = (job: FollowedJob, outcome: Outcome): void => {
  job.failed = Result.isFailure(outcome)
  if (Result.isSuccess(outcome)) job.delivered = outcome.success
}
