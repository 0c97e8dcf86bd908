/** Messages between a client and a runner, over TCP. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Redacted, Schema } from "effect"
import { Entity } from "effect/cluster"
import { Rpc } from "effect/rpc"
import { Cluster, ClusterCE, ClusterStorage, SecretSealer } from "../../src/cluster/index.ts"
import { type BackendError, Capability, SubmissionKey } from "../../src/index.ts"
import * as Ports from "./Ports.ts"
import * as Scripted from "./Scripted.ts"
import { quiet, sharding } from "./StorageChecks.ts"

const Long = Entity.make("Long", [
  Rpc.make("repeat", { payload: { text: Schema.String, times: Schema.Int }, success: Schema.String })
])

const runnerAndClient = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const file = `${yield* fileSystem.makeTempDirectoryScoped()}/db`
  const storage = () => ClusterStorage.layerSqlite(file)
  const port = yield* Ports.free
  return {
    runner: Cluster.layerRunner({ storage: storage(), sharding, port }),
    client: Cluster.layerClient({ storage: storage(), sharding })
  }
})

const live = <E>(test: Effect.Effect<void, E, Effect.Services<typeof runnerAndClient>>) =>
  test.pipe(Effect.scoped, quiet, Effect.provide(NodeServices.layer))

const endpoint = "ce.example.org:9619"
const key = SubmissionKey.SubmissionKey.make("key")
const sealer = (id: string) =>
  Layer.unwrap(Effect.map(Effect.orDie(SecretSealer.generateKey(id)), (key) => SecretSealer.layer([key])))

/** The error of a submission of these copies, sealed with `sealedWith`, at a runner that has only the key `old`. */
const refusal = Effect.fnUntraced(
  function*(sealedWith: string, copies: Parameters<Capability.Submitter["Service"]["submit"]>[1]) {
    const { client, runner } = yield* runnerAndClient
    yield* Layer.build(Layer.fresh(Layer.provide(Scripted.owner({}), [runner, sealer("old")])))
    return yield* Effect.flatMap(
      Capability.Submitter,
      ({ submit }) => Effect.flip(submit({ executable: "/bin/true" }, copies, { key }))
    ).pipe(Effect.provide(ClusterCE.layer(endpoint).pipe(Layer.provide([client, sealer(sealedWith)]))))
  }
)

describe("a message", () => {
  it.live("may be longer than the engine's default of 16 MiB", () =>
    live(Effect.gen(function*() {
      const { client, runner } = yield* runnerAndClient
      const entity = Long.toLayer(Effect.succeed(Long.of({
        repeat: ({ payload: { text, times } }) => Effect.succeed(text.repeat(times))
      })))
      yield* Layer.build(Layer.fresh(Layer.provide(entity, runner)))
      yield* Effect.gen(function*() {
        const { repeat } = (yield* Long.client)("x")
        const answer = yield* repeat({ text: "x".repeat(17 * 1024 * 1024), times: 2 })
        assert.strictEqual(answer.length, 34 * 1024 * 1024)
      }).pipe(Effect.provide(client))
    })))

  it.live("with a secret that was sealed with a key unknown to the owner fails, and the error names the key", () =>
    live(Effect.gen(function*() {
      const error = yield* refusal("new", [{ secrets: { token: Redacted.make("swordfish") } }])
      assert.deepInclude(
        error,
        { _tag: "BackendFailed", retry: "AfterRepair" } satisfies Partial<BackendError.BackendFailed>
      )
      assert.include(error.message, "sealed with the key new")
    })))

  it.live("with a copy that has an unknown field is `InvalidSubmission`", () =>
    live(Effect.gen(function*() {
      const copy = { environment: {}, name: "one" }
      const error = yield* refusal("old", [copy])
      assert.strictEqual(error._tag, "InvalidSubmission")
      assert.include(error.message, "copies[0].name")
    })))
})
