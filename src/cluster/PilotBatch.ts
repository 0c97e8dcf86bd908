/**
 * A batch of pilots as a workflow: submitted, awaited and fetched, whichever processes die meanwhile.
 *
 * @since 0.1.0
 */
import type { Sharding } from "effect/cluster/Sharding"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Hex from "effect/encoding/Hex"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { WorkflowEngine } from "effect/workflow/WorkflowEngine"
import * as Endpoint from "../ce/Endpoint.ts"
import * as Manifest from "../ce/internal/fetch/Manifest.ts"
import { line } from "../contract/Line.ts"
import { SubmissionKey } from "../contract/SubmissionKey.ts"
import * as Ask from "./internal/Ask.ts"
import * as Definition from "./internal/Batch.ts"
import * as BatchRun from "./internal/BatchRun.ts"
import * as BatchWatch from "./internal/BatchWatch.ts"
import * as Invalid from "./internal/Invalid.ts"
import * as Registered from "./internal/Registered.ts"
import * as Remote from "./internal/Remote.ts"
import type { SecretSealer } from "./SecretSealer.ts"
import type { SecretSource } from "./SecretSource.ts"

/**
 * One payload in some copies at one compute element.
 *
 * **Details**
 *
 * - `endpoint`: the compute element
 * - `key`: the name of the submission, and of the batch
 * - `copies`: as of a submission, without secrets: `SecretSource` gives these whenever the batch is submitted
 * - `destination`: the directory for output, on a file system that all runners share
 * - `deadline`: when jobs that have not ended are cancelled. Output of those that have ended is fetched all the same. Default: never
 *
 * **Gotchas**
 *
 * All of it is stored in clear.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Batch = Definition.Batch

/**
 * @category models
 * @since 0.1.0
 */
export type Batch = typeof Batch.Type

/**
 * What became of one job.
 *
 * - `Fetched`: its output is at `directory`, and `manifest` there has its record (`JobOutput`)
 * - `Elsewhere`: its output was fetched, and no process that works on the batch can read its manifest
 * - `Failed`: there is no output here, for the reason in `error`. Where `error.retry` is not `Never` it may be at the compute element
 *
 * @category schemas
 * @since 0.1.0
 */
export const Collected = Definition.Collected

/**
 * @category models
 * @since 0.1.0
 */
export type Collected = typeof Collected.Type

/**
 * What became of a batch, in the order of its copies. `adopted` says that a process died after it had submitted.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Collection = Definition.Collection

/**
 * @category models
 * @since 0.1.0
 */
export type Collection = typeof Collection.Type

/**
 * The workflow itself: `poll`, `interrupt` and `resume` take the id that {@link start} returns. To interrupt a batch withdraws its
 * jobs: it cancels what is live, and gives up output that nobody has fetched.
 *
 * @category models
 * @since 0.1.0
 */
export const PilotBatch = Definition.PilotBatch

/**
 * A batch with the same endpoint and key has been started, and it is another one: its payload, its copies or its destination differ.
 * It goes on. Nothing was started.
 *
 * @category errors
 * @since 0.1.0
 */
export class BatchConflict
  extends Schema.TaggedError<BatchConflict>("effect-htcondor-ce/cluster/BatchConflict")("BatchConflict", {
    endpoint: Schema.String,
    key: SubmissionKey
  })
{
  readonly retry = "Never"
  override get message(): string {
    return line`another batch with the key ${this.key} was started at ${this.endpoint}`
  }
}

// The same whatever the order in which a program names the fields.
const inOrder = (_: string, value: unknown): unknown =>
  Predicate.isReadonlyObject(value) && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => one < other ? -1 : 1))
    : value

const digestOf = Effect.fnUntraced(
  function*({ copies, destination, spec }: Batch) {
    const { digest } = yield* Digest.Digest
    const text = JSON.stringify([spec, copies, destination], inOrder)
    return Hex.encode(yield* Effect.orDie(digest(Digest.sha256, new TextEncoder().encode(text))))
  },
  Effect.provide(Digest.layerWebCrypto)
)

// As the runners are to read it: they have other working directories.
const prepare = Effect.fnUntraced(function*(batch: Batch) {
  const path = yield* Path.Path
  const { address: endpoint } = yield* Effect.fromResult(Endpoint.make(batch.endpoint))
  yield* Invalid.check(batch.spec, batch.copies)
  const prepared: Batch = {
    ...batch,
    endpoint,
    spec: Remote.resolved(path, batch.spec),
    destination: path.resolve(batch.destination)
  }
  const digest = yield* digestOf(prepared)
  const execution = yield* PilotBatch.executionId(prepared)
  const claim = { endpoint, key: batch.key, digest, batch: execution }
  const claimed = Registered.again(
    Definition.Claim,
    yield* Definition.Claim.executionId(claim),
    Definition.Claim.execute(claim)
  )
  const first = yield* Ask.typed(endpoint)(claimed)
  if (first !== digest) return yield* new BatchConflict({ endpoint, key: batch.key })
  const whole = <A, E, R>(run: Effect.Effect<A, E, R>) =>
    Ask.typed(endpoint)(Registered.again(PilotBatch, execution, run))
  return { prepared, whole }
})

/**
 * Starts a batch, and returns the id of its execution. A batch that is running, or has ended, is not started again.
 *
 * **Details**
 *
 * It fails as {@link execute} does before a batch starts: `InvalidEndpoint`, `InvalidSubmission`, `BatchConflict`, and
 * `BackendFailed` if the cluster does not answer.
 *
 * @category operations
 * @since 0.1.0
 */
export const start = Effect.fn("PilotBatch.start")(function*(batch: Batch) {
  const { prepared, whole } = yield* prepare(batch)
  return yield* whole(PilotBatch.execute(prepared, { discard: true }))
})

/**
 * Starts a batch, or joins the one that is running, and waits for its end.
 *
 * **Details**
 *
 * The batch repeats every operation that may succeed later, without a limit: while a compute element is down, or while a credential
 * has expired. It fails only if its submission can never succeed. The first `deadline` that was given for a key counts.
 *
 * An error with `retry: "Never"` is the answer of the batch, and the engine keeps it: another attempt needs another key. Any other
 * error is a `BackendFailed` of the cluster, and the batch may be running. Call again with the same key. `retry` is `Later` if
 * the database or a runner did not answer, and `AfterRepair` if no runner works on batches of this version.
 *
 * @category operations
 * @since 0.1.0
 */
export const execute = Effect.fn("PilotBatch.execute")(function*(batch: Batch) {
  const { prepared, whole } = yield* prepare(batch)
  return yield* whole(PilotBatch.execute(prepared))
})

type Needed =
  | Sharding
  | WorkflowEngine
  | SecretSealer
  | SecretSource
  | FileSystem.FileSystem
  | Path.Path

const make = (keepsOutput: boolean): Layer.Layer<never, never, Needed> =>
  Layer.unwrap(Effect.gen(function*() {
    const path = yield* Path.Path
    const { wholeAt } = yield* Manifest.make
    const read: BatchRun.ReadOutput = (handle, manifest) => wholeAt(path.dirname(manifest), handle)
    return Layer.mergeAll(
      PilotBatch.toLayer(BatchRun.make(read, keepsOutput)),
      Definition.Claim.toLayer(({ digest }) => Effect.succeed(digest)),
      BatchWatch.layer
    )
  }))

/**
 * Works on batches in this process. Every runner with `ClusterCE.layerServer` has it, and no other process: a batch is followed by
 * the owner of its compute element.
 *
 * **Details**
 *
 * A batch that waits for its jobs is a few rows in the database. The owner of the compute element follows the jobs of all batches
 * with one question, and wakes a batch when its jobs have ended.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, Needed> = make(false)

/**
 * The same as {@link layer} for runners with `ClusterCE.layerServerRetaining`: output is fetched, that is recorded, and then the job is
 * purged. Nothing is lost with a runner that dies, also where each has a file system of its own.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerRetaining: Layer.Layer<never, never, Needed> = make(true)
