/**
 * One job that a watcher follows: what an answer says of it that the ones before have not.
 */
import * as Equal from "effect/Equal"
import * as Result from "effect/Result"
import type { StatusError } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import * as JobStatus from "../../../contract/JobStatus.ts"
import { canRepeat } from "../../../contract/Retry.ts"

/**
 * - `latest`, `delivered`: its last status, and that which the owner was told last
 * - `unknownOnce`: its last status was `Unknown`, which is believed the second time
 * - `failingSince`: when it failed first, if it has done nothing else since; `isFailed` if that lasts, `failed` if the owner was told
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
 * - `news`: `changed` is to be told, `reverted` is what the owner was told last, and `recheck` is to be asked again and not told yet
 * - `isOver`: there is nothing more to ask about
 */
export interface Accepted {
  readonly news: "changed" | "reverted" | "recheck" | "unchanged"
  readonly isOver: boolean
}

/** A time that is heard of later, or for once not, is no news: the job does the same. Another time is. */
export const isSame = (one: JobStatus.JobStatus | undefined, other: JobStatus.JobStatus): boolean =>
  Equal.equals(one, other) ||
  one !== undefined && one._tag === other._tag &&
    (JobStatus.sinceOf(one) === undefined || JobStatus.sinceOf(other) === undefined) &&
    Equal.equals(JobStatus.withoutSince(one), JobStatus.withoutSince(other))

/**
 * Whether nothing more can be heard of a job with this outcome. What fails the question for some jobs (`StatusUnavailable`) fails them
 * all where it lasts, and may be mended.
 */
export const isOver: (outcome: Outcome) => boolean = Result.match({
  onSuccess: JobStatus.isTerminal,
  onFailure: (failure) => !canRepeat(failure) && failure._tag !== "StatusUnavailable"
})

const acceptStatus = (job: FollowedJob, status: JobStatus.JobStatus, isOver: boolean): Accepted => {
  job.failingSince = undefined
  // One wrong answer would end the following of a job. It is asked for again soon.
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

// It counts when it has lasted for `patience`, or at once if it never ends.
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
 * Takes an answer about a job at some time. The failure of one counts when it has lasted for `patience`, in milliseconds.
 */
export const accept = (job: FollowedJob, outcome: Outcome, now: number, patience: number): Accepted =>
  Result.isFailure(outcome)
    ? acceptFailure(job, outcome.failure, isOver(outcome), now, patience)
    : acceptStatus(job, outcome.success, isOver(outcome))

/**
 * The owner was told of an outcome.
 */
export const deliver = (job: FollowedJob, outcome: Outcome): void => {
  job.failed = Result.isFailure(outcome)
  if (Result.isSuccess(outcome)) job.delivered = outcome.success
}
