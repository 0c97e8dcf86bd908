/**
 * Reports the status of jobs.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { BackendError } from "./BackendError.ts"
import { handle } from "./Fields.ts"
import { StatusError, type WaitError } from "./JobError.ts"
import type { JobHandle } from "./JobHandle.ts"
import type { JobRecord } from "./JobRecord.ts"
import { JobStatus } from "./JobStatus.ts"
import type { Outcomes } from "./Outcomes.ts"

/**
 * A change of one job, as `watch` emits it.
 *
 * **Details**
 *
 * A job that starts a second time is a change: it is `Running` before and after, and its `since` differs.
 *
 * @category models
 * @since 0.1.0
 */
export const StatusChange = Schema.Struct({
  /** The job, as the caller named it. */
  handle,
  /**
   * The new status. It is a failure if all queries for this job have failed for `patience`, or if the failure is final.
   * The watch continues to query the job if a later query can succeed.
   */
  outcome: Schema.Result(
    JobStatus.annotate({ description: "The new status." }),
    StatusError.annotate({ description: "The failure of the queries." })
  ).annotateKey({
    description:
      "The new status. It is a failure if all queries for this job have failed for the patience of the watch, or if the failure is final."
  }),
  /** The last status that this watch emitted, or that was in `known`. Absent the first time. */
  previous: Schema.optional(JobStatus).annotate({
    description: "The last status that this watch emitted, or that was known. Absent the first time."
  })
})

/**
 * A change of one job, as `watch` emits it.
 *
 * @category models
 * @since 0.1.0
 */
export type StatusChange = typeof StatusChange.Type

/**
 * How often the compute element is asked, and how long it may fail.
 *
 * @category models
 * @since 0.1.0
 */
export interface Pace {
  /** The shortest pause between two queries. Default: 5 seconds. */
  readonly interval?: Duration.Input | undefined
  /**
   * The longest pause, while nothing changes. Default: one minute. This option, and not `interval`, limits the delay of
   * a change: lower it if you must notice short jobs soon.
   */
  readonly maxInterval?: Duration.Input | undefined
  /** How long all queries may fail before the watch fails. Default: 2 minutes. */
  readonly patience?: Duration.Input | undefined
}

/**
 * How to watch a set of jobs.
 *
 * @category models
 * @since 0.1.0
 */
export interface WatchOptions extends Pace {
  /**
   * The statuses that the caller knows, for example `Outcomes.successes` of an answer. The watch then emits only what
   * differs from them, with the known status as `previous`, and does not query jobs that are known to be terminal. A
   * known status is used once, when the job is first in the set.
   */
  readonly known?: Iterable<readonly [JobHandle, JobStatus]> | undefined
}

/**
 * The condition of a wait, and its limit.
 *
 * @category models
 * @since 0.1.0
 */
export interface WaitOptions extends Pace {
  /**
   * The condition. `"Running"`: the payload has started ({@link JobStatus.hasStarted}). It may have ended since,
   * because a short payload can run between two queries. `"Terminal"`: the job has ended ({@link
   * JobStatus.isTerminal}). Or your own condition.
   */
  readonly until: "Running" | "Terminal" | ((status: JobStatus) => boolean)
  /** The longest wait. Default: no limit. */
  readonly timeout?: Duration.Input | undefined
}

/**
 * Reports the status of jobs.
 *
 * **Details**
 *
 * All watchers of a compute element share one query, about the jobs that are not terminal. The pause from the end of one
 * query to the beginning of the next is `interval` (default 5 seconds) while jobs change or are added. While nothing
 * changes, the pauses grow to `maxInterval` (default one minute). Each pause is longer by a random part of up to 20 %, so it
 * may exceed `maxInterval` by that. If watchers differ, the shortest intervals apply to all.
 *
 * A compute element that is down, or refuses a credential for a moment, does not end a watch. A watch fails when all
 * queries have failed for its `patience` (default 2 minutes), with the last error. Only `NotInstalled` fails it at once.
 *
 * **Example** (Asking for the status, and for times and usage)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, JobStatus, Outcomes, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { describe, status, statusOf, waitFor } = yield* Capability.StatusReporter
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}, {}], { key: yield* SubmissionKey.generate })
 *   assert.strictEqual(JobStatus.isTerminal(yield* statusOf(handles[0]!)), false)
 *   // Half an hour at most. The jobs run one minute.
 *   yield* waitFor(handles, { until: "Terminal", timeout: "30 minutes" })
 *   for (const [, { _tag }] of Outcomes.successes(yield* status(handles))) assert.strictEqual(_tag, "Completed")
 *   const records = Outcomes.successes(yield* describe(handles))
 *   assert.deepStrictEqual(records.map(([, { starts }]) => starts), [1, 1])
 * })
 * ```
 *
 * **Example** (Following jobs until they end)
 *
 * ```ts
 * import { Effect, Result, Stream } from "effect"
 * import { Capability, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { watch } = yield* Capability.StatusReporter
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   const changes = yield* watch(handles, { interval: "10 seconds" }).pipe(
 *     Stream.map(({ outcome }) => Result.isSuccess(outcome) ? outcome.success._tag : outcome.failure._tag),
 *     Stream.runCollect
 *   )
 *   assert.strictEqual(changes.includes("Running"), true)
 *   assert.strictEqual(changes.at(-1), "Completed")
 * })
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class StatusReporter extends Context.Service<StatusReporter, {
  /** Returns one outcome per handle. A job that the compute element does not know is `Unknown`. */
  status(handles: ReadonlyArray<JobHandle>): Effect.Effect<Outcomes<JobStatus, StatusError>, BackendError>
  /**
   * Returns when things happened to each job and, for jobs that have ended, the resources that they used. It works for
   * live jobs and for those that have left the queue. It queries more than `status` does: use it for accounting, and
   * not in a loop.
   */
  describe(handles: ReadonlyArray<JobHandle>): Effect.Effect<Outcomes<JobRecord, StatusError>, BackendError>
  /**
   * Returns the status of one job. Calls at the same time share one query. The answer is always newer than the call.
   * Interrupting one caller does not affect the others; when the last one is interrupted, the query is cancelled.
   */
  statusOf(handle: JobHandle): Effect.Effect<JobStatus, StatusError | BackendError>
  /**
   * Emits the status of each job, then its changes. `handles` is a list, or a stream of lists that each replace the
   * set. The stream ends when the set can no longer change and every job is terminal, or its status can no longer be
   * found. A job is `Unknown` only if two answers in a row say so.
   *
   * A slow consumer gets one merged change per job, from the last status it saw to the current one. Intermediate
   * statuses may be skipped, terminal ones never are. A state that is shorter than `interval` may stay unseen. A job
   * that is removed from the set gets no more changes; one that is added again is treated as new.
   */
  watch<E = never, R = never>(
    handles: ReadonlyArray<JobHandle> | Stream.Stream<ReadonlyArray<JobHandle>, E, R>,
    options?: WatchOptions
  ): Stream.Stream<StatusChange, BackendError | E, R>
  /**
   * Waits until the condition holds for each job, and returns the first status that meets it. A job that ends before is
   * `EndedOtherwise`. A job that does not meet it before the timeout is `WaitTimedOut`, with its last status. The other
   * jobs keep their outcomes.
   *
   * It queries as `watch` does, and no longer queries a job that has its outcome. If the compute element fails for
   * `patience`, the jobs without an outcome are `StatusUnavailable`; if that is all of them, `waitFor` fails.
   *
   * A `Held` job is not terminal, because somebody may release it: give a `timeout`, or a condition that `Held` meets.
   */
  waitFor(
    handles: ReadonlyArray<JobHandle>,
    options: WaitOptions
  ): Effect.Effect<Outcomes<JobStatus, WaitError>, BackendError>
}>()("effect-htcondor-ce/contract/Capability/StatusReporter") {}
