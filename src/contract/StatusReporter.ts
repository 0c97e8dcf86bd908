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
import { StatusError, type WaitError } from "./JobError.ts"
import { JobHandle } from "./JobHandle.ts"
import type { JobRecord } from "./JobRecord.ts"
import { JobStatus } from "./JobStatus.ts"
import type { Outcomes } from "./Outcomes.ts"

/**
 * A job whose status is not what it was. `previous` is absent the first time. A job of which nothing has been heard but a failure
 * for as long as `watch` is patient has it for its outcome. It is followed on if the failure may end by itself, and the others
 * are in any case.
 *
 * The status in `outcome` and in `previous` says since when. A job that was started again is a change, although it is `Running`
 * before and after: its `since` is another one.
 *
 * @category models
 * @since 0.1.0
 */
export const StatusChange = Schema.Struct({
  handle: JobHandle,
  outcome: Schema.Result(JobStatus, StatusError),
  previous: Schema.optional(JobStatus)
})

/**
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
   * The longest pause, while nothing changes. Default: one minute. `interval` does not bound how late a change is
   * reported: lower this one, too, if you must notice short jobs soon.
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
   * differs from them, with `previous` as it was known, and does not query jobs that are known to be terminal. It
   * counts the first time that a job is in the set.
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
   * because a short payload is never seen while it runs. `"Terminal"`: the job has ended ({@link
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
 * All watchers of a compute element share one question, about the jobs that are not terminal. It is asked at most every
 * `interval` (default 5 seconds, from the end of one to the beginning of the next), and that often while things change or
 * jobs are added; while nothing changes the pauses grow to `maxInterval` (default one minute). All of them are longer by up
 * to a fifth, at random. Where watchers differ, the shorter intervals hold for all.
 *
 * A compute element that is down, or refuses for a moment what it has accepted before, ends no watch. A watcher fails with the
 * first question that fails when all have failed for its `patience` (default 2 minutes). Only `NotInstalled` fails it at once.
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
   * Waits until the condition holds for each job, and returns the status with which it did. A job that ends before is
   * `EndedOtherwise`. A job for which it does not hold at the timeout is `WaitTimedOut`, with its last status. The
   * other jobs keep their outcomes.
   *
   * It watches, and queries no job that has its outcome. If the compute element fails for `patience`, the jobs without
   * an outcome are `StatusUnavailable`; if that is all of them, `waitFor` fails.
   *
   * A `Held` job is not terminal, because somebody may release it: give a `timeout`, or a condition that `Held` meets.
   */
  waitFor(
    handles: ReadonlyArray<JobHandle>,
    options: WaitOptions
  ): Effect.Effect<Outcomes<JobStatus, WaitError>, BackendError>
}>()("effect-htcondor-ce/contract/Capability/StatusReporter") {}
