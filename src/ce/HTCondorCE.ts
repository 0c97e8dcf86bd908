/**
 * The backend for an HTCondor-CE: one layer that provides all capabilities of such a compute element.
 *
 * @since 0.1.0
 */
import type * as EffectConfig from "effect/Config"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as LayerMap from "effect/LayerMap"
import type * as Path from "effect/Path"
import type * as Scope from "effect/Scope"
import type { ScheddTransport } from "../condor/Schedd.ts"
import {
  Cancellable,
  Enumerable,
  OutputRetriever,
  Purgeable,
  Releasable,
  RepeatableOutputRetriever,
  StatusReporter,
  Submitter
} from "../contract/Capability.ts"
import type { CredentialProvider } from "../contract/Credential.ts"
import * as PrivateDirectories from "../files/PrivateDirectories.ts"
import { type Config, type Settings, settings as settingsOf } from "./Config.ts"
import * as Endpoint from "./Endpoint.ts"
import * as Environment from "./Environment.ts"
import * as Session from "./internal/credentials/Session.ts"
import * as Acknowledge from "./internal/fetch/Acknowledge.ts"
import * as Destination from "./internal/fetch/Destination.ts"
import * as Fetch from "./internal/fetch/Fetch.ts"
import * as Departed from "./internal/list/Departed.ts"
import * as List from "./internal/list/List.ts"
import * as RebuildingMap from "./internal/many/RebuildingMap.ts"
import * as Exclusive from "./internal/query/Exclusive.ts"
import * as Release from "./internal/release/Release.ts"
import * as Cancel from "./internal/remove/Cancel.ts"
import * as Withdraw from "./internal/remove/Withdraw.ts"
import * as Status from "./internal/status/Status.ts"
import * as Submit from "./internal/submit/Submit.ts"
import * as Route from "./Route.ts"

export {
  /**
   * The configuration of one backend, and its schema.
   *
   * @category schemas
   * @since 0.1.0
   */
  Config,
  /**
   * The limits on output in code.
   *
   * @category models
   * @since 0.1.0
   */
  type LimitsInput
} from "./Config.ts"

export {
  /**
   * A CE in a configuration file, and its schema.
   *
   * @category schemas
   * @since 0.1.0
   */
  NamedSite,
  /**
   * The CEs of a configuration file, and their schema.
   *
   * @category schemas
   * @since 0.1.0
   */
  Sites,
  /**
   * The configuration of a CE in a file.
   *
   * @category converting
   * @since 0.1.0
   */
  toConfig as configOf
} from "./Sites.ts"

export {
  /**
   * The value of a job attribute that a site requires.
   *
   * @category schemas
   * @since 0.1.0
   */
  AttributeValue,
  /**
   * How a site runs container images.
   *
   * @category models
   * @since 0.1.0
   */
  Container,
  /**
   * The features of a site, and what it requires for each job.
   *
   * @category models
   * @since 0.1.0
   */
  Site
} from "./Site.ts"

/**
 * The capabilities of an HTCondor-CE with either kind of output. A CE can neither report its load nor show files of running jobs,
 * so `LoadReporter` and `Diagnosable` are missing.
 *
 * @category models
 * @since 0.1.0
 */
type Common = Submitter | StatusReporter | Enumerable | Cancellable | Purgeable | Releasable

/**
 * The services that {@link layer} provides.
 *
 * @category models
 * @since 0.1.0
 */
export type Capabilities = Common | OutputRetriever

/**
 * The services that {@link layerRetaining} provides.
 *
 * @category models
 * @since 0.1.0
 */
export type RetainingCapabilities = Common | RepeatableOutputRetriever

type Needed = ScheddTransport | CredentialProvider | FileSystem.FileSystem | Path.Path

const backend = <I, R>(
  config: Config,
  retriever: (
    sessions: Session.Sessions,
    settings: Settings,
    temporary: PrivateDirectories.Temporary,
    local: Destination.Destination,
    release: Acknowledge.Release
  ) => Effect.Effect<Context.Context<I>, never, R>
): Layer.Layer<Common | I, Endpoint.InvalidEndpoint, Needed | R> =>
  Layer.effectContext(
    Effect.gen(function*() {
      const endpoint = yield* Effect.fromResult(Endpoint.make(config.endpoint, config.schedd))
      const route = yield* Effect.fromResult(Route.make(endpoint, config.route, config.formerly))
      const settings = settingsOf(config)
      const temporary = yield* PrivateDirectories.make(settings)
      const local = yield* Destination.make
      const release = yield* Acknowledge.make(yield* Session.make(route, settings), local)
      const { sessions } = release
      const { cancel, purge } = Cancel.make(sessions)
      const exclusively = Exclusive.make()
      const submitter = {
        ...(yield* Submit.make(sessions, settings, temporary, route.grid, exclusively)),
        withdraw: Withdraw.make(sessions, route, exclusively)
      }
      return Context.make(Submitter, submitter).pipe(
        Context.add(StatusReporter, yield* Status.make(sessions)),
        Context.add(Enumerable, { list: List.make(sessions, route), departed: Departed.make(sessions, route) }),
        Context.add(Cancellable, { cancel }),
        Context.add(Purgeable, { purge }),
        Context.add(Releasable, Release.make(sessions)),
        Context.merge(yield* retriever(sessions, settings, temporary, local, release))
      )
    })
  )

/**
 * The backend for one HTCondor-CE that gives output once: a fetched job leaves the CE.
 *
 * **Details**
 *
 * It needs a `ScheddTransport` (usually `ScheddTransport.layer()`, which runs HTCondor's command-line tools), a
 * `CredentialProvider` (see `Credential`), and a file system. Building the layer opens no connection: it also succeeds while the
 * CE is down. It fails with `InvalidEndpoint` if an address in the configuration cannot be used.
 *
 * **Example** (Running a job)
 *
 * ```ts
 * import { NodeServices } from "@effect/platform-node"
 * import { Effect, FileSystem, Layer } from "effect"
 * import { Capability, Credential, HTCondorCE, ScheddTransport, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const CE = HTCondorCE.layer({ endpoint: "ce.example.org", timeout: "90 seconds" }).pipe(
 *   Layer.provide([ScheddTransport.layer(), Credential.layerTokenFile("/run/tokens/ce")]),
 *   Layer.provide(NodeServices.layer)
 * )
 *
 * // Provide `CE` to this program.
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { waitFor } = yield* Capability.StatusReporter
 *   const { fetchOne } = yield* Capability.OutputRetriever
 *   const { handles: [handle] } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   assert.ok(handle)
 *   yield* waitFor([handle], { until: "Terminal" })
 *   const fileSystem = yield* FileSystem.FileSystem
 *   const { exit, stdout } = yield* fetchOne(handle, yield* fileSystem.makeTempDirectoryScoped())
 *   assert.deepStrictEqual(exit, { _tag: "Code", code: 0 })
 *   assert.strictEqual(yield* fileSystem.readFileString(stdout.path), "done\n")
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (config: Config): Layer.Layer<Capabilities, Endpoint.InvalidEndpoint, Needed> =>
  backend(config, (sessions, settings, temporary, local, release) =>
    Effect.map(
      Fetch.make(sessions, settings, temporary, local, release),
      (retriever) => Context.make(OutputRetriever, retriever)
    ))

/**
 * The same as {@link layer}, with a configuration that is read when the layer is built. By default it reads the environment
 * variables of the command line (`Environment.variables`). `Config.schema(HTCondorCE.Config)` reads every field, for example from
 * a JSON file.
 *
 * **Example** (Reading the configuration from a file)
 *
 * ```ts
 * import { Config, ConfigProvider, Effect, Layer } from "effect"
 * import { Capability, Credential, HTCondorCE, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const file: unknown = JSON.parse(`{ "endpoint": "ce.example.org", "timeout": "90 seconds" }`)
 *
 * const CE = HTCondorCE.layerConfig(Config.schema(HTCondorCE.Config)).pipe(
 *   Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(file))),
 *   Layer.provide(Credential.layerToken(FakeSchedd.token("pilot")))
 * )
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   assert.deepStrictEqual(handles.map(({ endpoint }) => endpoint), ["ce.example.org:9619"])
 * }).pipe(Effect.provide(CE))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  config: EffectConfig.Config<Config> = Environment.config
): Layer.Layer<Capabilities, Endpoint.InvalidEndpoint | EffectConfig.ConfigError, Needed> =>
  Layer.unwrap(Effect.map(config, layer))

/**
 * The backend for one HTCondor-CE that keeps output: a completed job can be fetched any number of times, until it is purged or
 * its `retention` is over. Such jobs fill the CE's spool directory: purge jobs that you no longer need.
 *
 * **Example** (Fetching an output twice)
 *
 * ```ts
 * import { Effect, FileSystem, Layer } from "effect"
 * import { Capability, Credential, HTCondorCE, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const CE = HTCondorCE.layerRetaining({ endpoint: "ce.example.org", retention: "2 days" }).pipe(
 *   Layer.provide(Credential.layerToken(FakeSchedd.token("pilot")))
 * )
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { waitFor } = yield* Capability.StatusReporter
 *   const { fetchOne } = yield* Capability.RepeatableOutputRetriever
 *   const { purge } = yield* Capability.Purgeable
 *   const { handles: [handle] } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   assert.ok(handle)
 *   yield* waitFor([handle], { until: "Terminal" })
 *   const directory = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped()
 *   const first = yield* fetchOne(handle, `${directory}/first`)
 *   const second = yield* fetchOne(handle, `${directory}/second`)
 *   assert.notStrictEqual(first.stdout.path, second.stdout.path)
 *   yield* purge([handle])
 *   const gone = yield* Effect.flip(fetchOne(handle, `${directory}/third`))
 *   assert.strictEqual(gone._tag, "OutputMissing")
 * }).pipe(Effect.provide(CE))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerRetaining = (
  config: Config
): Layer.Layer<RetainingCapabilities, Endpoint.InvalidEndpoint, Needed> =>
  backend(config, (sessions, settings, temporary, local) =>
    Effect.map(
      Fetch.makeRepeatable(sessions, settings, temporary, local),
      (retriever) => Context.make(RepeatableOutputRetriever, retriever)
    ))

/**
 * The backends of many HTCondor-CEs. Each is built when it is first used, shared by all callers, and released when no caller has
 * used it for `idleTimeToLive` (default: 5 minutes). If it could not be built, the next use tries again.
 *
 * **When to use**
 *
 * Use it if the program knows the CE of each call. Use `ComputeElements.layer` for calls with handles of several CEs.
 *
 * **Details**
 *
 * `config` returns the configuration for a key: the endpoint, or any other name of the CE in the program. All CEs share one
 * `ScheddTransport`, which limits the tools of all together, and one `CredentialProvider`, which gets the audience of each
 * request. A CE that does not answer does not delay calls to the others: see `ScheddTransport.layerTools`.
 *
 * **Example** (Choosing a CE for each submission)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, Credential, HTCondorCE, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const submission = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   return yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 * })
 *
 * export const program = Effect.gen(function*() {
 *   const backends = yield* HTCondorCE.layerMap((endpoint: string) => ({ endpoint, retention: "2 days" }))
 *   const { handles } = yield* Effect.provide(submission, backends.get("ce.example.org"))
 *   assert.strictEqual(handles.length, 1)
 * }).pipe(Effect.provide(Credential.layerToken(FakeSchedd.token("pilot"))))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const layerMap = <K>(
  config: (key: K) => Config,
  options: { readonly idleTimeToLive?: Duration.Input | undefined } = {}
): Effect.Effect<
  LayerMap.LayerMap<K, Capabilities, Endpoint.InvalidEndpoint>,
  never,
  Needed | Scope.Scope
> =>
  Effect.suspend(() => {
    const shared = PrivateDirectories.layerShared()
    return RebuildingMap.make((key: K) => Layer.provide(layer(config(key)), shared), {
      idleTimeToLive: options.idleTimeToLive ?? "5 minutes"
    })
  })
