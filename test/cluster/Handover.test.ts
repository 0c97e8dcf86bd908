/** Batches whose compute elements are handed over, by an owner that goes on. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Context, Effect, Fiber, FileSystem, Layer } from "effect"
import { BatchEvents, Cluster, ClusterCE, ClusterStorage, PilotBatch, SecretSource } from "../../src/cluster/index.ts"
import { CondorTool, Credential, ScheddTransport, SubmissionKey } from "../../src/index.ts"
import { FakeGrid, FakeSchedd } from "../../src/testing/index.ts"
import { sealer } from "../testing/FakeSite.ts"
import * as Ports from "./Ports.ts"
import { quiet, sharding } from "./StorageChecks.ts"

const endpoints = Array.from({ length: 8 }, (_, index) => `ce${index}.example.org:9619`)

const grid = FakeGrid.layer(Object.fromEntries(endpoints.map((endpoint) => [endpoint, {
  payload: () => ({ duration: "4 seconds" }),
  spoolDelay: 0,
  startDelay: 0
}])))

it.live("a batch that waits ends, also where its compute element is given to a runner that joins", () =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const directory = yield* fileSystem.makeTempDirectoryScoped()
    const executable = `${directory}/pilot.sh`
    yield* fileSystem.writeFileString(executable, "#!/bin/sh\n")
    const storage = () => ClusterStorage.layerSqlite(`${directory}/cluster.sqlite`)
    const tool = Layer.succeed(CondorTool.CondorTool, Context.get(yield* Layer.build(grid), CondorTool.CondorTool))
    const owners = new Map<string, ReadonlyArray<string>>()
    const runner = Effect.fnUntraced(function*(name: string) {
      yield* Layer.build(Layer.fresh(
        Layer.merge(
          ClusterCE.layerServer((endpoint) => ({
            endpoint,
            temporaryDirectory: directory,
            credentials: Credential.layerToken(FakeSchedd.token("pilot"))
          })),
          PilotBatch.layer
        ).pipe(
          Layer.provide(Cluster.layerRunner({ storage: storage(), sharding, port: yield* Ports.free })),
          Layer.provide([
            sealer,
            ScheddTransport.layerTools({ byName: true }).pipe(Layer.provide(tool)),
            SecretSource.layerNone,
            Layer.succeed(BatchEvents.BatchEvents, (event) =>
              Effect.sync(() => {
                if (event._tag === "Moved") owners.set(event.endpoint, [...owners.get(event.endpoint) ?? [], name])
              }))
          ])
        )
      ))
    })
    yield* runner("first")
    const batches = yield* Effect.forEach(endpoints, (endpoint) =>
      Effect.map(SubmissionKey.generate, (key) => ({
        endpoint,
        key,
        spec: { executable },
        copies: [{}] as const,
        destination: `${directory}/output`
      })))
    const working = yield* Effect.forEach(batches, PilotBatch.execute, { concurrency: "unbounded" }).pipe(
      Effect.provide(Cluster.layerClient({ storage: storage(), sharding })),
      Effect.forkChild
    )
    yield* Effect.repeat(Effect.sync(() => owners.size), { until: (size) => size === endpoints.length })
    yield* runner("second")
    const ended = yield* Fiber.join(working)
    assert.deepStrictEqual(
      ended.map(({ jobs }) => jobs.map(({ _tag }) => _tag)),
      endpoints.map(() => ["Fetched"])
    )
    const moved = Array.from(owners.values()).filter((names) => names.join() === "first,second")
    assert.isAbove(moved.length, 0)
  }).pipe(Effect.scoped, quiet, Effect.provide(NodeServices.layer)))
