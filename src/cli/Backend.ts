/**
 * What the commands talk to: a compute element by HTCondor's tools, or whatever a test puts in its place.
 *
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import type { InvalidEndpoint } from "../ce/Endpoint.ts"
import * as HTCondorCE from "../ce/HTCondorCE.ts"
import * as ScheddTransport from "../ce/ScheddTransport.ts"
import * as CondorTool from "../condor/tools/CondorTool.ts"
import type * as Credential from "../credentials/Credential.ts"
import * as Connection from "./Connection.ts"

/**
 * What stands between the commands and a compute element.
 *
 * @category models
 * @since 0.1.0
 */
export type Backend = (connection: Connection.Connection) => Layer.Layer<
  HTCondorCE.Capabilities,
  InvalidEndpoint | Config.ConfigError,
  FileSystem.FileSystem | Path.Path | ChildProcessSpawner.ChildProcessSpawner
>

/**
 * What a backend needs: HTCondor's tools, and credentials.
 *
 * @category models
 * @since 0.1.0
 */
export type Services = (connection: Connection.Connection) => Layer.Layer<
  CondorTool.CondorTool | Credential.CredentialProvider,
  Config.ConfigError,
  FileSystem.FileSystem | Path.Path | ChildProcessSpawner.ChildProcessSpawner
>

/**
 * The tools where they are, and the credentials that were named.
 *
 * @category layers
 * @since 0.1.0
 */
export const services: Services = (connection) =>
  Layer.merge(
    CondorTool.layer({ binDirectory: connection.condorBin, confine: connection.confine }),
    Connection.credentials(connection)
  )

/**
 * The backend for a real HTCondor-CE.
 *
 * @category layers
 * @since 0.1.0
 */
export const backend: Backend = (connection) =>
  HTCondorCE.layer(Connection.config(connection)).pipe(
    Layer.provide(ScheddTransport.layerTools()),
    Layer.provide(services(connection))
  )
