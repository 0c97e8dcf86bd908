import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, FileSystem, Layer, Ref, References, Schema, Scope } from "effect"
import { ClusterSchema, Entity } from "effect/cluster"
import { Rpc } from "effect/rpc"
import { connect as connectPlain } from "node:net"
import { connect } from "node:tls"
import { Cluster, ClusterStorage } from "../../src/cluster/index.ts"
import * as Certificates from "./Certificates.ts"
import * as Ports from "./Ports.ts"

/** `where` says which runner answers; `once` is stored, and says how often it was run before. */
const Place = Entity.make("Place", [
  Rpc.make("where", { success: Schema.String }),
  Rpc.make("once", { payload: { key: Schema.String }, success: Schema.Int, primaryKey: ({ key }) => key })
    .annotate(ClusterSchema.Persisted, true)
])

const placeOf = (name: string, runs: Ref.Ref<number>) =>
  Place.toLayer(Effect.succeed(Place.of({
    where: () => Effect.succeed(name),
    once: () => Ref.getAndUpdate(runs, (count) => count + 1)
  })))

const ids = Array.from({ length: 20 }, (_, index) => `place-${index}`)

/** Which runners answer for twenty entities. */
const places = Effect.gen(function*() {
  const client = yield* Place.client
  return new Set(yield* Effect.forEach(ids, (id) => client(id).where(), { concurrency: "unbounded" }))
})

const scratch = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  return `${yield* fileSystem.makeTempDirectoryScoped()}/db`
}).pipe(Effect.provide(NodeServices.layer))

// Fast, and with the relations that `timing` has.
const sharding = {
  shardLockExpiration: "3 seconds",
  shardLockRefreshInterval: "200 millis",
  refreshAssignmentsInterval: "100 millis",
  runnerHealthCheckInterval: "500 millis",
  entityMessagePollInterval: "200 millis"
} as const

// The engine says where it listens.
const quiet = Effect.provideService(References.MinimumLogLevel, "Warn")

describe("layerSingle", () => {
  it.live("after a restart what was asked before is answered from the storage", () =>
    Effect.gen(function*() {
      const file = yield* scratch
      const runs = yield* Ref.make(0)
      const ask = (key: string) =>
        Effect.gen(function*() {
          return yield* (yield* Place.client)("a").once({ key })
        }).pipe(Effect.provide(
          Layer.fresh(
            placeOf("one", runs).pipe(
              Layer.provideMerge(Cluster.layerSingle({ storage: ClusterStorage.layerSqlite(file) }))
            )
          )
        ))
      assert.strictEqual(yield* ask("k"), 0)
      assert.strictEqual(yield* ask("k"), 0)
      assert.strictEqual(yield* ask("other"), 1)
    }).pipe(Effect.scoped))
})

/** A runner, with a client of SQLite of its own, as if it were a process. */
const runner = (name: string, options: Cluster.RunnerOptions, file: string) =>
  Effect.gen(function*() {
    const runs = yield* Ref.make(0)
    return yield* Layer.build(Layer.fresh(
      placeOf(name, runs).pipe(
        Layer.provideMerge(Cluster.layerRunner({ ...options, storage: ClusterStorage.layerSqlite(file), sharding }))
      )
    ))
  })

describe.each([["TCP", undefined], ["TLS", Certificates.ours]])("layerRunner, over %s", (_, tls) => {
  it.live("runners share what there is, and one takes over what the other had", () =>
    Effect.gen(function*() {
      const file = yield* scratch
      const storage = ClusterStorage.layerSqlite(file)
      const client = yield* Layer.build(Cluster.layerClient({ storage, sharding, tls }))
      const first = yield* Scope.make()
      const port = yield* Ports.free
      yield* runner("first", { storage, tls, port }, file).pipe(Scope.provide(first))
      yield* runner("second", { storage, tls, port: yield* Ports.free }, file)
      const ask = Effect.provideContext(places, client)
      yield* Effect.repeat(ask, { until: (answering) => answering.size === 2 })
      if (tls !== undefined) assert.match(yield* refusal(port), /certificate required/)
      yield* Scope.close(first, Exit.void)
      assert.deepStrictEqual(yield* ask, new Set(["second"]))
    }).pipe(Effect.scoped, quiet))
})

/** What a runner says to somebody who has no certificate. */
const refusal = (port: number) =>
  Effect.callback<string>((resume) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false })
    socket.on("error", (error) => resume(Effect.succeed(error.message)))
    socket.on("data", () => resume(Effect.succeed("data")))
  })

describe("layerRunner", () => {
  it.effect.each(["0.0.0.0", "::", "8.8.8.8"])("does not listen at %s", (host) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Layer.build(
        Cluster.layerRunner({ host, storage: ClusterStorage.layerSqlite(":memory:") })
      ))
      assert.strictEqual(error._tag, "ListeningRefused")
    }).pipe(Effect.scoped))

  it.live("listens anywhere if it is told so", () =>
    Effect.gen(function*() {
      const port = yield* Ports.free
      const storage = ClusterStorage.layerSqlite(":memory:")
      yield* Layer.build(Cluster.layerRunner({ host: "0.0.0.0", port, exposed: true, storage, sharding }))
      const family = yield* Effect.callback<string | undefined>((resume) => {
        const socket = connectPlain(port, "127.0.0.1", () => {
          resume(Effect.succeed(socket.remoteFamily))
          socket.destroy()
        })
      })
      assert.strictEqual(family, "IPv4")
    }).pipe(Effect.scoped, quiet))
})
