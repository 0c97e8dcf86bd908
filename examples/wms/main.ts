/**
 * A small workload management system: it keeps pilots at many compute elements, collects their output, and accounts for them.
 *
 * All of it in one process:
 *
 *     node examples/wms/main.ts single
 *
 * Or in several processes. All of them need `wms.key`, which the first command creates. Ctrl-C drains the pools of the client.
 *
 *     node examples/wms/main.ts key
 *     node examples/wms/main.ts runner --port 34431 --metrics 9464
 *     node examples/wms/main.ts runner --port 34432 --metrics 9465
 *     node examples/wms/main.ts client
 *
 * The table of pilots:
 *
 *     node examples/wms/main.ts report
 *
 * WMS_DATABASE is a file of SQLite (default: wms.sqlite), for processes of one machine, or the URL of a PostgreSQL server.
 * WMS_KEY is the key file (default: wms.key).
 */
import { NodeHttpServer, NodeRuntime, NodeServices } from "@effect/platform-node"
import { Config, Console, Effect, Layer, Redacted } from "effect"
import { HTCondorCE, ScheddTransport } from "effect-htcondor-ce"
import {
  Cluster,
  ClusterCE,
  ClusterStorage,
  Janitor,
  PilotBatch,
  SecretSealer,
  SecretSource
} from "effect-htcondor-ce/cluster"
import { Command, Flag } from "effect/cli"
import { createServer } from "node:http"
import { metrics } from "../observability/prometheus.ts"
import * as Accounting from "./Accounting.ts"
import * as Grid from "./Grid.ts"
import * as Pools from "./Pools.ts"

const keyFile = Config.String("WMS_KEY").pipe(Config.withDefault("wms.key"), Effect.orDie)

/** The keys that runners and clients seal with. */
const sharedSealer = Layer.unwrap(Effect.map(keyFile, SecretSealer.layerFile))

/** Owns compute elements and runs batches. `SecretSource.layer` would give tokens to pilots. */
export const server = (sites: HTCondorCE.Sites) =>
  Layer.unwrap(Effect.map(
    Grid.directory(sites),
    (directory) => Layer.mergeAll(ClusterCE.layerServer(directory), PilotBatch.layer, Janitor.layer())
  )).pipe(Layer.provide(SecretSource.layerNone))

const storage = Layer.unwrap(Effect.gen(function*() {
  const database = yield* Effect.orDie(
    Config.Redacted("WMS_DATABASE").pipe(Config.withDefault(Redacted.make("wms.sqlite")))
  )
  const name = Redacted.value(database)
  return /^postgres(ql)?:/.test(name) ? ClusterStorage.layerPostgres(database) : ClusterStorage.layerSqlite(name)
}))

/** A single process needs no key file: no sealed text outlives it. */
export const ownSealer = Layer.unwrap(
  Effect.map(Effect.orDie(SecretSealer.generateKey("process")), (key) => SecretSealer.layer([key]))
)

/** The page for Prometheus. Any client that reaches it can read it. */
export const page = (host: string, port: number) =>
  Layer.provide(metrics, NodeHttpServer.layer(createServer, { host, port }))

const flags = {
  sites: Flag.FileSchema("sites", HTCondorCE.Sites, { format: "json" }),
  pools: Flag.FileSchema("pools", Grid.Pools, { format: "json" }),
  metrics: Flag.Int("metrics").pipe(Flag.withDefault(9464), Flag.withDescription("Port of the page for Prometheus")),
  metricsHost: Flag.String("metrics-host").pipe(
    Flag.withDefault("127.0.0.1"),
    Flag.withDescription("Address of the page for Prometheus")
  ),
  host: Flag.String("host").pipe(
    Flag.withDefault("127.0.0.1"),
    Flag.withDescription("Address at which other processes find this runner")
  ),
  port: Flag.Int("port").pipe(Flag.withDefault(34431))
}

const single = Command.make(
  "single",
  {
    sites: flags.sites,
    pools: flags.pools,
    metrics: flags.metrics,
    metricsHost: flags.metricsHost
  },
  ({ metrics, metricsHost, pools, sites }) =>
    Effect.flatMap(Grid.located(sites, pools), Pools.keep).pipe(Effect.provide(
      server(sites).pipe(
        Layer.provideMerge([Cluster.layerSingle({ storage }), ownSealer]),
        Layer.merge(page(metricsHost, metrics))
      )
    ))
)

const runner = Command.make("runner", {
  sites: flags.sites,
  metrics: flags.metrics,
  metricsHost: flags.metricsHost,
  host: flags.host,
  port: flags.port
}, ({ host, metrics, metricsHost, port, sites }) =>
  Layer.launch(
    server(sites).pipe(
      Layer.provide([Cluster.layerRunner({ storage, host, port }), sharedSealer]),
      Layer.merge(page(metricsHost, metrics))
    )
  ))

const client = Command.make(
  "client",
  { sites: flags.sites, pools: flags.pools },
  ({ pools, sites }) =>
    Effect.flatMap(Grid.located(sites, pools), Pools.keep).pipe(
      Effect.provide([Cluster.layerClient({ storage }), sharedSealer])
    )
)

const report = Command.make(
  "report",
  {},
  () => Effect.flatMap(Accounting.report, Console.table).pipe(Effect.provide(storage))
)

const key = Command.make(
  "key",
  {},
  () =>
    Effect.gen(function*() {
      yield* SecretSealer.writeKeyFile(yield* keyFile, [yield* SecretSealer.generateKey("first")])
    })
)

export const wms = Command.make("wms").pipe(Command.withSubcommands([single, runner, client, report, key]))

if (import.meta.main) {
  Command.run(wms, { version: "1" }).pipe(
    Effect.provide(ScheddTransport.layer().pipe(Layer.provideMerge(NodeServices.layer))),
    NodeRuntime.runMain
  )
}
