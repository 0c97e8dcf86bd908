/**
 * The global flags: which compute element, with which credential and which tools.
 *
 * @since 0.1.0
 */
import * as Flag from "effect/cli/Flag"
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Schema from "effect/Schema"
import type { InvalidEndpoint } from "../ce/Endpoint.ts"
import * as HTCondorCE from "../ce/HTCondorCE.ts"
import type { Site } from "../ce/Site.ts"
import * as CondorTool from "../condor/CondorTool.ts"
import * as Credential from "../contract/Credential.ts"
import { UsageError } from "./Failure.ts"

const text = (name: string, variable: string, metavar: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withFallbackConfig(Config.String(variable)),
    Flag.optional,
    Flag.map(Option.filter((value) => value !== "")),
    Flag.withMetavar(metavar),
    Flag.withDescription(`${description} [${variable}]`)
  )

/**
 * A duration on the command line.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Seconds = Schema.FiniteFromString.check(
  Schema.isBetween({ minimum: 0.1, maximum: 1_000_000 }, { expected: "a number of seconds, at least 0.1" })
)

/**
 * The flags that every command takes, each with its environment variable.
 *
 * @category constants
 * @since 0.1.0
 */
export const flags = {
  ce: text("ce", "HTCONDOR_CE_ENDPOINT", "HOST:PORT", "The HTCondor-CE; the port is 9619 unless given"),
  schedd: text("schedd", "HTCONDOR_CE_SCHEDD", "NAME", "The name of its schedd; the host unless given"),
  tokenFile: text("token-file", "HTCONDOR_CE_TOKEN_FILE", "FILE", "The file with the token to show"),
  condorBin: text("condor-bin", "HTCONDOR_CE_CONDOR_BIN", "DIR", "Where HTCondor's tools are; PATH unless given"),
  timeout: text("timeout", "HTCONDOR_CE_TIMEOUT", "SECONDS", "How long one tool may take to answer; 60 unless given"),
  json: Flag.Boolean("json").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Print one JSON document on stdout")
  )
}

/**
 * The values of the global flags.
 *
 * @category models
 * @since 0.1.0
 */
export interface Flags {
  readonly ce: Option.Option<string>
  readonly schedd: Option.Option<string>
  readonly tokenFile: Option.Option<string>
  readonly condorBin: Option.Option<string>
  readonly timeout: Option.Option<string>
  readonly json: boolean
}

/**
 * A compute element and how to talk to it. Paths are absolute.
 *
 * @category models
 * @since 0.1.0
 */
export interface Connection {
  readonly endpoint: string
  readonly schedd: string | undefined
  readonly tokenFile: string
  readonly condorBin: string | undefined
  readonly timeout: Duration.Duration | undefined
  readonly site?: Site
}

const decodeSeconds = Schema.decodeEffect(Seconds)

const needed = (value: Option.Option<string>, what: string) =>
  Effect.mapError(Effect.fromOption(value), () => new UsageError({ detail: what }))

/**
 * What the flags say together.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromFlags = Effect.fnUntraced(function*(
  values: Flags
): Effect.fn.Return<Connection, UsageError, Path.Path> {
  const path = yield* Path.Path
  const endpoint = yield* needed(values.ce, "which compute element? Give --ce HOST:PORT or HTCONDOR_CE_ENDPOINT")
  const tokenFile = yield* needed(values.tokenFile, "which token? Give --token-file FILE or HTCONDOR_CE_TOKEN_FILE")
  const timeout = yield* Effect.transposeOption(Option.map(values.timeout, (value) => decodeSeconds(value))).pipe(
    Effect.mapError((error) => new UsageError({ detail: `--timeout or HTCONDOR_CE_TIMEOUT: ${error.message}` }))
  )
  return {
    endpoint,
    schedd: Option.getOrUndefined(values.schedd),
    tokenFile: path.resolve(tokenFile),
    condorBin: Option.getOrUndefined(Option.map(values.condorBin, (directory) => path.resolve(directory))),
    timeout: Option.getOrUndefined(Option.map(timeout, Duration.seconds))
  }
})

/**
 * What stands between the commands and a compute element.
 *
 * @category models
 * @since 0.1.0
 */
export type Backend = (connection: Connection) => Layer.Layer<
  HTCondorCE.Capabilities,
  InvalidEndpoint | Config.ConfigError,
  FileSystem.FileSystem | Path.Path | ChildProcessSpawner.ChildProcessSpawner
>

/**
 * The backend for a real HTCondor-CE.
 *
 * @category layers
 * @since 0.1.0
 */
export const backend: Backend = ({ condorBin, endpoint, schedd, site, timeout, tokenFile }) =>
  HTCondorCE.layer({ endpoint, schedd, timeout, ...site }).pipe(
    Layer.provide([CondorTool.layer({ binDirectory: condorBin }), Credential.layerTokenFile(tokenFile)])
  )
