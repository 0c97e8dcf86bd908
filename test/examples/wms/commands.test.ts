/** The commands `key`, `runner`, `client` and `report` of the small workload management system, over TCP and one file of SQLite. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { ConfigProvider, Console, Effect, Fiber, FileSystem, Layer, Redacted, References } from "effect"
import { ScheddTransport } from "effect-htcondor-ce"
import { ClusterStorage } from "effect-htcondor-ce/cluster"
import { FakeGrid, FakeSchedd } from "effect-htcondor-ce/testing"
import { Command } from "effect/cli"
import { FetchHttpClient, HttpClient } from "effect/http"
import * as Accounting from "../../../examples/wms/Accounting.ts"
import { wms } from "../../../examples/wms/main.ts"
import * as Ports from "../../cluster/Ports.ts"
import * as Site from "../Site.ts"

const endpoint = "ce.north.example.org:9619"

// Pilots end at once. The system waits for a minute before it starts the next ones.
const grid = FakeGrid.layer({
  [endpoint]: { slots: 2, startDelay: 0, spoolDelay: 0, payload: () => ({ duration: 0 }) }
})

const files = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const { directory, executable } = yield* Site.workplace
  const write = (name: string, content: unknown) =>
    fileSystem.writeFileString(
      `${directory}/${name}`,
      typeof content === "string" ? content : JSON.stringify(content),
      {
        mode: 0o600
      }
    )
  yield* write("ce.token", Redacted.value(FakeSchedd.token("pilot")))
  yield* write("sites.json", { sites: { north: { endpoint, credentials: { idToken: `${directory}/ce.token` } } } })
  yield* write("pools.json", {
    pools: [{
      name: "north",
      site: "north",
      pilots: 2,
      patience: "1 day",
      output: `${directory}/output`,
      spec: { executable }
    }]
  })
  return directory
})

const wmsWith = Command.runWith(wms, { version: "1" })

it.live("a client keeps its pools by a runner, and the report has their pilots", () =>
  Effect.gen(function*() {
    const directory = yield* files
    const database = `${directory}/wms.sqlite`
    const run = (...args: ReadonlyArray<string>) =>
      wmsWith(args).pipe(Effect.provide(
        ConfigProvider.layer(ConfigProvider.fromEnvRecord({ WMS_DATABASE: database, WMS_KEY: `${directory}/wms.key` }))
      ))
    const [port, metrics] = [yield* Ports.free, yield* Ports.free]
    yield* run("key")
    const sites = ["--sites", `${directory}/sites.json`]
    yield* Effect.forkScoped(run("runner", ...sites, "--port", String(port), "--metrics", String(metrics)))
    const client = yield* Effect.forkScoped(run("client", ...sites, "--pools", `${directory}/pools.json`))
    const table = yield* Accounting.report.pipe(
      Effect.delay("500 millis"),
      Effect.repeat({ until: ([row]) => row?.["pilots"] === 2 }),
      Effect.provide(ClusterStorage.layerSqlite(database))
    )
    assert.deepInclude(table[0], { endpoint, pool: "north", outcome: "Fetched", exit_code: 0, pilots: 2 })
    const page = yield* Effect.flatMap(HttpClient.get(`http://127.0.0.1:${metrics}/metrics`), ({ text }) => text)
    assert.match(page, /htcondor_ce_jobs_submitted_total/)
    yield* Fiber.interrupt(client)
    const printed: Array<unknown> = []
    yield* Effect.updateService(run("report"), Console.Console, (console) => ({
      ...console,
      table: (rows: unknown) => void printed.push(rows)
    }))
    assert.deepStrictEqual(printed, [table])
  }).pipe(
    Effect.scoped,
    Effect.provideService(References.MinimumLogLevel, "Warn"),
    Effect.provide(Layer.mergeAll(
      FetchHttpClient.layer,
      ScheddTransport.layerTools({ byName: true }).pipe(
        Layer.provide(grid),
        Layer.provideMerge(NodeServices.layer)
      )
    ))
  ))
