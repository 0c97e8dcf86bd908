/**
 * Tells what jobs are doing.
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
 * - `interval`: the shortest pause between two questions (default 5 seconds)
 * - `maxInterval`: the longest, while nothing changes (default one minute). Where short jobs must be noticed soon, lower this one
 *   too: `interval` alone does not bound how late a change is told
 * - `patience`: for how long all questions may fail (default 2 minutes)
 *
 * @category models
 * @since 0.1.0
 */
export interface Pace {
  readonly interval?: Duration.Input | undefined
  readonly maxInterval?: Duration.Input | undefined
  readonly patience?: Duration.Input | undefined
}

/**
 * - `known`: what the caller knows of jobs already, `Outcomes.successes` of an answer for example. Of these only what differs is
 *   told, with `previous` as it was known. A job that is known to be terminal is not asked about. It counts the first time that a
 *   job is in the set
 *
 * @category models
 * @since 0.1.0
 */
export interface WatchOptions extends Pace {
  readonly known?: Iterable<readonly [JobHandle, JobStatus]> | undefined
}

/**
 * - `until`: what to wait for. `"Running"`: the payload has begun ({@link JobStatus.hasStarted}), and may have ended since,
 *   because a short one is never seen while it runs. `"Terminal"`: nothing more will happen to the job by itself
 *   ({@link JobStatus.isTerminal}). Or a condition of one's own
 * - `timeout`: how long to wait (default: for ever)
 *
 * @category models
 * @since 0.1.0
 */
export interface WaitOptions extends Pace {
  readonly until: "Running" | "Terminal" | ((status: JobStatus) => boolean)
  readonly timeout?: Duration.Input | undefined
}

/**
 * Tells what jobs are doing.
 *
 * **Details**
 *
 * - `status`: one outcome per handle; a job that the compute element does not know is `Unknown`.
 * - `describe`: what is known of jobs besides: when things happened to them, and what those that ended have used. For live jobs
 *   and for departed ones. It asks for more than `status` does, so that it is for accounting, and not for a loop.
 * - `statusOf`: for one job; calls that are made at the same time share a question to the compute element. It is never
 *   older than the call: a question that is under way is not shared. Who is interrupted hinders nobody; the last of those who
 *   wait for a question ends it, and goes when that has ended.
 * - `watch`: the changes of a set of jobs, each first as it is. The set is a list, or a stream of lists, each of which is the
 *   whole set from then on; it ends when the set can no longer change and every job is terminal, or will never be heard of. It
 *   believes that a job is `Unknown` when it hears so twice.
 * - `waitFor`: waits until each job is so far, and gives the status with which it was. A job that ends before is
 *   `EndedOtherwise`, and one that is not so far when the time is up `WaitTimedOut`, with its last status; the others keep theirs. It
 *   watches, and asks for no job that has its outcome. Where the compute element fails for as long as `patience`, the jobs
 *   that have none are `StatusUnavailable`; if that is all of them, `waitFor` fails.
 *
 * All watchers of a compute element share one question, about the jobs that are not terminal. It is asked at most every
 * `interval` (default 5 seconds, from the end of one to the beginning of the next), and that often while things change or
 * jobs are added; while nothing changes the pauses grow to `maxInterval` (default one minute). All of them are longer by up
 * to a fifth, at random. Where watchers differ, the shorter intervals hold for all.
 *
 * A compute element that is down, or refuses for a moment what it has accepted before, ends no watch. A watcher fails with the
 * first question that fails when all have failed for its `patience` (default 2 minutes). Only `NotInstalled` fails it at once.
 *
 * **Gotchas**
 *
 * A watcher that is slower than the changes is told of one change for each job, from what it saw last to what is: what came
 * in between is passed over, what is terminal never is. A state that lasts for less than an `interval` may be seen by nobody. Of a job that has left the set nothing more is told, and one that
 * comes back into it is as new.
 *
 * `waitFor` waits for a job that is `Held`, because somebody may release it: give a `timeout`, or a condition that holds of it.
 *
 * @category services
 * @since 0.1.0
 */
export class StatusReporter extends Context.Service<StatusReporter, {
  status(handles: ReadonlyArray<JobHandle>): Effect.Effect<Outcomes<JobStatus, StatusError>, BackendError>
  describe(handles: ReadonlyArray<JobHandle>): Effect.Effect<Outcomes<JobRecord, StatusError>, BackendError>
  statusOf(handle: JobHandle): Effect.Effect<JobStatus, StatusError | BackendError>
  watch<E = never, R = never>(
    handles: ReadonlyArray<JobHandle> | Stream.Stream<ReadonlyArray<JobHandle>, E, R>,
    options?: WatchOptions
  ): Stream.Stream<StatusChange, BackendError | E, R>
  waitFor(
    handles: ReadonlyArray<JobHandle>,
    options: WaitOptions
  ): Effect.Effect<Outcomes<JobStatus, WaitError>, BackendError>
}>()("effect-htcondor-ce/contract/Capability/StatusReporter") {}
