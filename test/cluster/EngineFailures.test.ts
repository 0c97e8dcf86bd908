/** Failures of the engine itself: the database does not store a request, or no runner has an entity. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import {
  ClusterWorkflowEngine,
  MessageStorage,
  RunnerHealth,
  Runners,
  RunnerStorage,
  Sharding,
  ShardingConfig
} from "effect/cluster"
import { PersistenceError } from "effect/cluster/ClusterError"
import { ClusterCE, PilotBatch, SecretSource } from "../../src/cluster/index.ts"
import { Capability, ScheddTransport, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import { sealer } from "../testing/FakeSite.ts"
import * as Scripted from "./Scripted.ts"

const endpoint = "ce.example.org:9619"

const batch: PilotBatch.Batch = {
  endpoint,
  key: SubmissionKey.SubmissionKey.make("key"),
  spec: { executable: "/bin/true" },
  copies: [{}],
  destination: "/output"
}

/** A storage that refuses requests with these tags, each once. */
const storage = (refusing: Array<string>) =>
  Layer.effect(
    MessageStorage.MessageStorage,
    Effect.map(MessageStorage.MessageStorage, (storage) =>
      MessageStorage.MessageStorage.of({
        ...storage,
        saveRequest: (message) =>
          Effect.suspend(() => {
            const index = refusing.indexOf(message.envelope.tag)
            if (index === -1) return storage.saveRequest(message)
            refusing.splice(index, 1)
            return Effect.fail(new PersistenceError({ cause: "the disk is full" }))
          })
      }))
  ).pipe(Layer.provide(MessageStorage.layerMemory))

const engine = (refusing: Array<string>) =>
  ClusterWorkflowEngine.layer.pipe(
    Layer.provideMerge(Sharding.layer),
    Layer.provide([Runners.layerNoop, RunnerStorage.layerMemory, RunnerHealth.layerNoop]),
    Layer.provideMerge(storage(refusing)),
    Layer.provide(ShardingConfig.layer()),
    Layer.provideMerge(Layer.mergeAll(sealer, SecretSource.layerNone, NodeServices.layer))
  )

const owner = Layer.merge(
  PilotBatch.layer,
  Scripted.owner({
    submit: ({ payload: { key } }) => Effect.succeed({ key, handles: [], failures: [], warnings: [], adopted: false }),
    watch: () => Stream.empty
  })
)

const run = <A, E>(
  test: (refusing: Array<string>) => Effect.Effect<A, E, Layer.Success<ReturnType<typeof engine>>>,
  runner: typeof owner | typeof Layer.empty
) => {
  const refusing: Array<string> = []
  return TimeLapse.run(test(refusing), { step: "10 seconds", longest: "10 minutes" }).pipe(
    Effect.provide(Layer.fresh(Layer.provideMerge(runner, engine(refusing))))
  )
}

const done = { adopted: false, deadlineExceeded: false, jobs: [] }

describe("a database that does not store a request", () => {
  it.effect("start, execute: fail, and succeed when they are repeated", () =>
    run(
      Effect.fnUntraced(function*(refusing) {
        refusing.push("run")
        assert.deepInclude(yield* Effect.flip(PilotBatch.start(batch)), { _tag: "BackendFailed", retry: "Later" })
        refusing.push("run")
        const error = yield* Effect.flip(PilotBatch.execute(batch))
        assert.deepInclude(error, { _tag: "BackendFailed", retry: "Later" })
        assert.include(error.message, "PersistenceError")
        assert.deepStrictEqual(yield* PilotBatch.execute(batch), done)
      }),
      owner
    ))

  it.effect("a batch repeats a step that was not stored", () =>
    run(
      Effect.fnUntraced(function*(refusing) {
        refusing.push("activity", "activity", "activity")
        assert.deepStrictEqual(yield* PilotBatch.execute(batch), done)
        assert.deepStrictEqual(refusing, [])
      }),
      owner
    ))
})

describe("a cluster whose runners do not have an entity", () => {
  it.effect("a question to a compute element fails", () =>
    run(
      Effect.fnUntraced(function*(_refusing) {
        const { reconcile } = yield* Capability.Submitter
        const error = yield* Effect.flip(reconcile(batch.key))
        assert.deepInclude(error, { _tag: "BackendFailed", retry: "AfterRepair" })
        assert.include(error.message, "no runner answers for HTCondorCE/1")
      }, Effect.provide(ClusterCE.layer(endpoint))),
      Layer.empty
    ))

  it.effect("a question fails if no runner is configured for its compute element", () => {
    const runner = ClusterCE.layerServer(() => undefined).pipe(
      Layer.provide(ScheddTransport.layerTools().pipe(Layer.provide(FakeSchedd.layer())))
    )
    return run(
      Effect.fnUntraced(function*(_refusing) {
        const { reconcile } = yield* Capability.Submitter
        const error = yield* Effect.flip(reconcile(batch.key))
        assert.deepInclude(error, { _tag: "BackendFailed", retry: "Never" })
        assert.include(error.message, "no compute element of this name is configured")
      }, Effect.provide(Layer.merge(ClusterCE.layer(endpoint), runner))),
      Layer.empty
    )
  })

  it.effect("a batch fails, and succeeds with the same key when a runner works on batches", () =>
    run(
      Effect.fnUntraced(function*(_refusing) {
        for (const attempt of [PilotBatch.start(batch), Effect.asVoid(PilotBatch.execute(batch))]) {
          const error = yield* Effect.flip(attempt)
          assert.deepInclude(error, { _tag: "BackendFailed", retry: "AfterRepair" })
          assert.include(error.message, "effect-htcondor-ce/PilotBatch/1")
        }
        assert.deepStrictEqual(yield* Effect.provide(PilotBatch.execute(batch), owner), done)
      }),
      Layer.empty
    ))
})
