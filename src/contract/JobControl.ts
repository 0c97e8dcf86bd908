/**
 * Takes jobs away, or lets them go on.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { BackendError } from "./BackendError.ts"
import type { CancelError, PurgeError, ReleaseError } from "./JobError.ts"
import type { JobHandle } from "./JobHandle.ts"
import { Output } from "./JobStatus.ts"
import type { Outcomes } from "./Outcomes.ts"

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
  /**
   * Removes jobs that have not completed, and returns one outcome per handle: `Cancelled`, or `AlreadyFinished` for a
   * completed job, whose output stays as it is.
   */
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
  /**
   * Removes completed jobs and destroys their output. Use it for output that you do not want, or that
   * `RepeatableOutputRetriever` has fetched.
   */
  purge(handles: ReadonlyArray<JobHandle>): Effect.Effect<Outcomes<PurgeOutcome, PurgeError>, BackendError>
}>()("effect-htcondor-ce/contract/Capability/Purgeable") {}

/**
 * The job is not held any more, and nothing has held it again.
 *
 * @category models
 * @since 0.1.0
 */
export const ReleaseOutcome = Schema.TaggedUnion({ Released: {} })

/**
 * @category models
 * @since 0.1.0
 */
export type ReleaseOutcome = typeof ReleaseOutcome.Type

/**
 * Releases held jobs, where that is known to help.
 *
 * **Details**
 *
 * A compute element may say that it has released a job, and hold it again, or remove it, seconds later. So `release` acts on
 * those holds alone of which it is known that a release lasts, and says `Released` only when it has seen that it has. It takes
 * from five seconds to three minutes for all of its jobs. For any other hold the answer is `ReleaseFutile` with an advice, and the
 * job is as it was. A job that is not held is `NotHeld`.
 *
 * It may be interrupted at any time, and called again: a job that was released before is then `NotHeld`.
 *
 * @category services
 * @since 0.1.0
 */
export class Releasable extends Context.Service<Releasable, {
  /**
   * Releases held jobs if that is known to help, and returns one outcome per handle: `Released`, or an error such as
   * `ReleaseFutile` with an advice.
   */
  release(handles: ReadonlyArray<JobHandle>): Effect.Effect<Outcomes<ReleaseOutcome, ReleaseError>, BackendError>
}>()("effect-htcondor-ce/contract/Capability/Releasable") {}
