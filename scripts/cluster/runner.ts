/** A runner of a cluster in a separate process. Its orders are its only argument. It ends when its standard input ends. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import { argv, stdin, stdout } from "node:process"
import { BatchEvents, Cluster, ClusterCE, PilotBatch, SecretSealer, SecretSource } from "../../src/cluster/index.ts"
import { type ComputeElements, CondorTool, Credential, ScheddTransport } from "../../src/index.ts"
import { RemoteTools } from "../../src/testing/index.ts"
import { Event, Orders, secretOf, storageOf, timing } from "./Orders.ts"

const encodeEvent = Schema.encodeEffect(Schema.fromJsonString(Event))

const say = (event: typeof Event.Type) =>
  Effect.map(Effect.orDie(encodeEvent(event)), (text) => {
    stdout.write(`${text}\n`)
  })

const abandoned = Effect.callback<void>((resume) => {
  stdin.once("end", () => resume(Effect.void)).resume()
})

const program = Effect.gen(function*() {
  const { database, expiration, keyFile, port, temporaryDirectory, token, tools, ...site } = yield* Schema
    .decodeUnknownEffect(Schema.fromJsonString(Orders))(argv[2])
  const tool = "socket" in tools ? RemoteTools.layer(tools.socket) : CondorTool.layer({ binDirectory: tools.directory })
  const directory: ComputeElements.Directory = (endpoint) => ({
    endpoint,
    ...site,
    temporaryDirectory,
    spoolingGrace: "2 seconds",
    credentials: Credential.layerToken(Redacted.make(token))
  })
  const services = Layer.merge(ClusterCE.layerServer(directory), PilotBatch.layer).pipe(
    Layer.provide(Cluster.layerRunner({
      storage: storageOf(database),
      port,
      sharding: timing(expiration)
    })),
    Layer.provide([
      ScheddTransport.layerTools({ byName: true }),
      SecretSealer.layerFile(keyFile),
      SecretSource.layer((key, copy) => Effect.succeed({ "pilot.token": secretOf(key, copy) })),
      Layer.succeed(BatchEvents.BatchEvents, say)
    ]),
    Layer.provide(tool),
    Layer.provide(NodeServices.layer)
  )
  yield* Effect.scoped(Effect.andThen(Layer.build(services), Effect.andThen(say({ _tag: "Ready" }), abandoned)))
}).pipe(
  Effect.provideService(References.MinimumLogLevel, "Error"),
  Effect.provide(Logger.layer([Logger.withConsoleError(Logger.formatSimple)]))
)

NodeRuntime.runMain(program)
