/**
 * An HTCondor-CE as a backend: one layer, with everything that such a compute element can do.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import type { CondorTool } from "../condor/CondorTool.ts"
import {
  Cancellable,
  OutputRetriever,
  Purgeable,
  RepeatableOutputRetriever,
  StatusReporter,
  Submitter
} from "../contract/Capability.ts"
import type { CredentialProvider } from "../contract/Credential.ts"
import * as Cancel from "./Cancel.ts"
import { type Config, type Settings, settings } from "./Config.ts"
import * as Endpoint from "./Endpoint.ts"
import * as Retrieve from "./Retrieve.ts"
import * as Session from "./Session.ts"
import * as Status from "./Status.ts"
import * as Submit from "./Submit.ts"
import * as Temporary from "./Temporary.ts"

export type {
  /**
   * The configuration of one backend.
   *
   * @category models
   * @since 0.1.0
   */
  Config
} from "./Config.ts"

/**
 * What an HTCondor-CE can do whichever way output is fetched. It can neither report its load nor show files of running
 * jobs: `LoadReporter` and `Diagnosable` are not here.
 *
 * @category models
 * @since 0.1.0
 */
type Common = Submitter | StatusReporter | Cancellable | Purgeable

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

type Needed = CondorTool | CredentialProvider | FileSystem.FileSystem | Path.Path

const backend = <I, R>(
  config: Config,
  retriever: (
    sessions: Session.Sessions,
    settings: Settings,
    temporary: Temporary.Temporary
  ) => Effect.Effect<Context.Context<I>, never, R>
): Layer.Layer<Common | I, Endpoint.InvalidEndpoint, Needed | R> =>
  Layer.effectContext(
    Effect.gen(function*() {
      const endpoint = yield* Effect.fromResult(Endpoint.make(config.endpoint, config.schedd))
      const complete = settings(config)
      const temporary = yield* Temporary.make(complete)
      const sessions = yield* Session.make(endpoint, complete, temporary)
      const { cancel, purge } = Cancel.make(sessions)
      return Context.make(Submitter, yield* Submit.make(sessions, complete, temporary)).pipe(
        Context.add(StatusReporter, yield* Status.make(sessions)),
        Context.add(Cancellable, { cancel }),
        Context.add(Purgeable, { purge }),
        Context.merge(yield* retriever(sessions, complete, temporary))
      )
    })
  )

/**
 * The backend for one HTCondor-CE that gives output once: a fetched job leaves the CE.
 *
 * **Details**
 *
 * It needs HTCondor's command-line tools (`CondorTool.layer`), somebody who gives it credentials (`CredentialProvider`),
 * and a file system. It opens no connection by itself: to build the layer does not need the CE.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (config: Config): Layer.Layer<Capabilities, Endpoint.InvalidEndpoint, Needed> =>
  backend(
    config,
    (sessions, settings, temporary) =>
      Effect.map(Retrieve.make(sessions, settings, temporary), (retriever) => Context.make(OutputRetriever, retriever))
  )

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
  backend(config, (sessions, settings, temporary) =>
    Effect.map(
      Retrieve.makeRepeatable(sessions, settings, temporary),
      (retriever) => Context.make(RepeatableOutputRetriever, retriever)
    ))
