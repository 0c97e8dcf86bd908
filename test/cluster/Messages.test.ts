/** Messages between a client and a runner, over TCP. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Schema } from "effect"
import { Entity } from "effect/cluster"
import { Rpc } from "effect/rpc"
import { Cluster, ClusterStorage } from "../../src/cluster/index.ts"
import * as Ports from "./Ports.ts"
import { quiet, sharding } from "./StorageChecks.ts"

const Long = Entity.make("Long", [
  Rpc.make("repeat", { payload: { text: Schema.String, times: Schema.Int }, success: Schema.String })
])

it.live("a message may be longer than the 16 MiB that the engine takes by default", () =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const file = `${yield* fileSystem.makeTempDirectoryScoped()}/db`
    const storage = () => ClusterStorage.layerSqlite(file)
    const entity = Long.toLayer(Effect.succeed(Long.of({
      repeat: ({ payload: { text, times } }) => Effect.succeed(text.repeat(times))
    })))
    const port = yield* Ports.free
    yield* Layer.build(Layer.fresh(Layer.provide(entity, Cluster.layerRunner({ storage: storage(), sharding, port }))))
    yield* Effect.gen(function*() {
      const { repeat } = (yield* Long.client)("x")
      const answer = yield* repeat({ text: "x".repeat(17 * 1024 * 1024), times: 2 })
      assert.strictEqual(answer.length, 34 * 1024 * 1024)
    }).pipe(Effect.provide(Cluster.layerClient({ storage: storage(), sharding })))
  }).pipe(Effect.scoped, quiet, Effect.provide(NodeServices.layer)))
