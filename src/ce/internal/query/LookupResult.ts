/**
 * A job that is looked for, and what is known of it.
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
 * - `Queue`: in the queue, with its ad; `own` is false for a job of another identity
 * - `History`: it has left the queue
 * - `Failed`: there is an ad, and it makes no sense or has another format; or the queue has none, and there is no history to
 *   ask; or the question for it failed
 * - `Absent`: neither the queue nor the history holds a job with this number, key and copy
 */
export type LookupResult =
  | { readonly _tag: "Queue"; readonly ad: JobAd.JobAd; readonly own: boolean }
  | { readonly _tag: "History"; readonly ad: JobAd.JobAd }
  | { readonly _tag: "Failed"; readonly error: NotFound }
  | { readonly _tag: "Absent" }

/**
 * Why it is not known what a job is doing.
 */
export type NotFound = UnreadableJob | UnsupportedJobFormat | HistoryUnavailable | StatusUnavailable

/**
 * A handle that belongs to this CE, with its number, which `handle.job` is as text.
 */
export interface Target {
  readonly handle: JobHandle
  readonly id: JobId.JobId
}
