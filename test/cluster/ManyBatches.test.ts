/** Many batches at one compute element, over a database. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Stream } from "effect"
import { Cluster, ClusterCE, ClusterStorage, Janitor, PilotBatch, SecretSource } from "../../src/cluster/index.ts"
import { Capability, JobHandle, SubmissionKey } from "../../src/index.ts"
import { TimeLapse } from "../../src/testing/index.ts"
import { sealer } from "../testing/FakeSite.ts"
import * as Scripted from "./Scripted.ts"

const endpoint = "ce.example.org:9619"

const owner = Scripted.owner({
  submit: ({ payload: { key } }) =>
    Effect.succeed({
      key,
      handles: [
        new JobHandle.JobHandle({ backend: "htcondor-ce", endpoint, scheduler: "ce", job: "1.0", key, copy: 0 })
      ],
      failures: [],
      warnings: [],
      adopted: false
    }),
  reconcile: () => Effect.succeed({ _tag: "Absent" }),
  watch: () => Stream.never,
  cancel: () => Effect.succeed([]),
  fetch: () => Effect.succeed([])
})

const batch = (name: string): PilotBatch.Batch => ({
  endpoint,
  key: SubmissionKey.SubmissionKey.make(name),
  spec: { executable: "/bin/true" },
  copies: [{}],
  destination: "/output"
})

const run = <A, E>(test: Effect.Effect<A, E, Layer.Success<typeof process>>) =>
  TimeLapse.run(test, { step: "5 seconds" }).pipe(Effect.provide(process))

// The number of concurrent messages of an entity. The default of the engine is 4,096.
const process = Layer.mergeAll(PilotBatch.layer, ClusterCE.layer(endpoint), owner).pipe(
  Layer.provideMerge(
    Cluster.layerSingle({ storage: ClusterStorage.layerSqlite(":memory:"), sharding: { entityMailboxCapacity: 4 } })
  ),
  Layer.provideMerge(Layer.mergeAll(sealer, SecretSource.layerNone, NodeServices.layer)),
  Layer.fresh
)

it.effect("many batches wait, and the compute element still answers other requests", () =>
  run(Effect.gen(function*() {
    const names = Array.from({ length: 10 }, (_, index) => `batch-${index}`)
    const deadline = DateTime.add(yield* DateTime.now, { minutes: 10 })
    yield* Effect.forEach(names, (name) => PilotBatch.start({ ...batch(name), deadline }), { concurrency: "unbounded" })
    yield* Effect.sleep("5 minutes")
    const { reconcile } = yield* Capability.Submitter
    assert.deepStrictEqual(yield* reconcile(SubmissionKey.SubmissionKey.make("any")), { _tag: "Absent" })
    const ended = yield* Effect.forEach(names, (name) => PilotBatch.execute(batch(name)), { concurrency: "unbounded" })
    assert.deepStrictEqual(ended.map(({ deadlineExceeded }) => deadlineExceeded), names.map(() => true))
    assert.isBelow(DateTime.toEpochMillis(yield* DateTime.now), DateTime.toEpochMillis(deadline) + 5 * 60_000)
  })))

it.effect("a batch with the key of another one is a conflict until the janitor has deleted that one", () =>
  run(Effect.gen(function*() {
    const one = batch("one")
    const other: PilotBatch.Batch = { ...one, destination: "/other" }
    const deadline = DateTime.add(yield* DateTime.now, { minutes: 10 })
    yield* PilotBatch.start({ ...one, deadline })
    yield* Effect.sleep("5 minutes")
    yield* Janitor.sweep({ keep: "1 minute" })
    assert.strictEqual((yield* Effect.flip(PilotBatch.start(other)))._tag, "BatchConflict")
    yield* PilotBatch.execute(one)
    yield* Janitor.sweep({ keep: "1 minute" })
    assert.strictEqual((yield* Effect.flip(PilotBatch.start(other)))._tag, "BatchConflict")
    yield* Effect.sleep("5 minutes")
    // The first sweep deletes the batch, and the second one the claim to its key.
    yield* Effect.replicateEffect(Janitor.sweep({ keep: "1 minute" }), 2)
    yield* PilotBatch.start(other)
  })))
