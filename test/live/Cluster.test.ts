/** The contract through a cluster: a client and a runner in separate processes, TCP between them, and real tools. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer } from "effect"
import { Cluster, ClusterCE, ClusterStorage } from "../../src/cluster/index.ts"
import { Capability, CondorTool, ScheddTransport } from "../../src/index.ts"
import { ContractSuite, Harness } from "../../src/testing/index.ts"
import * as Ports from "../cluster/Ports.ts"
import { sealer } from "../testing/FakeSite.ts"
import { isLong } from "../Volume.ts"
import * as Site from "./Site.ts"
import { configuration, Stack, type Version, versions } from "./Stack.ts"

// Each way in which values cross the wire. The backend behind the cluster has its own suite.
const crossing = [
  "submit: gives each copy",
  "withdraw",
  "submit: refuses",
  "watch",
  "deposit",
  "fetch: has one outcome",
  "cancel: has one outcome",
  "Enumerable: list",
  "RepeatableOutputRetriever"
]
const checks = ContractSuite.checks.filter(({ name }) => isLong || crossing.some((one) => name.startsWith(one)))

const clustered = (calls: Array<string>) =>
  Layer.unwrap(Effect.gen(function*() {
    const { binDirectory, config, credentials } = yield* Stack
    const fileSystem = yield* FileSystem.FileSystem
    const file = (name: string) =>
      Effect.map(fileSystem.makeTempDirectoryScoped({ prefix: `cluster-${name}-` }), (directory) =>
        ClusterStorage.layerSqlite(`${directory}/db`))
    const tools = ScheddTransport.layerTools({}).pipe(
      Layer.provide(Site.recorded(calls)),
      Layer.provide(CondorTool.layer({ binDirectory }))
    )
    const directory = () => ({ ...config, credentials })
    const cluster = Effect.fnUntraced(function*<A, E, R>(
      name: string,
      services: Layer.Layer<A, E, R>,
      server: typeof ClusterCE.layerServer
    ) {
      const storage = yield* file(name)
      const runner = server(directory).pipe(Layer.provide(Cluster.layerRunner({ storage, port: yield* Ports.free })))
      return Layer.provide(services, Cluster.layerClient({ storage })).pipe(Layer.provide(runner))
    })
    return Layer.effect(Capability.RepeatableOutputRetriever, Capability.RepeatableOutputRetriever).pipe(
      Layer.provide(
        yield* cluster("retaining", ClusterCE.layerRetaining(config.endpoint), ClusterCE.layerServerRetaining)
      ),
      Layer.merge(yield* cluster("once", ClusterCE.layer(config.endpoint), ClusterCE.layerServer)),
      Layer.provide(tools)
    )
  })).pipe(Layer.provide(sealer))

const onStack = (version: Version) => {
  const calls: Array<string> = []
  return Layer.mergeAll(clustered(calls), Site.harness(calls)).pipe(
    Layer.provideMerge(Stack.layer(version)),
    Layer.provideMerge(NodeServices.layer)
  )
}

// Versions of HTCondor and credentials make no difference to the cluster.
const here = configuration === "basic" ? versions.filter((version) => isLong || version === "latest") : []

if (here.length === 0) it.skip("contract suite through a cluster: a short run has it on latest", () => {})

for (const version of here) {
  it.layer(onStack(version), { excludeTestServices: true, timeout: "60 seconds" })(
    `contract suite through a cluster on ${version}`,
    (it) => {
      describe.concurrent("checks", () => {
        it.effect("suite: has each check that is chosen here", () =>
          Effect.sync(() => assert.strictEqual(checks.length, isLong ? ContractSuite.checks.length : crossing.length)))
        for (const check of checks) {
          it.effect(check.name, (context) =>
            Effect.gen(function*() {
              const result = yield* Effect.tapError(check.run, () => Effect.flatMap(Site.words, Effect.logError))
              if (result.skipped !== undefined) context.skip(result.skipped)
            }))
        }
      })

      describe("afterwards", () => {
        it.effect("jobs and files: nothing is left in the queue, in the spool, in the pool or on this host", () =>
          Effect.gen(function*() {
            const harness = yield* Harness.Harness
            assert.deepStrictEqual(yield* harness.residue, [])
          }))
      })
    }
  )
}
