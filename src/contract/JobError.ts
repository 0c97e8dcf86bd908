/**
 * Errors of one job in an operation on many. The other jobs are not affected.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { NotOwner, NotRemovable, ReleaseFutile } from "./ControlFailure.ts"
import {
  AlreadyRetrieved,
  DepositFailed,
  DestinationTaken,
  LimitExceeded,
  NotFinished,
  NotHeld,
  NothingLeft,
  OutputMissing,
  TransferFailed,
  UnsupportedManifest
} from "./OutputFailure.ts"
import {
  EndedOtherwise,
  HistoryUnavailable,
  StatusUnavailable,
  UnknownJob,
  UnreadableJob,
  UnsupportedJobFormat,
  WaitTimedOut,
  WrongEndpoint
} from "./StatusFailure.ts"

export * from "./ControlFailure.ts"
export * from "./OutputFailure.ts"
export * from "./StatusFailure.ts"

/**
 * The errors of one job in `status`, `statusOf`, `describe` and `watch`.
 *
 * **Example** (Handling a handle of another compute element)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, JobHandle, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { statusOf } = yield* Capability.StatusReporter
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   const foreign = JobHandle.JobHandle.make({ ...handles[0]!, endpoint: "other.example.org:9619" })
 *   const answer = yield* statusOf(foreign).pipe(
 *     Effect.map(({ _tag }) => _tag),
 *     Effect.catchTags({
 *       WrongEndpoint: ({ handle }) => Effect.succeed(`ask ${handle.endpoint}`),
 *       HistoryUnavailable: ({ retry }) => Effect.succeed(`the history is unavailable: ${retry}`)
 *     })
 *   )
 *   assert.strictEqual(answer, "ask other.example.org:9619")
 * })
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const StatusError = Schema.Union([
  WrongEndpoint,
  UnreadableJob,
  UnsupportedJobFormat,
  HistoryUnavailable,
  StatusUnavailable
])

/**
 * The errors of one job in `status`, `statusOf`, `describe` and `watch`.
 *
 * @category errors
 * @since 0.1.0
 */
export type StatusError = typeof StatusError.Type

/**
 * The errors of one job in `waitFor`.
 *
 * **Example** (Waiting for the end of a job, up to a limit)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { waitFor } = yield* Capability.StatusReporter
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   for (const [, outcome] of yield* waitFor(handles, { until: "Terminal", timeout: "30 seconds" })) {
 *     const answer = yield* Effect.fromResult(outcome).pipe(
 *       Effect.map(({ _tag }) => _tag),
 *       Effect.catchTags({
 *         WaitTimedOut: ({ seconds }) => Effect.succeed(`not after ${seconds} s`),
 *         EndedOtherwise: ({ status }) => Effect.succeed(`it has ended: ${status._tag}`)
 *       })
 *     )
 *     assert.strictEqual(answer, "not after 30 s")
 *   }
 * })
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const WaitError = Schema.Union([...StatusError.members, EndedOtherwise, WaitTimedOut])

/**
 * The errors of one job in `waitFor`.
 *
 * @category errors
 * @since 0.1.0
 */
export type WaitError = typeof WaitError.Type

/**
 * The errors of one job in the `fetch` of a `RepeatableOutputRetriever`.
 *
 * @category errors
 * @since 0.1.0
 */
export const RepeatableFetchError = Schema.Union([
  ...StatusError.members,
  UnknownJob,
  NotFinished,
  OutputMissing,
  LimitExceeded,
  TransferFailed,
  DestinationTaken,
  UnsupportedManifest,
  NotOwner
])

/**
 * The errors of one job in the `fetch` of a `RepeatableOutputRetriever`.
 *
 * @category errors
 * @since 0.1.0
 */
export type RepeatableFetchError = typeof RepeatableFetchError.Type

/**
 * The errors of one job in the `fetch` of an `OutputRetriever`.
 *
 * **Example** (Fetching a job that has not completed)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { fetchOne } = yield* Capability.OutputRetriever
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   const answer = yield* fetchOne(handles[0]!, "/scratch/output").pipe(
 *     Effect.map(({ directory }) => directory),
 *     Effect.catchTags({
 *       NotFinished: ({ retry }) => Effect.succeed(`not yet: ${retry}`),
 *       AlreadyRetrieved: ({ manifest }) => Effect.succeed(`see ${manifest}`)
 *     })
 *   )
 *   assert.strictEqual(answer, "not yet: Later")
 * })
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const FetchError = Schema.Union([
  ...RepeatableFetchError.members,
  AlreadyRetrieved,
  DepositFailed
])

/**
 * The errors of one job in the `fetch` of an `OutputRetriever`.
 *
 * @category errors
 * @since 0.1.0
 */
export type FetchError = typeof FetchError.Type

/**
 * The errors of `fetchHeld`.
 *
 * **Example** (Fetching the files of a job that is not held)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { fetchHeld } = yield* Capability.OutputRetriever
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   const answer = yield* fetchHeld(handles[0]!, "/scratch/held").pipe(
 *     Effect.map(({ missing }) => missing.join()),
 *     Effect.catchTags({
 *       NotHeld: () => Effect.succeed("use fetch"),
 *       NothingLeft: ({ reason }) => Effect.succeed(`cancel it: ${reason}`)
 *     })
 *   )
 *   assert.strictEqual(answer, "use fetch")
 * })
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const HeldFetchError = Schema.Union([
  ...StatusError.members,
  UnknownJob,
  NotHeld,
  NothingLeft,
  LimitExceeded,
  TransferFailed,
  NotOwner
])

/**
 * The errors of `fetchHeld`.
 *
 * @category errors
 * @since 0.1.0
 */
export type HeldFetchError = typeof HeldFetchError.Type

/**
 * The errors of one job in `cancel`.
 *
 * **Example** (Cancelling a job that may be gone)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { cancel } = yield* Capability.Cancellable
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   yield* (yield* FakeSchedd.FakeSchedd).reinstall
 *   for (const [, outcome] of yield* cancel(handles)) {
 *     const answer = yield* Effect.fromResult(outcome).pipe(
 *       Effect.map(({ _tag }) => _tag),
 *       Effect.catchTags({
 *         UnknownJob: () => Effect.succeed("it is gone"),
 *         NotRemovable: ({ detail }) => Effect.succeed(`again later: ${detail}`)
 *       })
 *     )
 *     assert.strictEqual(answer, "it is gone")
 *   }
 * })
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const CancelError = Schema.Union([
  ...StatusError.members,
  UnknownJob,
  NotOwner,
  NotRemovable
])

/**
 * The errors of one job in `cancel`.
 *
 * @category errors
 * @since 0.1.0
 */
export type CancelError = typeof CancelError.Type

/**
 * The errors of one job in `purge`.
 *
 * **Example** (Purging completed jobs, and cancelling the others)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { purge } = yield* Capability.Purgeable
 *   const { cancel } = yield* Capability.Cancellable
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   for (const [handle, outcome] of yield* purge(handles)) {
 *     yield* Effect.fromResult(outcome).pipe(
 *       Effect.catchTags({ NotFinished: () => cancel([handle]), UnknownJob: () => Effect.void })
 *     )
 *   }
 *   const { statusOf } = yield* Capability.StatusReporter
 *   assert.strictEqual((yield* statusOf(handles[0]!))._tag, "Removed")
 * })
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const PurgeError = Schema.Union([
  ...StatusError.members,
  UnknownJob,
  NotFinished,
  NotOwner,
  NotRemovable
])

/**
 * The errors of one job in `purge`.
 *
 * @category errors
 * @since 0.1.0
 */
export type PurgeError = typeof PurgeError.Type

/**
 * The errors of one job in `release`.
 *
 * **Example** (Releasing a job that must be submitted again)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { waitFor } = yield* Capability.StatusReporter
 *   const { release } = yield* Capability.Releasable
 *   // The payload does not write this file, so HTCondor holds the job.
 *   const spec = { executable: "/bin/true", outputs: [{ name: "result.txt" }] }
 *   const { handles } = yield* submit(spec, [{}], { key: yield* SubmissionKey.generate })
 *   yield* waitFor(handles, { until: ({ _tag }) => _tag === "Held" })
 *   for (const [, outcome] of yield* release(handles)) {
 *     const answer = yield* Effect.fromResult(outcome).pipe(
 *       Effect.map(({ _tag }) => _tag),
 *       Effect.catchTags({
 *         NotHeld: () => Effect.succeed("it was released before"),
 *         ReleaseFutile: ({ status }) => Effect.succeed(`still ${status._tag}`)
 *       })
 *     )
 *     assert.strictEqual(answer, "still Held")
 *   }
 * })
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const ReleaseError = Schema.Union([
  ...StatusError.members,
  UnknownJob,
  NotOwner,
  NotHeld,
  ReleaseFutile
])

/**
 * The errors of one job in `release`.
 *
 * @category errors
 * @since 0.1.0
 */
export type ReleaseError = typeof ReleaseError.Type
