/** The small workload management system, in one process and in virtual time. */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, FileSystem, Layer, Metric, Redacted, Schema } from "effect"
import { HTCondorCE } from "effect-htcondor-ce"
import { Cluster, ClusterStorage } from "effect-htcondor-ce/cluster"
import { FakeGrid, FakeSchedd, TimeLapse } from "effect-htcondor-ce/testing"
import { FetchHttpClient, HttpClient } from "effect/http"
import { metrics } from "../../../examples/observability/prometheus.ts"
import * as Accounting from "../../../examples/wms/Accounting.ts"
import * as Grid from "../../../examples/wms/Grid.ts"
import { ownSealer, page, server } from "../../../examples/wms/main.ts"
import { keep } from "../../../examples/wms/Pools.ts"
import * as Ports from "../../cluster/Ports.ts"
import * as Site from "../Site.ts"

const endpoints = ["ce-0.example.org:9619", "ce-1.example.org:9619"]

// Pilots of twenty minutes, of which every third fails.
const grid = FakeGrid.layer(
  Object.fromEntries(endpoints.map((endpoint) => [endpoint, {
    slots: 2,
    payload: ({ id }: FakeSchedd.PayloadJob) => ({
      duration: "20 minutes",
      exit: { code: Number(id.split(".")[0]) % 3 === 2 ? 1 : 0 }
    })
  }]))
).pipe(Layer.provideMerge(NodeServices.layer))

const pools = ({ directory, executable }: Effect.Success<typeof Site.workplace>) =>
  endpoints.map((endpoint, index) => ({
    endpoint,
    pool: {
      name: `pool-${index}`,
      site: `site-${index}`,
      pilots: 3,
      patience: Duration.days(1),
      output: `${directory}/output`,
      spec: { executable }
    }
  }))

// The time of a test is virtual, but the work of the engine in each second takes real time.
const sharding = {
  entityMessagePollInterval: "20 seconds",
  entityReplyPollInterval: "20 seconds",
  shardLockRefreshInterval: "20 seconds",
  refreshAssignmentsInterval: "20 seconds"
} as const

/** The process over a new database, until it ends. */
const life = (directory: string) =>
  Layer.unwrap(Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const idToken = `${directory}/ce.token`
    yield* fileSystem.writeFileString(idToken, Redacted.value(FakeSchedd.token("pilot")), { mode: 0o600 })
    const sites = endpoints.map((endpoint, index) => [`site-${index}`, { endpoint, credentials: { idToken } }] as const)
    return server({ sites: Object.fromEntries(sites) })
  })).pipe(
    Layer.provideMerge([Cluster.layerSingle({ storage: ClusterStorage.layerSqlite(":memory:"), sharding }), ownSealer]),
    Layer.fresh
  )

const queued = Effect.flatMap(
  FakeGrid.FakeGrid,
  ({ all }) => Effect.forEach(all, (fake) => Effect.map(fake.queue, (ads) => ads.length))
)

/** All jobs that were ever submitted. */
const submitted = Effect.flatMap(
  FakeGrid.FakeGrid,
  ({ all }) =>
    Effect.forEach(all, (fake) => Effect.map(Effect.all([fake.queue, fake.history]), (jobs) => jobs.flat().length))
)

const output = (directory: string) =>
  Effect.map(
    Effect.flatMap(FileSystem.FileSystem, ({ readDirectory }) => readDirectory(`${directory}/output`)),
    (names) => names.filter((name) => name.startsWith("pool-"))
  )

const long = { step: "5 seconds", longest: "1 minute" } as const

describe("wms", () => {
  it.effect("reads its files, and refuses a pool of an unknown site", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const read = (name: string) => fileSystem.readFileString(`examples/wms/${name}.json`)
      const sites = yield* Schema.decodeEffect(Schema.fromJsonString(HTCondorCE.Sites))(yield* read("sites"))
      const pools = yield* Schema.decodeEffect(Schema.fromJsonString(Grid.Pools))(yield* read("pools"))
      const located = yield* Grid.located(sites, pools)
      assert.deepStrictEqual(located.map(({ endpoint }) => endpoint), [
        "ce.north.example.org:9619",
        "ce.south.example.org:9619"
      ])
      const directory = yield* Grid.directory(sites)
      assert.deepStrictEqual(located.map(({ endpoint }) => directory(endpoint)?.token), ["IdToken", "SciToken"])
      assert.include((yield* Effect.flip(Grid.located({ sites: {} }, pools))).message, "north")
    }).pipe(Effect.provide(NodeServices.layer)))

  it.live("its page answers only at its own address", () =>
    Effect.gen(function*() {
      const port = yield* Ports.free
      yield* Layer.build(page("127.0.0.1", port))
      const answer = (host: string) => Effect.exit(HttpClient.get(`http://${host}:${port}/metrics`))
      assert.isTrue(Exit.isSuccess(yield* answer("127.0.0.1")))
      assert.isTrue(Exit.isFailure(yield* answer("127.0.0.2")))
    }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)))

  it.effect("keeps the pilots of each pool, accounts for them, and drains", () =>
    Effect.gen(function*() {
      const place = yield* Site.workplace
      const table = yield* TimeLapse.run(
        Effect.gen(function*() {
          const running = yield* Effect.forkChild(keep(pools(place)))
          yield* Effect.sleep("25 minutes")
          assert.deepStrictEqual(yield* queued, [3, 3])
          const page = yield* HttpClient.get("/metrics").pipe(Effect.flatMap(({ text }) => text))
          assert.match(page, /htcondor_ce_jobs_submitted_total\{endpoint="ce-0.example.org:9619",adopted="false"\} \d/)
          assert.match(page, /effect_cluster_entities\{type="HTCondorCE\/1"\} 2/)
          // At each site two pilots run, and one waits.
          yield* Fiber.interrupt(running)
          return yield* Accounting.report
        }).pipe(Effect.provide(Layer.merge(life(place.directory), metrics))),
        long
      )
      yield* TimeLapse.pass("1 minute")
      assert.deepStrictEqual(yield* queued, [2, 2])
      const ended = (yield* submitted).map((count) => count - 3)
      const rows = endpoints.map((endpoint) => table.filter((row) => row["endpoint"] === endpoint))
      assert.deepStrictEqual(
        rows.map((some) => some.reduce((sum, { pilots }) => sum + Number(pilots), 0)),
        ended
      )
      assert.deepStrictEqual(new Set(table.map((row) => row["exit_code"])), new Set([0, 1]))
      assert.lengthOf(yield* output(place.directory), ended.reduce((sum, count) => sum + count, 0))
    }).pipe(
      Effect.provide(NodeHttpServer.layerTest),
      Effect.provideService(Metric.MetricRegistry, new Map()),
      Effect.scoped,
      Effect.provide(grid)
    ))

  it.effect("continues after its database was lost, and fills the table again", () =>
    Effect.gen(function*() {
      const place = yield* Site.workplace
      const lived = (time: Duration.Input) =>
        TimeLapse.run(
          Effect.gen(function*() {
            const running = yield* Effect.forkChild(keep(pools(place)))
            yield* Effect.sleep(time)
            const queue = yield* queued
            yield* Fiber.interrupt(running)
            return { queue, table: yield* Accounting.report }
          }).pipe(Effect.provide(life(place.directory))),
          long
        )
      const first = yield* lived("25 minutes")
      assert.deepStrictEqual(first.queue, [3, 3])
      const before = yield* output(place.directory)
      const second = yield* lived("25 minutes")
      assert.deepStrictEqual(second.queue, [3, 3])
      const after = yield* output(place.directory)
      assert.includeMembers([...after], [...before])
      // Each output exists once, and each has its line in the table.
      const pilots = second.table.filter(({ outcome }) => outcome === "Fetched").map(({ pilots }) => Number(pilots))
      assert.strictEqual(pilots.reduce((sum, count) => sum + count, 0), after.length)
      assert.isAbove(after.length, before.length)
      yield* TimeLapse.pass("1 minute")
      assert.deepStrictEqual(yield* queued, [2, 2])
    }).pipe(Effect.scoped, Effect.provide(grid)))
})
