import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, FileSystem, Layer, Ref, Schema } from "effect"
import { ClusterSchema, Entity } from "effect/cluster"
import { Rpc } from "effect/rpc"
import { connect } from "node:net"
import * as Config from "../../src/ce/Config.ts"
import { Cluster, ClusterStorage } from "../../src/cluster/index.ts"
import { ShardLease } from "../../src/cluster/internal/ShardLease.ts"
import * as Certificates from "./Certificates.ts"
import * as Ports from "./Ports.ts"
import { quiet, runnerChecks, sharding } from "./StorageChecks.ts"

const database = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const file = `${yield* fileSystem.makeTempDirectoryScoped()}/db`
  return () => ClusterStorage.layerSqlite(file)
}).pipe(Effect.provide(NodeServices.layer), Effect.orDie)

/** A stored request. Its answer is how often it ran before. */
const Once = Entity.make("Once", [
  Rpc.make("ask", { payload: { key: Schema.String }, success: Schema.Int, primaryKey: ({ key }) => key })
    .annotate(ClusterSchema.Persisted, true)
])

describe("layerSingle", () => {
  it.live("answers an earlier request from the storage after a restart", () =>
    Effect.gen(function*() {
      const storage = yield* database
      const runs = yield* Ref.make(0)
      const entity = Once.toLayer(Effect.succeed(Once.of({ ask: () => Ref.getAndUpdate(runs, (count) => count + 1) })))
      const ask = (key: string) =>
        Effect.gen(function*() {
          return yield* (yield* Once.client)("a").ask({ key })
        }).pipe(Effect.provide(
          Layer.fresh(entity.pipe(Layer.provideMerge(Cluster.layerSingle({ storage: storage(), sharding }))))
        ))
      assert.strictEqual(yield* ask("k"), 0)
      assert.strictEqual(yield* ask("k"), 0)
      assert.strictEqual(yield* ask("other"), 1)
    }).pipe(Effect.scoped))
})

/** The time until no former owner is left. */
const Lease = Entity.make("Lease", [Rpc.make("left", { success: Schema.DurationFromMillis })])

describe("timing", () => {
  const { timing } = Cluster
  const millis = (name: keyof typeof timing) => Duration.toMillis(timing[name])

  it("a runner that stops waits for longer than a tool takes by default", () => {
    const { timeout } = Config.settings({ endpoint: "ce.example.org" })
    assert.isAbove(millis("entityTerminationTimeout"), Duration.toMillis(timeout))
  })

  it("a runner renews a lock twice before it stops to trust it", () => {
    assert.isAtMost(2 * millis("shardLockRefreshInterval"), millis("shardLockExpiration") / 2)
  })

  it("other runners notice that a runner is gone before its locks expire", () => {
    const seen = millis("runnerHealthCheckInterval") + millis("refreshAssignmentsInterval")
    assert.isBelow(seen, millis("shardLockExpiration"))
  })

  it.live("a runner uses it by default", () =>
    Effect.gen(function*() {
      const storage = ClusterStorage.layerSqlite(":memory:")
      const handlers = Lease.toLayer(Effect.gen(function*() {
        const { settledIn } = yield* ShardLease
        const { shardId } = yield* Entity.CurrentAddress
        return Lease.of({ left: () => Effect.map(settledIn(shardId), Duration.millis) })
      }))
      const runner = Cluster.layerRunner({ storage, port: yield* Ports.free })
      const before = yield* Clock.monotonicTimeNanos
      const left = yield* Effect.flatMap(Lease.client, (client) => client("a").left()).pipe(
        Effect.provide(Layer.fresh(Layer.provideMerge(handlers, runner)))
      )
      const passed = Number((yield* Clock.monotonicTimeNanos) - before) / 1e6
      assert.isAtMost(Duration.toMillis(left), millis("shardLockExpiration"))
      assert.isAtLeast(Duration.toMillis(left), Math.max(0, millis("shardLockExpiration") - passed - 1))
    }).pipe(quiet))
})

describe("layerRunner, over TCP", () => runnerChecks(database))

describe("layerRunner, over TLS", () => runnerChecks(database, Certificates.ours))

describe("layerRunner", () => {
  it.effect.each(["0.0.0.0", "::", "8.8.8.8"])("refuses to listen at %s", (host) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Layer.build(
        Cluster.layerRunner({ host, storage: ClusterStorage.layerSqlite(":memory:") })
      ))
      assert.strictEqual(error._tag, "ListeningRefused")
    }).pipe(Effect.scoped))

  it.live("listens anywhere with `exposed`", () =>
    Effect.gen(function*() {
      const port = yield* Ports.free
      const storage = ClusterStorage.layerSqlite(":memory:")
      yield* Layer.build(Cluster.layerRunner({ host: "0.0.0.0", port, exposed: true, storage, sharding }))
      const family = yield* Effect.callback<string | undefined>((resume) => {
        const socket = connect(port, "127.0.0.1", () => {
          resume(Effect.succeed(socket.remoteFamily))
          socket.destroy()
        })
      })
      assert.strictEqual(family, "IPv4")
    }).pipe(Effect.scoped, quiet))
})
