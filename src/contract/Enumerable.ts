/**
 * Lists jobs.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { BackendError } from "./BackendError.ts"
import { handleOf, reason, time } from "./Fields.ts"
import { JobStatus } from "./JobStatus.ts"

/**
 * The conditions for a listed job. A job must meet all of them. Without conditions every job is listed.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListFilter {
  /** The submission has exactly this `tag`. Case matters. */
  readonly tag?: string | undefined
  /** The submission key begins with this text. Case matters. */
  readonly keyPrefix?: string | undefined
  /** The job has one of these states now. An empty list matches no job. */
  readonly status?: ReadonlyArray<JobStatus["_tag"]> | undefined
}

const listed = {
  /** Equals the handle that `submit` returned. */
  handle: handleOf("Equals the handle that submit returned."),
  /** The number of copies of the submission. Absent if the ad does not have it. */
  copies: Schema.optionalKey(
    Schema.Natural.annotate({
      description: "The number of copies of the submission. Absent if the ad does not have it."
    })
  ),
  /** The `tag` of the submission. Absent if it has none. */
  tag: Schema.optionalKey(Schema.String.annotate({ description: "The tag of the submission. Absent if it has none." })),
  /** The state of the job when the scheduler printed its ad. */
  status: JobStatus.annotate({ description: "The state of the job when the scheduler printed its ad." }),
  /** The time of the submission, in whole seconds of the scheduler's clock (HTCondor: `QDate`). */
  submitted: Schema.optionalKey(
    time("The time of the submission, in whole seconds of the scheduler's clock (HTCondor: QDate).")
  )
}

const endpoint = Schema.String.annotate({ description: "The address of the compute element, <host>:<port>." })

const unusable = {
  /**
   * Another version of this library wrote the job. `job` is its number at the scheduler. `format` is the version of its
   * format, absent if the job names none. Use the version of the library that submitted it.
   */
  OtherFormat: {
    endpoint,
    job: Schema.String.annotate({ description: "The number of the job at the scheduler." }),
    format: Schema.optionalKey(
      Schema.Int.annotate({ description: "The version of the format of the job. Absent if the job names none." })
    )
  },
  /**
   * The job has a submission key, and its ad cannot be understood. `detail` says why. `job` is absent if even its number
   * cannot be read.
   */
  Unreadable: {
    endpoint,
    job: Schema.optionalKey(
      Schema.String.annotate({ description: "The number of the job at the scheduler. Absent if it cannot be read." })
    ),
    detail: reason
  }
}

/**
 * One element of a list.
 *
 * **Details**
 *
 * A program must check the tag to get a handle, so it cannot overlook `OtherFormat` and `Unreadable`. Such jobs are at
 * the compute element, and use its resources.
 *
 * @category models
 * @since 0.1.0
 */
export const ListedJob = Schema.TaggedUnion({
  /**
   * A job of this library. `copies` is the number of copies of its submission, `tag` the submission's tag, and `submitted`
   * the time of the submission (HTCondor: `QDate`). Each of the three is absent if the ad does not have it.
   */
  Listed: listed,
  ...unusable
})

/**
 * One element of a list.
 *
 * @category models
 * @since 0.1.0
 */
export type ListedJob = typeof ListedJob.Type

/**
 * One element of the jobs that have left the queue. `OtherFormat` and `Unreadable` are as in a list.
 *
 * @category models
 * @since 0.1.0
 */
export const DepartedJob = Schema.TaggedUnion({
  /**
   * A job that has left the queue, with the fields of `Listed`. `status` is `Removed`, or `Completed` with its output
   * `Gone`. `left` is the time of the removal: cancelled, purged, fetched, or removed by the site (HTCondor:
   * `EnteredCurrentStatus`, by the scheduler's clock). It is absent for a job that left as completed, because an
   * HTCondor-CE does not record that time.
   */
  Departed: {
    ...listed,
    left: Schema.optionalKey(
      time("The time of the removal (HTCondor: EnteredCurrentStatus). Absent for a job that left as completed.")
    )
  },
  ...unusable,
  /**
   * Always the last element. The history was not read to its end, so more jobs may have left. `detail` says why. The
   * stream has all jobs that were removed at or after `reaches`, which is absent if that time is unknown.
   */
  Cut: {
    endpoint,
    detail: reason,
    reaches: Schema.optionalKey(
      time("The stream has all jobs that were removed at or after this time. Absent if it is unknown.")
    )
  }
})

/**
 * One element of the jobs that have left the queue.
 *
 * @category models
 * @since 0.1.0
 */
export type DepartedJob = typeof DepartedJob.Type

/**
 * Lists the jobs at a compute element, without any local state: a program that has lost its database loses no job.
 *
 * **Details**
 *
 * With a submit host, both operations list only the jobs that this host hands over to this compute element.
 *
 * **Gotchas**
 *
 * A filter may still let `OtherFormat` and `Unreadable` pass, because the scheduler cannot compare what it cannot read.
 * Handles name the compute element as it is configured now. The handles of jobs that were submitted under a former name
 * work, but do not equal the older ones.
 *
 * To an administrator (HTCondor: a queue super user) the scheduler shows the jobs of all users.
 *
 * **Example** (Finding the jobs of a submission without its handles)
 *
 * ```ts
 * import { DateTime, Effect, Stream } from "effect"
 * import { Capability, Outcomes, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * const spec = { executable: "/bin/true", tag: "nightly" }
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { cancel } = yield* Capability.Cancellable
 *   const { departed, list } = yield* Capability.Enumerable
 *   const since = yield* DateTime.now
 *   const { handles } = yield* submit(spec, [{}, {}], { key: yield* SubmissionKey.generate })
 *   const found = (yield* Stream.runCollect(list({ tag: "nightly" })))
 *     .flatMap((job) => job._tag === "Listed" ? [job.handle] : [])
 *   assert.deepStrictEqual(found.map(String).toSorted(), handles.map(String).toSorted())
 *   assert.strictEqual(Outcomes.failures(yield* cancel(found)).length, 0)
 *   const left = yield* Stream.runCollect(departed({ since }))
 *   assert.deepStrictEqual(left.map(({ _tag }) => _tag), ["Departed", "Departed"])
 * })
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class Enumerable extends Context.Service<Enumerable, {
  /**
   * Streams every job of this identity that this library has in the queue of the compute element: live jobs, held ones,
   * and completed ones whose output nobody has fetched. Each job is one element, in no particular order. A copy that was
   * submitted twice is two elements: `Submitter.reconcile` then returns `Duplicated` for its key.
   *
   * It is one query, in which the scheduler selects the jobs. Elements arrive while the scheduler still answers. A list
   * is complete only if the stream ends without an error.
   */
  list(filter?: ListFilter): Stream.Stream<ListedJob, BackendError>
  /**
   * Streams the jobs of this identity that have left the queue at or after `since`, the newest first. It includes jobs
   * that `submit` rolled back: they are `Removed`, with the reason `submission abandoned`.
   *
   * It makes two or three queries, whatever the number of jobs. It reads only the newest `historyDepth` entries of the
   * history, of all users, and ends with `Cut` if these do not reach back to `since`.
   *
   * It compares `since` with the clock of the scheduler. The history is in the order in which jobs leave, and has no time
   * for those that leave as completed. So some of these may have left before `since`.
   */
  departed(options: { readonly since: DateTime.DateTime }): Stream.Stream<DepartedJob, BackendError>
}>()("effect-htcondor-ce/contract/Capability/Enumerable") {}
