/**
 * A batch of pilots as a workflow: submit, wait, fetch. It continues when processes die.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import type { Sharding } from "effect/cluster/Sharding"
import * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Hex from "effect/encoding/Hex"
import * as Exit from "effect/Exit"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { WorkflowEngine } from "effect/workflow/WorkflowEngine"
import * as Endpoint from "../ce/Endpoint.ts"
import * as Manifest from "../ce/internal/fetch/Manifest.ts"
import { BackendFailed } from "../contract/BackendError.ts"
import { line } from "../contract/Line.ts"
import { SubmissionKey } from "../contract/SubmissionKey.ts"
import * as Ask from "./internal/Ask.ts"
import * as Definition from "./internal/Batch.ts"
import * as BatchRun from "./internal/BatchRun.ts"
import * as BatchWatch from "./internal/BatchWatch.ts"
import * as Invalid from "./internal/Invalid.ts"
import * as Remote from "./internal/Remote.ts"
import type { SecretSealer } from "./SecretSealer.ts"
import type { SecretSource } from "./SecretSource.ts"

/**
 * The payload of a batch: one program, in some copies, at one compute element.
 *
 * **Details**
 *
 * - `endpoint`: the address of the compute element
 * - `key`: the submission key, which also names the batch
 * - `spec`: the program, as in a submission
 * - `copies`: as in a submission, but without secrets. `SecretSource` gives them each time that the batch submits
 * - `destination`: the directory for output, on a file system that all runners share
 * - `deadline`: the time at which jobs that have not ended are cancelled. The batch fetches the output of the others. Default: none
 *
 * **Gotchas**
 *
 * The database stores all of it in clear.
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
 * The outcome of one job.
 *
 * - `Fetched`: the output is in `directory`, and `manifest` is the path of its record (`JobOutput.fromManifest`)
 * - `Elsewhere`: the output was fetched, but the runner of the batch cannot read its manifest
 * - `Failed`: the output was not fetched, for the reason in `error`. It may still be at the compute element unless `error.retry` is
 *   `Never`
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
 * The result of a batch. `jobs` has the order of the copies. `adopted` is true if the jobs existed already when the batch recorded them,
 * because an earlier attempt had submitted them. `deadlineExceeded` is true if the batch cancelled jobs at its deadline.
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
 * The workflow. Its `poll`, `interrupt` and `resume` take the id that {@link start} returns. `interrupt` withdraws the jobs of the
 * batch: it cancels live jobs, and gives up output that nobody has fetched. These three are the engine's, and die if the database does
 * not answer.
 *
 * @category models
 * @since 0.1.0
 */
export const PilotBatch = Definition.PilotBatch

/**
 * A batch with the same endpoint and key was started with another payload, other copies or another destination. That batch
 * continues, and nothing was started.
 *
 * @category errors
 * @since 0.1.0
 */
export class BatchConflict
  extends Schema.TaggedError<BatchConflict>("effect-htcondor-ce/cluster/BatchConflict")("BatchConflict", {
    /** The address of the compute element, `<host>:<port>`. */
    endpoint: Schema.String.annotate({ description: "The address of the compute element, <host>:<port>." }),
    /** The key of both batches. */
    key: SubmissionKey.annotate({ description: "The key of both batches." })
  })
{
  readonly retry = "Never"
  override get message(): string {
    return line`another batch with the key ${this.key} was started at ${this.endpoint}`
  }
}

// The order of fields must not change the digest.
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

const isDefect = <E>(cause: Cause.Cause<E>): boolean => Cause.hasDies(cause) && !Ask.isUndelivered(cause)

const hasFailed = (execution: string) =>
  Effect.map(
    PilotBatch.poll(execution),
    Option.exists((result) => result._tag === "Complete" && Exit.isFailure(result.exit))
  )

// Whether the engine has stored a defect as the answer of a batch. If it is not part of a result, `poll` dies of it. `poll` also dies
// of an answer that this process cannot read.
const hasDied = (execution: string) =>
  Effect.catchCauseIf(
    hasFailed(execution),
    isDefect,
    (cause) => Effect.succeed(!Schema.isSchemaError(Cause.squash(cause)))
  )

// Runners have other working directories, so paths become absolute here.
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
  const first = yield* Ask.typed(endpoint)(
    Ask.unlessMissing(Definition.Claim.execute(claim), Definition.Claim.execute(claim, { discard: true }))
  )
  if (first !== digest) return yield* new BatchConflict({ endpoint, key: batch.key })
  // Replaces a cause by an error, if it is the stored answer of the batch.
  const asError = (
    isStored: Effect.Effect<boolean, never, WorkflowEngine>,
    what: (cause: Cause.Cause<unknown>) => string
  ) =>
    Effect.fnUntraced(function*<E>(cause: Cause.Cause<E>) {
      if (!(yield* isStored)) return yield* Effect.failCause(cause)
      return yield* new BackendFailed({ endpoint, detail: line`the batch ${batch.key} ${what(cause)}`, retry: "Never" })
    })
  const whole = <A, E, R>(run: Effect.Effect<A, E, R>) => {
    const ended = run.pipe(
      Effect.catchCauseIf(
        isDefect,
        asError(hasDied(execution), (cause) => `ended by a defect: ${Ask.textOf(Cause.squash(cause))}`)
      ),
      // The stored answer of an interrupted batch would interrupt its caller. A workflow that calls this is itself suspended by an
      // interrupt, while the batch has no answer.
      Effect.catchCauseIf(Cause.hasInterruptsOnly, asError(hasFailed(execution), () => "was interrupted"))
    )
    return Ask.typed(endpoint)(ended)
  }
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
 * has expired. It repeats an operation that fails for some of its jobs for about three days. It fails only if its submission can never
 * succeed, or if somebody interrupts it. The first `deadline` that was given for a key counts.
 *
 * An error with `retry: "Never"` is the answer of the batch, and the engine keeps it: another attempt needs another key. Any other
 * error is a `BackendFailed` of the cluster, and the batch may be running. Call again with the same key. `retry` is `Later` if
 * the database or a runner did not answer, and `AfterRepair` if the runner of the batch does not work on batches of this version. If
 * the batch moves to such a runner later, it waits for another one, and so does the call.
 *
 * **Example** (Repeating a batch until it has an answer)
 *
 * ```ts
 * import { Effect, FileSystem, Layer } from "effect"
 * import { Credential, Retry, ScheddTransport, SubmissionKey } from "effect-htcondor-ce"
 * import { Cluster, ClusterCE, ClusterStorage, PilotBatch, SecretSealer, SecretSource } from "effect-htcondor-ce/cluster"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const runTask = (name: string, destination: string) =>
 *   PilotBatch.execute({
 *     endpoint: "ce.example.org",
 *     key: SubmissionKey.SubmissionKey.make(name),
 *     spec: { executable: "/bin/true" },
 *     copies: [{}],
 *     destination
 *   }).pipe(Effect.retry(Retry.schedule))
 *
 * const credentials = Credential.layerToken(FakeSchedd.token("pilot"))
 * const sealer = Layer.unwrap(Effect.map(SecretSealer.generateKey("process"), (key) => SecretSealer.layer([key])))
 * const wms = Layer.merge(ClusterCE.layerServer((endpoint) => ({ endpoint, credentials })), PilotBatch.layer).pipe(
 *   Layer.provideMerge(Cluster.layerSingle({ storage: ClusterStorage.layerSqlite(":memory:") })),
 *   Layer.provideMerge([sealer, SecretSource.layerNone, ScheddTransport.layerTools()])
 * )
 *
 * export const program = Effect.gen(function*() {
 *   const destination = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped()
 *   const first = yield* runTask("task-43", destination)
 *   assert.deepStrictEqual(first.jobs.map(({ _tag }) => _tag), ["Fetched"])
 *   // The same key gives the stored answer.
 *   assert.deepStrictEqual(yield* runTask("task-43", destination), first)
 * }).pipe(Effect.provide(wms))
 * ```
 *
 * @category operations
 * @since 0.1.0
 */
export const execute = Effect.fn("PilotBatch.execute")(function*(batch: Batch) {
  const { prepared, whole } = yield* prepare(batch)
  return yield* whole(Ask.unlessMissing(PilotBatch.execute(prepared), PilotBatch.execute(prepared, { discard: true })))
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
 * Runs batches in this process. Every runner with `ClusterCE.layerServer` needs it, and no other process, because the owner of a
 * compute element follows its batches.
 *
 * **Details**
 *
 * A batch that waits for its jobs is a few rows in the database, and uses no memory. The owner of the compute element follows the jobs
 * of all batches with one query, and wakes a batch when its jobs have ended.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, Needed> = make(false)

/**
 * The same as {@link layer} for runners with `ClusterCE.layerServerRetaining`. The batch fetches the output, records that, and then
 * purges the job. So no output is lost if a runner dies, even if each runner has its own file system.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerRetaining: Layer.Layer<never, never, Needed> = make(true)
