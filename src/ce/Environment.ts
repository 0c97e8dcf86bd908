/**
 * What the environment says of a compute element, in variables that begin with `HTCONDOR_CE_`. The command line reads the same.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { CredentialProvider } from "../contract/Credential.ts"
import * as Credential from "../credentials/Credential.ts"
import * as TokenDiscovery from "../credentials/TokenDiscovery.ts"
import type * as CeConfig from "./Config.ts"
import type { Route } from "./Route.ts"
import * as ScheddTransport from "./ScheddTransport.ts"
import type { Container } from "./Site.ts"

/**
 * The variables. One that is empty counts as one that is not there.
 *
 * - `ce`: `<host>` or `<host>:<port>` of the CE; it has to be there
 * - `schedd`: the name of its schedd
 * - `localPool`, `localSchedd`: the submit host by which jobs go to the CE, and the name of its schedd
 * - `tokenFile`: the file with the token to show. Without it a SciToken is looked for as WLCG has it (`BEARER_TOKEN`, ...)
 * - `tokenKind`: `idtoken` or `scitoken`: what is in that file (default: `idtoken`)
 * - `proxyFile`: the X.509 proxy certificate that jobs take along
 * - `audience`: of tokens for the CE
 * - `caFile`, `caDirectory`: who may have signed the CE's host certificate
 * - `condorBin`: the directory of HTCondor's tools
 * - `timeout`: seconds that one run of a tool may take
 * - `containerWith`: how the site runs container images: `native`, by its batch system, or a program of its machines with
 *   arguments, such as `/usr/bin/apptainer exec`
 * - `urlSchemes`: the schemes of URLs that payloads may read from and write to, such as `https`, with commas or blanks between
 *   them
 *
 * @category constants
 * @since 0.1.0
 */
export const variables = {
  ce: "HTCONDOR_CE_ENDPOINT",
  schedd: "HTCONDOR_CE_SCHEDD",
  localPool: "HTCONDOR_CE_LOCAL_POOL",
  localSchedd: "HTCONDOR_CE_LOCAL_SCHEDD",
  tokenFile: "HTCONDOR_CE_TOKEN_FILE",
  tokenKind: "HTCONDOR_CE_TOKEN_KIND",
  proxyFile: "HTCONDOR_CE_PROXY_FILE",
  audience: "HTCONDOR_CE_AUDIENCE",
  caFile: "HTCONDOR_CE_CA_FILE",
  caDirectory: "HTCONDOR_CE_CA_DIRECTORY",
  condorBin: "HTCONDOR_CE_CONDOR_BIN",
  timeout: "HTCONDOR_CE_TIMEOUT",
  containerWith: "HTCONDOR_CE_CONTAINER_WITH",
  urlSchemes: "HTCONDOR_CE_URL_SCHEMES"
} as const

/**
 * @category models
 * @since 0.1.0
 */
export type Variable = keyof typeof variables

/**
 * The text of each variable that is there.
 *
 * @category models
 * @since 0.1.0
 */
export type Values = { readonly [K in Variable]: Option.Option<string> }

/**
 * A length of time in seconds.
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
 * A compute element, and how to talk to it. Without a `tokenFile` the token is looked for.
 *
 * @category models
 * @since 0.1.0
 */
export interface Environment {
  readonly endpoint: string
  readonly schedd: string | undefined
  readonly route: Route | undefined
  readonly tokenFile: string | undefined
  readonly token: "IdToken" | "SciToken"
  readonly proxyFile: string | undefined
  readonly audience: string | undefined
  readonly certificateAuthorities: { readonly file: string | undefined; readonly directory: string | undefined }
  readonly condorBin: string | undefined
  readonly timeout: Duration.Duration | undefined
  readonly container: Container | undefined
  readonly urlSchemes: ReadonlyArray<string> | undefined
}

/**
 * A variable that cannot be used, and why.
 *
 * @category models
 * @since 0.1.0
 */
export interface Flaw {
  readonly variable: Variable
  readonly detail: string
  /** Whether the variable is missing, and not wrong. */
  readonly missing: boolean
}

const wrong = (variable: Variable, detail: string) => Result.fail<Flaw>({ variable, detail, missing: false })

const missing = (variable: Variable, detail: string) => Result.fail<Flaw>({ variable, detail, missing: true })

/**
 * The address of the CE, which has to be there.
 *
 * @category constructors
 * @since 0.1.0
 */
export const endpoint = ({ ce }: Pick<Values, "ce">): Result.Result<string, Flaw> =>
  Option.isSome(ce) ? Result.succeed(ce.value) : missing("ce", "no compute element given")

/**
 * The route that the variables name; that to the CE itself is none.
 *
 * @category constructors
 * @since 0.1.0
 */
export const route = (
  { localPool, localSchedd }: Pick<Values, "localPool" | "localSchedd">
): Result.Result<Route | undefined, Flaw> => {
  const schedd = Option.getOrUndefined(localSchedd)
  if (Option.isSome(localPool)) return Result.succeed({ _tag: "Grid", pool: localPool.value, schedd })
  return schedd === undefined
    ? Result.succeed(undefined)
    : missing("localPool", `no submit host given for the schedd ${JSON.stringify(schedd)}`)
}

const wordsOf = (text: string, separator: RegExp): ReadonlyArray<string> =>
  text.split(separator).filter((word) => word !== "")

const containerOf = (text: string): Container => {
  const [executable = "", ...args] = wordsOf(text, /\s+/)
  return executable === "native" && args.length === 0
    ? { _tag: "Native" }
    : { _tag: "Launcher", executable, arguments: args }
}

/**
 * What the variables say of the site. What they leave open is absent.
 *
 * @category constructors
 * @since 0.1.0
 */
export const site = (
  { containerWith, urlSchemes }: Pick<Values, "containerWith" | "urlSchemes">
): Pick<Environment, "container" | "urlSchemes"> => ({
  container: Option.getOrUndefined(Option.map(containerWith, containerOf)),
  urlSchemes: Option.getOrUndefined(Option.map(urlSchemes, (text) => wordsOf(text, /[\s,]+/)))
})

const decodeSeconds = Schema.decodeResult(Seconds)

/**
 * What the variables say together.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromValues = (values: Values): Result.Result<Environment, Flaw> =>
  Result.gen(function*() {
    const kind = Option.getOrUndefined(values.tokenKind)?.toLowerCase()
    const address = yield* endpoint(values)
    if (kind !== undefined && kind !== "idtoken" && kind !== "scitoken") {
      return yield* wrong("tokenKind", "expected idtoken or scitoken")
    }
    if (kind === "idtoken" && Option.isNone(values.tokenFile)) return yield* missing("tokenFile", "no token file given")
    const timeout = Option.isNone(values.timeout)
      ? undefined
      : Duration.seconds(
        yield* Result.mapError(decodeSeconds(values.timeout.value), ({ message }): Flaw => ({
          variable: "timeout",
          detail: message,
          missing: false
        }))
      )
    return {
      endpoint: address,
      schedd: Option.getOrUndefined(values.schedd),
      route: yield* route(values),
      tokenFile: Option.getOrUndefined(values.tokenFile),
      token: kind === "scitoken" || Option.isNone(values.tokenFile) ? "SciToken" : "IdToken",
      proxyFile: Option.getOrUndefined(values.proxyFile),
      audience: Option.getOrUndefined(values.audience),
      certificateAuthorities: {
        file: Option.getOrUndefined(values.caFile),
        directory: Option.getOrUndefined(values.caDirectory)
      },
      condorBin: Option.getOrUndefined(values.condorBin),
      timeout,
      ...site(values)
    }
  })

const present = (variable: Variable) =>
  Config.map(Config.option(Config.String(variables[variable])), Option.filter((text) => text !== ""))

/**
 * What the environment says, or any other `ConfigProvider`.
 *
 * @category configs
 * @since 0.1.0
 */
export const environment: Config.Config<Environment> = Config.all({
  ce: present("ce"),
  schedd: present("schedd"),
  localPool: present("localPool"),
  localSchedd: present("localSchedd"),
  tokenFile: present("tokenFile"),
  tokenKind: present("tokenKind"),
  proxyFile: present("proxyFile"),
  audience: present("audience"),
  caFile: present("caFile"),
  caDirectory: present("caDirectory"),
  condorBin: present("condorBin"),
  timeout: present("timeout"),
  containerWith: present("containerWith"),
  urlSchemes: present("urlSchemes")
}).pipe(
  Config.mapEffect((values) =>
    Effect.mapError(
      Effect.fromResult(fromValues(values)),
      ({ detail, variable }) =>
        new Config.ConfigError(new ConfigProvider.SourceError({ message: `${variables[variable]}: ${detail}` }))
    )
  )
)

/**
 * The configuration of the CE that an environment names.
 *
 * @category converting
 * @since 0.1.0
 */
export const toConfig = (
  { audience, certificateAuthorities, container, endpoint, proxyFile, route, schedd, timeout, token, urlSchemes }:
    Environment
): CeConfig.Config => ({
  endpoint,
  schedd,
  route,
  timeout,
  token,
  proxy: proxyFile !== undefined,
  audience,
  certificateAuthorities,
  container,
  urlSchemes
})

/**
 * The configuration of the CE that the environment names: what `HTCondorCE.layerConfig` reads unless told otherwise.
 *
 * @category configs
 * @since 0.1.0
 */
export const config: Config.Config<CeConfig.Config> = Config.map(environment, toConfig)

/**
 * The credentials that an environment names: in files, or a SciToken that is looked for.
 *
 * @category layers
 * @since 0.1.0
 */
export const credentials = (
  { proxyFile, token, tokenFile }: Pick<Environment, "proxyFile" | "token" | "tokenFile">
): Layer.Layer<CredentialProvider, never, FileSystem.FileSystem | Path.Path> =>
  tokenFile === undefined
    ? TokenDiscovery.layer({ proxy: proxyFile })
    : Credential.layerFiles({
      proxy: proxyFile,
      ...(token === "SciToken" ? { sciToken: tokenFile } : { idToken: tokenFile })
    })

/**
 * The credentials that the environment names.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerCredentials: Layer.Layer<
  CredentialProvider,
  Config.ConfigError,
  FileSystem.FileSystem | Path.Path
> = Layer.unwrap(Effect.map(environment, credentials))

/**
 * HTCondor's tools, where the environment says that they are.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerTransport = Layer.unwrap(
  Effect.map(environment, ({ condorBin }) => ScheddTransport.layer({ binDirectory: condorBin }))
)
