/**
 * Cancels, purges and releases jobs.
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
 * The result of `cancel` for one job.
 *
 * @category models
 * @since 0.1.0
 */
export const CancelOutcome = Schema.TaggedUnion({
  /**
   * The job was removed from the compute element, by this call or before. With a submit host, that host removed it, and
   * its gridmanager removes the job at the compute element a second or two later. If the compute element is down, that
   * happens when it is back.
   */
  Cancelled: {},
  /** The job had completed before. `cancel` left its output as it was. `output` says whether it is still there. */
  AlreadyFinished: { output: Output.annotate({ description: "Whether the output is still at the compute element." }) }
})

/**
 * The result of `cancel` for one job.
 *
 * @category models
 * @since 0.1.0
 */
export type CancelOutcome = typeof CancelOutcome.Type

/**
 * Removes jobs that have not completed. It never destroys the output of completed jobs.
 *
 * **Details**
 *
 * A submit host may be handing a job over to the compute element. If the host removed the job then, its copy would stay
 * at the compute element. So `cancel` waits up to half a minute for the end of the transfer, and answers `NotRemovable`
 * for a job that takes longer. Such a job continues.
 *
 * The host may also have no free place for the job. If it has been idle for five minutes, `cancel` removes it after the
 * wait. It does not do so if it has removed others, or has seen others reach the compute element: these have made room,
 * and the job may be next. A copy then stays only in two cases: the host takes up the job at that very moment for another
 * reason, or it has been handing the job over for all of the time. Such a copy never runs.
 *
 * **Example** (Cancelling jobs)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, Outcomes, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { cancel } = yield* Capability.Cancellable
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}, {}], { key: yield* SubmissionKey.generate })
 *   const [failures, cancelled] = Outcomes.partition(yield* cancel(handles))
 *   assert.deepStrictEqual(failures, [])
 *   assert.deepStrictEqual(cancelled.map(([, { _tag }]) => _tag), ["Cancelled", "Cancelled"])
 * })
 * ```
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
 * The result of `purge` for one job.
 *
 * @category models
 * @since 0.1.0
 */
export const PurgeOutcome = Schema.TaggedUnion({
  /**
   * The job was removed, by this call or before. Output that nobody has fetched is destroyed. Only the job's entry in the
   * history is left at the compute element.
   */
  Purged: {}
})

/**
 * The result of `purge` for one job.
 *
 * @category models
 * @since 0.1.0
 */
export type PurgeOutcome = typeof PurgeOutcome.Type

/**
 * Removes completed jobs, and their output, without fetching it.
 *
 * **Example** (Removing a completed job whose output is not needed)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, Outcomes, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { waitFor } = yield* Capability.StatusReporter
 *   const { purge } = yield* Capability.Purgeable
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   // A job that has not completed is not removed.
 *   assert.deepStrictEqual(Outcomes.failures(yield* purge(handles)).map(([, { _tag }]) => _tag), ["NotFinished"])
 *   yield* waitFor(handles, { until: "Terminal" })
 *   assert.deepStrictEqual(Outcomes.successes(yield* purge(handles)).map(([, { _tag }]) => _tag), ["Purged"])
 * })
 * ```
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
 * The result of `release` for one job.
 *
 * @category models
 * @since 0.1.0
 */
export const ReleaseOutcome = Schema.TaggedUnion({
  /** The job was released, and the compute element did not hold it again. */
  Released: {}
})

/**
 * The result of `release` for one job.
 *
 * @category models
 * @since 0.1.0
 */
export type ReleaseOutcome = typeof ReleaseOutcome.Type

/**
 * Releases held jobs, if a release is known to help.
 *
 * **Details**
 *
 * A compute element may report that it released a job, and hold or remove the job seconds later. So `release` acts only
 * on holds for which a release is known to last. It answers `Released` only when it has seen that the job stays released.
 * A call takes from five seconds to three minutes, for all of its jobs together. For any other hold the answer is
 * `ReleaseFutile` with an advice, and the job is unchanged. A job that is not held is `NotHeld`.
 *
 * You may interrupt `release` at any time, and call it again. A job that was released before is then `NotHeld`.
 *
 * **Example** (Releasing a job that an administrator held)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, Outcomes, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { waitFor } = yield* Capability.StatusReporter
 *   const { release } = yield* Capability.Releasable
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   yield* waitFor(handles, { until: ({ _tag }) => _tag === "Waiting", interval: "1 second" })
 *   yield* (yield* FakeSchedd.FakeSchedd).hold(handles[0]!.job)
 *   const [failures, released] = Outcomes.partition(yield* release(handles))
 *   assert.deepStrictEqual(failures, [])
 *   assert.deepStrictEqual(released.map(([, { _tag }]) => _tag), ["Released"])
 * })
 * ```
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
