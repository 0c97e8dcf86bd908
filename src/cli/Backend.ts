/**
 * The backend of the commands: a CE that is reached through HTCondor's tools. Tests provide their own.
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
 * Makes the services of a CE from the values of the flags.
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
 * Makes what a backend needs from the values of the flags: HTCondor's tools, and credentials.
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
 * HTCondor's tools in the directory that the flags name, and the credentials that they name.
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
