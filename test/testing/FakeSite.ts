/** The library's backend in front of a fake schedd, and a harness for the fake. */
import { Context, Effect, FileSystem, Layer, type Path, type Redacted } from "effect"
import { TestRunner } from "effect/cluster"
import type * as ClassAd from "../../src/classad/ClassAd.ts"
import * as Printer from "../../src/classad/Printer.ts"
import * as ClusterCE from "../../src/cluster/ClusterCE.ts"
import * as SecretSealer from "../../src/cluster/SecretSealer.ts"
import {
  Capability,
  ComputeElements,
  type CondorTool,
  Credential,
  Endpoint,
  type HTCondorCE,
  type JobHandle,
  ScheddTransport
} from "../../src/index.ts"
import { FakeSchedd, Harness } from "../../src/testing/index.ts"
import * as Backend from "./Backend.ts"
import * as ForeignJob from "./ForeignJob.ts"
import { leftover } from "./Leftover.ts"

/** The directory for the temporary files of a test's backends. */
export class Temporary extends Context.Service<Temporary, { readonly directory: string }>()("test/testing/Temporary") {
  static readonly layer = Layer.effect(
    Temporary,
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      // Files that tests write beside it are removed, too.
      const directory = `${yield* fileSystem.makeTempDirectoryScoped({ prefix: "fake-site-" })}/temporary`
      yield* fileSystem.makeDirectory(directory, { mode: 0o700 })
      return { directory }
    })
  )
}

/** Both backends of one CE in one layer. Their retrievers are different services. */
export const bothWays = (config: HTCondorCE.Config) =>
  Layer.effect(Capability.RepeatableOutputRetriever, Capability.RepeatableOutputRetriever).pipe(
    Layer.provide(Backend.layerRetaining(config)),
    Layer.merge(Backend.layer(config))
  )

/** The address of a fake that is a submit host. */
export const submitHost = "submit.example.org:9618"

/** The configuration of a backend that reaches its CE through {@link submitHost}. */
export const bySubmitHost: Partial<HTCondorCE.Config> = {
  endpoint: "ce.example.org",
  schedd: "ce@local",
  route: { _tag: "Grid", pool: submitHost }
}

/** The backend of a user of the fake. */
export const backend = (
  config: Partial<HTCondorCE.Config> = {},
  token: Redacted.Redacted<string> = FakeSchedd.token("pilot")
) =>
  Layer.unwrap(Effect.gen(function*() {
    const { endpoint, schedd } = yield* FakeSchedd.FakeSchedd
    const { directory } = yield* Temporary
    return bothWays({ endpoint, schedd, temporaryDirectory: directory, ...config }).pipe(
      Layer.provide(Credential.layerToken(token))
    )
  }))

/** The fake as a compute element of a directory. */
export const element = Effect.gen(function*() {
  const { endpoint, schedd } = yield* FakeSchedd.FakeSchedd
  const { directory: temporaryDirectory } = yield* Temporary
  return { endpoint, schedd, temporaryDirectory, credentials: Credential.layerToken(FakeSchedd.token("pilot")) }
})

/** The same backend, through `ComputeElements` with one CE. */
export const amongMany = (config: Partial<HTCondorCE.Config> = {}) =>
  Layer.unwrap(Effect.gen(function*() {
    const fake = yield* element
    const { endpoint } = fake
    const directory: ComputeElements.Directory = (name) => name === endpoint ? { ...fake, ...config } : undefined
    const own = Layer.unwrap(Effect.map(ComputeElements.ComputeElements, ({ at }) => at(endpoint)))
    return Layer.effect(Capability.RepeatableOutputRetriever, Capability.RepeatableOutputRetriever).pipe(
      Layer.provide(ComputeElements.layerRetaining(directory)),
      Layer.merge(Layer.provideMerge(own, ComputeElements.layer(directory)))
    )
  })).pipe(Layer.provide(ScheddTransport.layerTools({ byName: true })))

/** A sealer with a new key. */
export const sealer = Layer.unwrap(
  Effect.map(Effect.orDie(SecretSealer.generateKey("test")), (key) => SecretSealer.layer([key]))
)

/** The same backend, through a cluster of one runner. Each of the two retrievers has its own cluster. */
export const clustered = (config: Partial<HTCondorCE.Config> = {}) =>
  Layer.unwrap(Effect.gen(function*() {
    const fake = yield* element
    const { endpoint } = fake
    const { address } = yield* Effect.fromResult(Endpoint.make(endpoint))
    const directory: ComputeElements.Directory = (name) => name === address ? { ...fake, ...config } : undefined
    return Layer.effect(Capability.RepeatableOutputRetriever, Capability.RepeatableOutputRetriever).pipe(
      Layer.provide(ClusterCE.layerRetaining(endpoint)),
      Layer.provide(ClusterCE.layerServerRetaining(directory)),
      Layer.provide(Layer.fresh(TestRunner.layer)),
      Layer.merge(
        ClusterCE.layer(endpoint).pipe(
          Layer.provide(ClusterCE.layerServer(directory)),
          Layer.provide(Layer.fresh(TestRunner.layer))
        )
      ),
      Layer.provide(ScheddTransport.layerTools({ byName: true }))
    )
  })).pipe(Layer.provide(sealer))

const printed = (ads: ReadonlyArray<ClassAd.ClassAd>): string => ads.map((ad) => Printer.print(ad)).join("\n")

/** The jobs and files that are left at the fake, and the temporary files of the backend. */
export const residue = Effect.gen(function*() {
  const fake = yield* FakeSchedd.FakeSchedd
  const { directory } = yield* Temporary
  const fileSystem = yield* FileSystem.FileSystem
  return [
    ...(yield* fake.queue).map((ad) => `queue: ${Printer.print(ad)}`),
    ...(yield* fake.leftAtCE).map((job) => `CE: a copy of ${job}`),
    ...(yield* fake.spool).map((file) => `spool: ${file}`),
    ...leftover(yield* fileSystem.readDirectory(directory), 2).map((name) => `temporary: ${name}`)
  ]
})

type Services = FakeSchedd.FakeSchedd | CondorTool.CondorTool | FileSystem.FileSystem | Path.Path | Temporary

export const harness = (config: Partial<HTCondorCE.Config> = {}) =>
  Layer.effect(
    Harness.Harness,
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const context = yield* Effect.context<Services>()
      const foreignJob = ForeignJob.foreignJob(
        Layer.provide(backend(config, FakeSchedd.token("other")), Layer.succeedContext(context))
      )
      return {
        observable: Effect.fnUntraced(function*() {
          const calls = yield* fake.calls
          return [
            { where: "the job ads", text: printed(yield* fake.queue) },
            { where: "the history", text: printed(yield* fake.history) },
            {
              where: "the command line or environment of a tool",
              text: calls.map(({ args, environment, tool }) =>
                [tool, ...args, ...Object.entries(environment).map(([name, value]) => `${name}=${String(value)}`)].join(
                  "\n"
                )
              ).join("\n")
            }
          ]
        }),
        foreignJob,
        holdBySite: (handle: JobHandle.JobHandle) =>
          Effect.asVoid(fake.hold(handle.job, { reason: "held by the site" })),
        bringsHeldOutput: config.route?._tag !== "Grid",
        residue: Effect.provideContext(residue, context)
      }
    })
  )
