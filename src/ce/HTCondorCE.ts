/**
 * An HTCondor-CE as a backend: one layer, with everything that such a compute element can do.
 *
 * @since 0.1.0
 */
import type * as EffectConfig from "effect/Config"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as LayerMap from "effect/LayerMap"
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
   * The limits on output as code says them.
   *
   * @category models
   * @since 0.1.0
   */
  type LimitsInput
} from "./Config.ts"

export {
  /**
   * A compute element in a file, and its schema.
   *
   * @category schemas
   * @since 0.1.0
   */
  NamedSite,
  /**
   * The compute elements of a file, and their schema.
   *
   * @category schemas
   * @since 0.1.0
   */
  Sites,
  /**
   * The configuration of a compute element in a file.
   *
   * @category converting
   * @since 0.1.0
   */
  toConfig as configOf
} from "./Sites.ts"

export {
  /**
   * The value of an attribute that a site asks for.
   *
   * @category schemas
   * @since 0.1.0
   */
  AttributeValue,
  /**
   * How container images are run.
   *
   * @category models
   * @since 0.1.0
   */
  Container,
  /**
   * What a site can do for a payload.
   *
   * @category models
   * @since 0.1.0
   */
  Site
} from "./Site.ts"

/**
 * What an HTCondor-CE can do whichever way output is fetched. It can neither report its load nor show files of running
 * jobs: `LoadReporter` and `Diagnosable` are not here.
 *
 * @category models
 * @since 0.1.0
 */
type Common = Submitter | StatusReporter | Enumerable | Cancellable | Purgeable | Releasable

/**
 * What {@link layer} provides.
 *
 * @category models
 * @since 0.1.0
 */
export type Capabilities = Common | OutputRetriever

/**
 * What {@link layerRetaining} provides.
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
 * It needs a way to its schedd (`ScheddTransport`, by HTCondor's command-line tools), somebody who gives it credentials (`CredentialProvider`),
 * and a file system. It opens no connection by itself: to build the layer does not need the CE.
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
 * The same as {@link layer}, configured from values that are read when the layer is built: by default from the variables that
 * {@link Environment.variables} names, which are those of the command line. `layerConfig(Config.schema(HTCondorCE.Config))`
 * reads every field, from a JSON file for example.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  config: EffectConfig.Config<Config> = Environment.config
): Layer.Layer<Capabilities, Endpoint.InvalidEndpoint | EffectConfig.ConfigError, Needed> =>
  Layer.unwrap(Effect.map(config, layer))

/**
 * The backend for one HTCondor-CE that keeps output: a completed job can be fetched as often as one likes, until it is
 * purged or `retention` is over. Such jobs fill the CE's spool: purge what is no longer needed.
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
 * Many HTCondor-CEs: the backend of each is built when it is first used, shared by all who use it, and released when nobody
 * has used it for `idleTimeToLive` (default 5 minutes).
 *
 * **Details**
 *
 * `config` gives the configuration for a key, which is the endpoint or whatever the program knows a CE by. All share one
 * `ScheddTransport`, which limits the tools of all together, and one `CredentialProvider`, which is asked for each audience. A CE
 * that does not answer takes no room from the others: see `ScheddTransport.layerTools`.
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
    return LayerMap.make((key: K) => Layer.provide(layer(config(key)), shared), {
      idleTimeToLive: options.idleTimeToLive ?? "5 minutes"
    })
  })
