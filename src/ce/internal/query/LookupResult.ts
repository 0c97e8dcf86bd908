/**
 * A job to look up, and the result.
 */
import type * as JobAd from "../../../condor/JobAd.ts"
import type * as JobId from "../../../condor/JobId.ts"
import type {
  HistoryUnavailable,
  StatusUnavailable,
  UnreadableJob,
  UnsupportedJobFormat
} from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"

/**
 * - `Queue`: the job is in the queue; `own` is false for a job of another identity
 * - `History`: the job has left the queue
 * - `Failed`: the ad cannot be read or has another format; or the job is not in the queue and the history is not available; or
 *   the query failed
 * - `Absent`: neither the queue nor the history has a job with this id, key and copy
 */
export type LookupResult =
  | { readonly _tag: "Queue"; readonly ad: JobAd.JobAd; readonly own: boolean }
  | { readonly _tag: "History"; readonly ad: JobAd.JobAd }
  | { readonly _tag: "Failed"; readonly error: NotFound }
  | { readonly _tag: "Absent" }

/**
 * Why the state of a job is not known.
 */
export type NotFound = UnreadableJob | UnsupportedJobFormat | HistoryUnavailable | StatusUnavailable

/**
 * A handle that belongs to this CE, and its job id, which `handle.job` has as text.
 */
export interface Target {
  readonly handle: JobHandle
  readonly id: JobId.JobId
}
