/**
 * Tells which jobs there are.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { BackendError } from "./BackendError.ts"
import { JobHandle } from "./JobHandle.ts"
import { JobStatus } from "./JobStatus.ts"

/**
 * Which jobs are listed: those that satisfy all that is given. Without anything, all of them.
 *
 * - `tag`: the submission has this `tag`, letter for letter
 * - `keyPrefix`: the submission key begins with this text, letter for letter
 * - `status`: the job has one of these states now. An empty list fits no job
 *
 * @category models
 * @since 0.1.0
 */
export interface ListFilter {
  readonly tag?: string | undefined
  readonly keyPrefix?: string | undefined
  readonly status?: ReadonlyArray<JobStatus["_tag"]> | undefined
}

const listed = {
  handle: JobHandle,
  copies: Schema.optionalKey(Schema.Natural),
  tag: Schema.optionalKey(Schema.String),
  status: JobStatus,
  submitted: Schema.optionalKey(Schema.DateTimeUtcFromString)
}

const unusable = {
  OtherFormat: { endpoint: Schema.String, job: Schema.String, format: Schema.optionalKey(Schema.Int) },
  Unreadable: { endpoint: Schema.String, job: Schema.optionalKey(Schema.String), detail: Schema.String }
}

/**
 * What a list has for one job.
 *
 * **Details**
 *
 * - `Listed`: a job of this library. `handle` equals the one that `submit` returned. `copies` says how many copies the submission has,
 *   `tag` is the submission's, and `submitted` is when the scheduler took the job, in whole seconds of its clock (HTCondor:
 *   `QDate`). Each of the three is absent where the ad does not say it
 * - `OtherFormat`: another version of this library wrote the job. `job` is its number at the scheduler, `format` the version of its
 *   format, absent where the job names none. Use the version of the library that submitted it
 * - `Unreadable`: the job carries a submission key, and its ad makes no sense. `detail` says why. `job` is absent if not even the
 *   number can be read
 *
 * A program has to look at the tag to get a handle, so that it cannot overlook the last two. They are jobs at the compute
 * element, which use its resources.
 *
 * @category models
 * @since 0.1.0
 */
export const ListedJob = Schema.TaggedUnion({ Listed: listed, ...unusable })

/**
 * @category models
 * @since 0.1.0
 */
export type ListedJob = typeof ListedJob.Type

/**
 * What is told of one job that has left the queue, or, at the end, that others may have left.
 *
 * **Details**
 *
 * - `Departed`: as `Listed`. `status` is `Removed`, or `Completed` with its output `Gone`. `left` is when the job was removed: cancelled,
 *   purged, fetched, or removed by the site (HTCondor: `EnteredCurrentStatus`, by the clock of the scheduler). It is absent
 *   for a job that left as completed, because an HTCondor-CE does not note when that was
 * - `OtherFormat`, `Unreadable`: as in a list
 * - `Cut`: always the last element. The history was not read to its end, so that more jobs may have left. `detail` says why. All
 *   that were removed at or after `reaches` have been told of; it is absent where nobody knows how far back that is
 *
 * @category models
 * @since 0.1.0
 */
export const DepartedJob = Schema.TaggedUnion({
  Departed: { ...listed, left: Schema.optionalKey(Schema.DateTimeUtcFromString) },
  ...unusable,
  Cut: { endpoint: Schema.String, detail: Schema.String, reaches: Schema.optionalKey(Schema.DateTimeUtcFromString) }
})

/**
 * @category models
 * @since 0.1.0
 */
export type DepartedJob = typeof DepartedJob.Type

/**
 * Tells which jobs there are, without any local state: a program that has lost its database loses no job.
 *
 * **Details**
 *
 * `list` streams every job of this identity that this library has in the queue of the compute element. The scheduler itself
 * picks the jobs, in one question, and elements come as the answer arrives. The list has live jobs, held ones, and completed ones
 * whose output nobody has fetched. It has jobs twice that are there twice: `Submitter.reconcile` tells which submission that is.
 * Each job is one element, in no particular order, as it was when the scheduler printed it.
 *
 * A list that ends is whole. One that fails has told of some jobs only, whatever it has streamed before.
 *
 * `departed` streams the jobs of this identity that have left the queue at or after `since`, the newest first. It reads no more of
 * the history than the newest `historyDepth` jobs of all users, and ends with `Cut` if that was not enough. It is two or three
 * questions, whatever the number of jobs. Jobs that `submit` has taken back are among them: `Removed`, with the reason `submission
 * abandoned`.
 *
 * By way of a submit host the list has the jobs that this host hands on to this compute element, and no others.
 *
 * **Gotchas**
 *
 * `OtherFormat` and `Unreadable` come whatever the filter says, as far as the scheduler can tell: a job whose status makes no sense
 * may have any. Handles name the compute element as it is configured now: those of jobs that were submitted under a former
 * name work, but do not equal the older ones.
 *
 * The history is in the order in which jobs leave, and notes no time for those that leave as completed. So `departed` also gives
 * some that left before `since`. `since` is compared with the clock of the scheduler.
 *
 * The scheduler shows an administrator the jobs of all users (HTCondor: a queue super user).
 *
 * @category services
 * @since 0.1.0
 */
export class Enumerable extends Context.Service<Enumerable, {
  list(filter?: ListFilter): Stream.Stream<ListedJob, BackendError>
  departed(options: { readonly since: DateTime.DateTime }): Stream.Stream<DepartedJob, BackendError>
}>()("effect-htcondor-ce/contract/Capability/Enumerable") {}
