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
import * as ScheddTransport from "../ce/ScheddTransport.ts"
import type { Site } from "../ce/Site.ts"
import * as CondorTool from "../condor/tools/CondorTool.ts"
import * as Credential from "../credentials/Credential.ts"
import * as TokenDiscovery from "../credentials/TokenDiscovery.ts"
import { UsageError } from "./Failure.ts"

/**
 * A flag that an environment variable stands in for. An empty value is none.
 *
 * @category constructors
 * @since 0.1.0
 */
export const text = (name: string, variable: string, metavar: string, description: string) =>
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
 * @category models
 * @since 0.1.0
 */
export type Seconds = typeof Seconds.Type

/**
 * The flags that every command takes, each with its environment variable.
 *
 * @category constants
 * @since 0.1.0
 */
export const flags = {
  ce: text("ce", "HTCONDOR_CE_ENDPOINT", "HOST:PORT", "The HTCondor-CE; the port is 9619 unless given"),
  schedd: text("schedd", "HTCONDOR_CE_SCHEDD", "NAME", "The name of its schedd; the host unless given"),
  localPool: text(
    "local-pool",
    "HTCONDOR_CE_LOCAL_POOL",
    "HOST:PORT",
    "The submit host by which jobs go to the CE (grid universe); they are submitted to the CE itself unless given"
  ),
  localSchedd: text(
    "local-schedd",
    "HTCONDOR_CE_LOCAL_SCHEDD",
    "NAME",
    "The name of the submit host's schedd; the host unless given"
  ),
  tokenFile: text(
    "token-file",
    "HTCONDOR_CE_TOKEN_FILE",
    "FILE",
    "The file with the token to show; a SciToken is looked for as WLCG has it (BEARER_TOKEN, ...) unless given"
  ),
  tokenKind: text("token-kind", "HTCONDOR_CE_TOKEN_KIND", "KIND", "What is in it: idtoken (unless given) or scitoken"),
  proxyFile: text("proxy-file", "HTCONDOR_CE_PROXY_FILE", "FILE", "The X.509 proxy certificate that jobs take along"),
  audience: text(
    "audience",
    "HTCONDOR_CE_AUDIENCE",
    "TEXT",
    "The audience of tokens for the CE; HOST:PORT unless given"
  ),
  caFile: text("ca-file", "HTCONDOR_CE_CA_FILE", "FILE", "Who may have signed the CE's host certificate"),
  caDirectory: text("ca-directory", "HTCONDOR_CE_CA_DIRECTORY", "DIR", "The same, as a directory of certificates"),
  condorBin: text("condor-bin", "HTCONDOR_CE_CONDOR_BIN", "DIR", "Where HTCondor's tools are; PATH unless given"),
  timeout: text("timeout", "HTCONDOR_CE_TIMEOUT", "SECONDS", "How long one tool may take to answer; 60 unless given"),
  confine: Flag.Boolean("confine").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Let a tool write to its own directory and to nothing else, by bwrap (bubblewrap)")
  ),
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
  readonly localPool: Option.Option<string>
  readonly localSchedd: Option.Option<string>
  readonly tokenFile: Option.Option<string>
  readonly tokenKind: Option.Option<string>
  readonly proxyFile: Option.Option<string>
  readonly audience: Option.Option<string>
  readonly caFile: Option.Option<string>
  readonly caDirectory: Option.Option<string>
  readonly condorBin: Option.Option<string>
  readonly timeout: Option.Option<string>
  readonly confine: boolean
  readonly json: boolean
}

/**
 * A compute element and how to talk to it. Paths are absolute. Without a `tokenFile` the token is looked for.
 *
 * @category models
 * @since 0.1.0
 */
export interface Connection {
  readonly endpoint: string
  readonly schedd: string | undefined
  readonly route: HTCondorCE.Config["route"]
  readonly tokenFile: string | undefined
  readonly token: "IdToken" | "SciToken"
  readonly proxyFile: string | undefined
  readonly audience: string | undefined
  readonly certificateAuthorities: { readonly file: string | undefined; readonly directory: string | undefined }
  readonly condorBin: string | undefined
  readonly confine: boolean
  readonly timeout: Duration.Duration | undefined
  readonly site?: Site
}

const needed = (value: Option.Option<string>, what: string) =>
  Effect.mapError(Effect.fromOption(value), () => new UsageError({ detail: what }))

/**
 * The route that the flags name: that to the CE itself is none.
 *
 * @category constructors
 * @since 0.1.0
 */
export const route = (
  { localPool, localSchedd }: Pick<Flags, "localPool" | "localSchedd">
): Effect.Effect<HTCondorCE.Config["route"], UsageError> => {
  const schedd = Option.getOrUndefined(localSchedd)
  if (Option.isSome(localPool)) return Effect.succeed({ _tag: "Grid", pool: localPool.value, schedd })
  return schedd === undefined
    ? Effect.undefined
    : new UsageError({ detail: "--local-schedd or HTCONDOR_CE_LOCAL_SCHEDD: of which submit host? Give --local-pool" })
}

/**
 * The address of the CE, which has to be given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const endpoint = ({ ce }: Pick<Flags, "ce">): Effect.Effect<string, UsageError> =>
  needed(ce, "which compute element? Give --ce HOST:PORT or HTCONDOR_CE_ENDPOINT")

const decodeSeconds = Schema.decodeEffect(Seconds)

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
  const address = yield* endpoint(values)
  const kind = Option.getOrUndefined(values.tokenKind)?.toLowerCase()
  if (kind !== undefined && kind !== "idtoken" && kind !== "scitoken") {
    return yield* new UsageError({ detail: "--token-kind or HTCONDOR_CE_TOKEN_KIND: idtoken or scitoken" })
  }
  if (kind === "idtoken" && Option.isNone(values.tokenFile)) {
    return yield* new UsageError({ detail: "which token? Give --token-file FILE or HTCONDOR_CE_TOKEN_FILE" })
  }
  const absolute = (value: Option.Option<string>) =>
    Option.getOrUndefined(Option.map(value, (one) => path.resolve(one)))
  const timeout = yield* Effect.transposeOption(Option.map(values.timeout, (value) => decodeSeconds(value))).pipe(
    Effect.mapError((error) => new UsageError({ detail: `--timeout or HTCONDOR_CE_TIMEOUT: ${error.message}` }))
  )
  return {
    endpoint: address,
    schedd: Option.getOrUndefined(values.schedd),
    route: yield* route(values),
    tokenFile: absolute(values.tokenFile),
    token: kind === "scitoken" || Option.isNone(values.tokenFile) ? "SciToken" : "IdToken",
    proxyFile: absolute(values.proxyFile),
    audience: Option.getOrUndefined(values.audience),
    certificateAuthorities: { file: absolute(values.caFile), directory: absolute(values.caDirectory) },
    condorBin: absolute(values.condorBin),
    confine: values.confine,
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
 * What a backend needs: HTCondor's tools, and credentials.
 *
 * @category models
 * @since 0.1.0
 */
export type Services = (connection: Connection) => Layer.Layer<
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
    credentials(connection)
  )

/**
 * The backend for a real HTCondor-CE.
 *
 * @category layers
 * @since 0.1.0
 */
export const backend: Backend = (connection) =>
  HTCondorCE.layer(config(connection)).pipe(
    Layer.provide(ScheddTransport.layerTools()),
    Layer.provide(services(connection))
  )

/**
 * The configuration of the backend.
 *
 * @category converting
 * @since 0.1.0
 */
export const config = (
  { audience, certificateAuthorities, endpoint, proxyFile, route, schedd, site, timeout, token }: Connection
): HTCondorCE.Config => ({
  endpoint,
  schedd,
  route,
  timeout,
  token,
  proxy: proxyFile !== undefined,
  audience,
  certificateAuthorities,
  ...site
})

/**
 * Who gives the backend its credentials: the files that were named, or what the environment offers.
 *
 * @category layers
 * @since 0.1.0
 */
export const credentials = (
  { proxyFile, token, tokenFile }: Connection
): Layer.Layer<Credential.CredentialProvider, never, FileSystem.FileSystem | Path.Path> =>
  tokenFile === undefined
    ? TokenDiscovery.layer({ proxy: proxyFile })
    : Credential.layerFiles({
      proxy: proxyFile,
      ...(token === "SciToken" ? { sciToken: tokenFile } : { idToken: tokenFile })
    })
