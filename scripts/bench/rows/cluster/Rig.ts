/** A runner and a client of one cluster in this process, which speak TCP, over one connection to a SQLite file; and a fake grid. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as ClusterSchema from "effect/cluster/ClusterSchema"
import * as Entity from "effect/cluster/Entity"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Rpc from "effect/rpc/Rpc"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import {
  Cluster,
  ClusterCE,
  ClusterStorage,
  PilotBatch,
  SecretSealer,
  SecretSource
} from "../../../../src/cluster/index.ts"
import { Credential, HTCondorCE, ScheddTransport } from "../../../../src/index.ts"
import { FakeGrid, FakeSchedd } from "../../../../src/testing/index.ts"
import * as Ports from "../../../../test/cluster/Ports.ts"

/** An entity that does nothing. */
export const Null = Entity.make("BenchNull", [
  Rpc.make("volatile", { payload: { number: Schema.Int }, success: Schema.Int }),
  Rpc.make("stored", { payload: { number: Schema.Int }, success: Schema.Int }).annotate(ClusterSchema.Persisted, true)
])

const nothing = Null.toLayer(
  Effect.succeed(Null.of({
    volatile: ({ payload: { number } }) => Effect.succeed(number),
    stored: ({ payload: { number } }) => Effect.succeed(number)
  })),
  { concurrency: "unbounded" }
)

/** How long something takes, in milliseconds. */
export const milliseconds = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const began = performance.now()
    return Effect.map(effect, () => performance.now() - began)
  })

/**
 * For as long as the scope lives.
 *
 * - `onClient`: gives an effect the services of the client
 * - `direct`: the services of a backend without the cluster
 * - `bytes`: of the database: the pages that hold something
 */
export const make = Effect.fnUntraced(function*(sites: Parameters<typeof FakeGrid.layer>[0]) {
  const fileSystem = yield* FileSystem.FileSystem
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "bench-cluster-" })
  const executable = `${directory}/pilot.sh`
  yield* fileSystem.writeFileString(executable, "#!/bin/sh\n", { mode: 0o755 })
  // One connection for both sides: of two in one process, each would stop the other one's transaction until it gives up.
  const storage = Layer.succeedContext(
    yield* Layer.build(ClusterStorage.layerSqlite(`${directory}/cluster.sqlite`))
  )
  const credentials = Credential.layerToken(FakeSchedd.token("pilot"))
  const configOf = (endpoint: string) => ({ endpoint, temporaryDirectory: directory })

  const grid = yield* Layer.build(
    ScheddTransport.layerTools({ byName: true }).pipe(Layer.provideMerge(FakeGrid.layer(sites)))
  )
  const sealing = yield* Layer.build(SecretSealer.layer([yield* SecretSealer.generateKey("1")]))
  const given = Layer.succeedContext(Context.merge(grid, sealing))
  yield* Layer.build(
    Layer.mergeAll(
      nothing,
      ClusterCE.layerServer((endpoint) => ({ ...configOf(endpoint), credentials })),
      PilotBatch.layer
    ).pipe(
      Layer.provide(Cluster.layerRunner({ storage, port: yield* Ports.free })),
      Layer.provide([given, SecretSource.layerNone, NodeServices.layer])
    )
  )
  const client = yield* Layer.build(
    Layer.mergeAll(Cluster.layerClient({ storage }), given, NodeServices.layer)
  )
  // The runner takes its shards one after the other.
  yield* Effect.provideContext(
    Effect.flatMap(Null.client, (entity) =>
      Effect.forEach(
        Array.from({ length: 200 }, (_, number) => number),
        (number) => entity(`first-${number}`).volatile({ number }),
        { concurrency: "unbounded", discard: true }
      )),
    client
  )
  return {
    directory,
    executable,
    onClient: Effect.provideContext(client),
    direct: (endpoint: string) =>
      HTCondorCE.layer(configOf(endpoint)).pipe(Layer.provide([given, credentials, NodeServices.layer])),
    bytes: Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const [row] = yield* sql<{ bytes: number }>`
        SELECT (page_count - freelist_count) * page_size AS bytes
        FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()
      `
      return row?.bytes ?? Number.NaN
    }).pipe(Effect.provideContext(client))
  }
})

/** Both sides. */
export type Rig = Effect.Success<ReturnType<typeof make>>
