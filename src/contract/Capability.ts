/**
 * What a compute element can do, one service each: a program names exactly what it needs, and a backend provides
 * exactly what it can.
 *
 * **Details**
 *
 * A capability that a backend lacks is a service that its layer does not provide: to need it is a compile error, and
 * `Effect.serviceOption` asks for it at run time.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { BackendError, SubmitError, UnsupportedFormat } from "./BackendError.ts"
import {
  type CancelError,
  type FetchError,
  type PurgeError,
  type RepeatableFetchError,
  StatusError
} from "./JobError.ts"
import { JobHandle } from "./JobHandle.ts"
import type { JobOutput } from "./JobOutput.ts"
import { JobStatus, Output } from "./JobStatus.ts"
import type { Outcomes } from "./Outcomes.ts"
import type { Copy, Submission, SubmissionSpec, SubmissionState } from "./Submission.ts"
import type { SubmissionKey } from "./SubmissionKey.ts"

/**
 * - `key`: the name of the submission
 * - `onConflict`: what to do when the key has jobs with another payload. `Fail` (default): `SubmissionConflict`. `Adopt`: take
 *   them over, if they are as many as the copies. An incomplete set with another payload is a conflict in any case
 * - `onHiddenHistory`: what to do if jobs of the key may have left the queue without the history telling so. `"Warn"`
 *   (default) submits, with a warning; `"Fail"` fails with `HistoryHidden` and submits nothing
 * - `isNew`: the key was generated for this call, so that nobody can have submitted with it. `true` asks only the queue for
 *   the key, and not the history: no job can have left the queue since. Where it is not so, a payload may run twice
 *
 * @category models
 * @since 0.1.0
 */
export interface SubmitOptions {
  readonly key: SubmissionKey
  readonly onConflict?: "Fail" | "Adopt" | undefined
  readonly onHiddenHistory?: "Warn" | "Fail" | undefined
  readonly isNew?: boolean | undefined
}

/**
 * Submits one payload in many copies.
 *
 * **Details**
 *
 * - `submit` is idempotent in its key: again with the same key, after any crash, it answers with the jobs that are there
 *   and submits only if there are none. Only the jobs of the identity that the compute element takes the caller for count.
 * - A key knows its payload. Jobs with the same key that run something else are a conflict.
 * - Any number of fibres and processes may submit with one key at one instant: each copy is there once, and all of them
 *   get the same handles.
 * - `reconcile`: what the compute element knows of a key, for a caller that has lost what `submit` answered. It changes
 *   nothing.
 *
 * **Gotchas**
 *
 * A key is safe to repeat for as long as its jobs are in the queue, or within the part of the history that is searched. After
 * that `submit` cannot know of them: it warns with `HistoryHidden`, or fails if `onHiddenHistory` is `"Fail"`.
 *
 * @category services
 * @since 0.1.0
 */
export class Submitter extends Context.Service<Submitter, {
  submit(
    spec: SubmissionSpec,
    copies: ReadonlyArray<Copy>,
    options: SubmitOptions
  ): Effect.Effect<Submission, SubmitError>
  reconcile(key: SubmissionKey): Effect.Effect<SubmissionState, BackendError | UnsupportedFormat>
}>()("effect-htcondor-ce/contract/Capability/Submitter") {}

/**
 * A job whose status is not what it was. `previous` is absent the first time. A job of which nothing has been heard but a failure
 * for as long as `watch` is patient has it for its outcome. It is followed on if the failure may end by itself, and the others
 * are in any case.
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
 * Tells what jobs are doing.
 *
 * **Details**
 *
 * - `status`: one outcome per handle; a job that the compute element does not know is `Unknown`.
 * - `statusOf`: for one job; calls that are made at the same time share a question to the compute element. It is never
 *   older than the call: a question that is under way is not shared. Who is interrupted hinders nobody; the last of those who
 *   wait for a question ends it, and goes when that has ended.
 * - `watch`: the changes of a set of jobs, each first as it is. The set is a list, or a stream of lists, each of which is the
 *   whole set from then on; it ends when the set can no longer change and every job is terminal, or will never be heard of. It
 *   believes that a job is `Unknown` when it hears so twice.
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
 * in between is passed over, what is terminal never is. Of a job that has left the set nothing more is told, and one that
 * comes back into it is as new.
 *
 * @category services
 * @since 0.1.0
 */
export class StatusReporter extends Context.Service<StatusReporter, {
  status(handles: ReadonlyArray<JobHandle>): Effect.Effect<Outcomes<JobStatus, StatusError>, BackendError>
  statusOf(handle: JobHandle): Effect.Effect<JobStatus, StatusError | BackendError>
  watch<E = never, R = never>(
    handles: ReadonlyArray<JobHandle> | Stream.Stream<ReadonlyArray<JobHandle>, E, R>,
    options?: {
      readonly interval?: Duration.Input | undefined
      readonly maxInterval?: Duration.Input | undefined
      readonly patience?: Duration.Input | undefined
    }
  ): Stream.Stream<StatusChange, BackendError | E, R>
}>()("effect-htcondor-ce/contract/Capability/StatusReporter") {}

/**
 * Brings the output of completed jobs to a directory of this host, once.
 *
 * **Details**
 *
 * Each job gets its own directory below `destination`, `<key>.<copy>.<digits>` ({@link JobOutput.directoryName}). Only when
 * its output is complete there does the job leave the compute element; from then on the answer is `AlreadyRetrieved`.
 *
 * The digits stand for the compute element, so that one key at two of them does not collide. If something else stands there,
 * the answer is `DestinationTaken`, and the job stays at the compute element.
 *
 * If files of an earlier fetch are gone, and the job is still at the compute element, the output is fetched again, to a
 * directory beside the damaged one. A destination may be moved: what stands there is recognised by its manifests.
 *
 * @category services
 * @since 0.1.0
 */
export class OutputRetriever extends Context.Service<OutputRetriever, {
  readonly destructive: true
  fetch(
    handles: ReadonlyArray<JobHandle>,
    destination: string
  ): Effect.Effect<Outcomes<JobOutput, FetchError>, BackendError>
  fetchOne(handle: JobHandle, destination: string): Effect.Effect<JobOutput, FetchError | BackendError>
}>()("effect-htcondor-ce/contract/Capability/OutputRetriever") {}

/**
 * Brings the output of completed jobs to a directory of this host, as often as one likes, until it is purged. Output that
 * stands at the destination, with every file of its manifest, is not transferred again. Directories are named as those of
 * {@link OutputRetriever}.
 *
 * @category services
 * @since 0.1.0
 */
export class RepeatableOutputRetriever extends Context.Service<RepeatableOutputRetriever, {
  readonly destructive: false
  fetch(
    handles: ReadonlyArray<JobHandle>,
    destination: string
  ): Effect.Effect<Outcomes<JobOutput, RepeatableFetchError>, BackendError>
  fetchOne(handle: JobHandle, destination: string): Effect.Effect<JobOutput, RepeatableFetchError | BackendError>
}>()("effect-htcondor-ce/contract/Capability/RepeatableOutputRetriever") {}

/**
 * What has become of a job that was to be cancelled.
 *
 * **Details**
 *
 * - `Cancelled`: the compute element has removed the job. By way of a submit host, that host has, and its gridmanager removes
 *   the job at the compute element a second or two later; while the compute element is down, when it is back
 * - `AlreadyFinished`: the job had completed before. This has not touched its output, and `output` says whether that is still
 *   at the compute element
 *
 * @category models
 * @since 0.1.0
 */
export const CancelOutcome = Schema.TaggedUnion({ Cancelled: {}, AlreadyFinished: { output: Output } })

/**
 * @category models
 * @since 0.1.0
 */
export type CancelOutcome = typeof CancelOutcome.Type

/**
 * Removes jobs that have not completed. Output of completed jobs is never destroyed.
 *
 * **Details**
 *
 * By way of a submit host, a job is not removed while the host may be handing it over, because its copy would stay at the
 * compute element. A cancel waits for that for half a minute, and answers `NotRemovable` for a job that takes longer. The job
 * goes on. One that has been idle for five minutes is then removed all the same, because it waits for its turn, unless this
 * cancel has removed others or seen them come to the compute element: they have made room, and the job may be next. Of a
 * job that is removed like that, a copy stays only if the host takes it up at that very moment for another reason, or has
 * been handing it over for all of the time. Such a copy never runs.
 *
 * @category services
 * @since 0.1.0
 */
export class Cancellable extends Context.Service<Cancellable, {
  cancel(handles: ReadonlyArray<JobHandle>): Effect.Effect<Outcomes<CancelOutcome, CancelError>, BackendError>
}>()("effect-htcondor-ce/contract/Capability/Cancellable") {}

/**
 * The output is given up, and nothing of the job is left at the compute element but its history.
 *
 * @category models
 * @since 0.1.0
 */
export const PurgeOutcome = Schema.TaggedUnion({ Purged: {} })

/**
 * @category models
 * @since 0.1.0
 */
export type PurgeOutcome = typeof PurgeOutcome.Type

/**
 * Releases completed jobs, and their output, without collecting it.
 *
 * @category services
 * @since 0.1.0
 */
export class Purgeable extends Context.Service<Purgeable, {
  purge(handles: ReadonlyArray<JobHandle>): Effect.Effect<Outcomes<PurgeOutcome, PurgeError>, BackendError>
}>()("effect-htcondor-ce/contract/Capability/Purgeable") {}

/**
 * How busy a compute element is.
 *
 * @category models
 * @since 0.1.0
 */
export interface Load {
  readonly freeSlots: number
  readonly waitingJobs: number
  readonly runningJobs: number
}

/**
 * Reports the load of a compute element. An HTCondor-CE cannot: the gateway does not know the pool behind it.
 *
 * @category services
 * @since 0.1.0
 */
export class LoadReporter extends Context.Service<LoadReporter, {
  readonly load: Effect.Effect<Load, BackendError>
}>()("effect-htcondor-ce/contract/Capability/LoadReporter") {}

/**
 * Reads a file of a running job. An HTCondor-CE cannot: the job runs in the pool behind the gateway.
 *
 * @category services
 * @since 0.1.0
 */
export class Diagnosable extends Context.Service<Diagnosable, {
  readRunning(handle: JobHandle, file: string): Effect.Effect<Uint8Array, StatusError | BackendError>
}>()("effect-htcondor-ce/contract/Capability/Diagnosable") {}
