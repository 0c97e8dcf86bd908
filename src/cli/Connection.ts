/**
 * The global flags: which compute element, with which credential and which tools.
 *
 * @since 0.1.0
 */
import * as Flag from "effect/cli/Flag"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import type * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { InvalidEndpoint } from "../ce/Endpoint.ts"
import * as Environment from "../ce/Environment.ts"
import * as HTCondorCE from "../ce/HTCondorCE.ts"
import type { Route } from "../ce/Route.ts"
import * as ScheddTransport from "../ce/ScheddTransport.ts"
import type { Site } from "../ce/Site.ts"
import * as CondorTool from "../condor/tools/CondorTool.ts"
import type * as Credential from "../credentials/Credential.ts"
import { UsageError } from "./Failure.ts"
import * as PathFlag from "./PathFlag.ts"

/**
 * A flag that an environment variable stands in for. An empty value is none.
 *
 * @category constructors
 * @since 0.1.0
 */
export const orVariable = (flag: Flag.Flag<string>, variable: string, metavar: string, description: string) =>
  flag.pipe(
    Flag.withFallbackConfig(Config.String(variable)),
    Flag.optional,
    Flag.map(Option.filter((value) => value !== "")),
    Flag.withMetavar(metavar),
    Flag.withDescription(`${description} [${variable}]`)
  )

// The same, where a site that is named comes before the variable. An empty value of the flag is kept until then.
const open = (flag: Flag.Flag<string>, variable: string, metavar: string, description: string) =>
  flag.pipe(Flag.optional, Flag.withMetavar(metavar), Flag.withDescription(`${description} [${variable}]`))

const openText = (name: string, variable: string, metavar: string, description: string) =>
  open(Flag.String(name), variable, metavar, description)

/**
 * @category constructors
 * @since 0.1.0
 */
export const text = (name: string, variable: string, metavar: string, description: string) =>
  orVariable(Flag.String(name), variable, metavar, description)

/**
 * A duration on the command line.
 *
 * @category schemas
 * @since 0.1.0
 */
export { Seconds } from "../ce/Environment.ts"

/**
 * How results are printed: for people, in a table, which may be `wide`; as one handle a line; or as a JSON document.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Format = Schema.Literals(["table", "wide", "name", "json"])

/**
 * @category models
 * @since 0.1.0
 */
export type Format = typeof Format.Type

/**
 * The flags that every command takes, each with its environment variable.
 *
 * @category constants
 * @since 0.1.0
 */
export const flags = {
  site: Flag.String("site").pipe(
    Flag.withSchema(Schema.NonEmptyString),
    Flag.optional,
    Flag.withMetavar("NAME"),
    Flag.withDescription("The CE of this name in the file of --sites, with its credentials; other flags win")
  ),
  sites: orVariable(PathFlag.file("sites"), "HTCONDOR_CE_SITES", "FILE", "A JSON file with several CEs"),
  ce: openText(
    "ce",
    "HTCONDOR_CE_ENDPOINT",
    "HOST:PORT",
    "The HTCondor-CE, unless handles name it; default port: 9619"
  ),
  schedd: openText("schedd", "HTCONDOR_CE_SCHEDD", "NAME", "Its schedd; default: the host"),
  localPool: openText(
    "local-pool",
    "HTCONDOR_CE_LOCAL_POOL",
    "HOST:PORT",
    "The submit host by which jobs go to the CE (grid universe); default: none, to the CE itself"
  ),
  localSchedd: openText(
    "local-schedd",
    "HTCONDOR_CE_LOCAL_SCHEDD",
    "NAME",
    "The submit host's schedd; default: the host"
  ),
  tokenFile: open(
    PathFlag.file("token-file"),
    "HTCONDOR_CE_TOKEN_FILE",
    "FILE",
    "The token to show; default: a SciToken, found as WLCG has it (BEARER_TOKEN, ...)"
  ),
  tokenKind: open(
    Flag.Literals("token-kind", ["idtoken", "scitoken"]),
    "HTCONDOR_CE_TOKEN_KIND",
    "idtoken|scitoken",
    "What is in that file; default: idtoken"
  ),
  proxyFile: open(
    PathFlag.file("proxy-file"),
    "HTCONDOR_CE_PROXY_FILE",
    "FILE",
    "The X.509 proxy certificate that jobs take along; default: none"
  ),
  audience: openText(
    "audience",
    "HTCONDOR_CE_AUDIENCE",
    "TEXT",
    "The audience of tokens for the CE; default: HOST:PORT"
  ),
  caFile: open(
    PathFlag.file("ca-file"),
    "HTCONDOR_CE_CA_FILE",
    "FILE",
    "Who may have signed the CE's host certificate; default: as grid software finds it"
  ),
  caDirectory: open(
    PathFlag.directory("ca-directory"),
    "HTCONDOR_CE_CA_DIRECTORY",
    "DIR",
    "The same, as a directory of certificates"
  ),
  condorBin: open(
    PathFlag.directory("condor-bin"),
    "HTCONDOR_CE_CONDOR_BIN",
    "DIR",
    "Where HTCondor's tools are; default: PATH"
  ),
  timeout: openText(
    "tool-timeout",
    "HTCONDOR_CE_TIMEOUT",
    "SECONDS",
    "How long one tool may take to answer; default: 60"
  ),
  confine: Flag.Boolean("confine").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Let a tool write to its own directory and to nothing else, by bwrap (bubblewrap)")
  ),
  format: Flag.Literals("format", Format.literals).pipe(
    Flag.withAlias("o"),
    Flag.optional,
    Flag.withMetavar("table|wide|name|json"),
    Flag.withDescription("What stands on stdout; name: a handle a line; default: table")
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDefault(false),
    Flag.withDescription("The same as -o json: one JSON document")
  )
}

/**
 * The values of the global flags.
 *
 * @category models
 * @since 0.1.0
 */
export interface Flags {
  readonly site: Option.Option<string>
  readonly sites: Option.Option<string>
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
  readonly format: Option.Option<Format>
  readonly json: boolean
  /** What the file says of the CE that `site` names, once it is read. */
  readonly named?: HTCondorCE.Config
}

/**
 * A compute element and how to talk to it. Paths are absolute. Without a `tokenFile` the token is looked for.
 *
 * @category models
 * @since 0.1.0
 */
export interface Connection extends Environment.Environment {
  readonly confine: boolean
  readonly site?: Site
  readonly named?: HTCondorCE.Config
}

// How the command line calls what the environment has in a variable.
const flagNames = {
  ce: "--ce HOST:PORT",
  schedd: "--schedd",
  localPool: "--local-pool",
  localSchedd: "--local-schedd",
  tokenFile: "--token-file FILE",
  tokenKind: "--token-kind",
  proxyFile: "--proxy-file",
  audience: "--audience",
  caFile: "--ca-file",
  caDirectory: "--ca-directory",
  condorBin: "--condor-bin",
  timeout: "--tool-timeout"
} as const satisfies Record<Environment.Variable, string>

const usable = <A>(result: Result.Result<A, Environment.Flaw>): Effect.Effect<A, UsageError> =>
  Effect.mapError(Effect.fromResult(result), ({ detail, missing, variable }) => {
    const names = `${flagNames[variable]} or ${Environment.variables[variable]}`
    return new UsageError({ detail: missing ? `${detail} Give ${names}` : `${names}: ${detail}` })
  })

/**
 * The route that the flags name: that to the CE itself is none.
 *
 * @category constructors
 * @since 0.1.0
 */
export const route = (flags: Pick<Flags, "localPool" | "localSchedd">) => usable(Environment.route(flags))

/**
 * The address of the CE, which has to be given.
 *
 * @category constructors
 * @since 0.1.0
 */
export const endpoint = (flags: Pick<Flags, "ce">) => usable(Environment.endpoint(flags))

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
  const absolute = Option.map((file: string) => path.resolve(file))
  const environment = yield* usable(Environment.fromValues({
    ...values,
    tokenFile: absolute(values.tokenFile),
    proxyFile: absolute(values.proxyFile),
    caFile: absolute(values.caFile),
    caDirectory: absolute(values.caDirectory),
    condorBin: absolute(values.condorBin)
  }))
  return {
    ...environment,
    confine: values.confine,
    ...(values.named === undefined ? {} : { named: values.named })
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
 * What a file says of a site, and the flags besides.
 *
 * @category converting
 * @since 0.1.0
 */
export const siteOf = (named: Site | undefined, site: Site | undefined): Site => ({
  container: site?.container ?? named?.container,
  urlSchemes: site?.urlSchemes ?? named?.urlSchemes,
  siteCommands: { ...named?.siteCommands, ...site?.siteCommands },
  siteAttributes: { ...named?.siteAttributes, ...site?.siteAttributes },
  explanations: site?.explanations ?? named?.explanations
})

// Of a submit host the flags do not say everything.
const routeOf = (named: Route | undefined, route: Route | undefined): Route | undefined =>
  named?._tag === "Grid" && route?._tag === "Grid" && named.pool === route.pool ? { ...named, ...route } : route

/**
 * The configuration of the backend: what the flags say, and the file where they say nothing.
 *
 * @category converting
 * @since 0.1.0
 */
export const config = (connection: Connection): HTCondorCE.Config => {
  const { named } = connection
  const said = Environment.toConfig(connection)
  if (named === undefined) return { ...said, ...connection.site }
  return {
    ...named,
    ...said,
    route: routeOf(named.route, said.route),
    timeout: said.timeout ?? named.timeout,
    proxy: said.proxy === true || named.proxy === true,
    ...siteOf(named, connection.site)
  }
}

/**
 * Who gives the backend its credentials: the files that were named, or what the environment offers.
 *
 * @category layers
 * @since 0.1.0
 */
export const { credentials } = Environment
