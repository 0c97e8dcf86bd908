/**
 * The configuration of a CE in environment variables that begin with `HTCONDOR_CE_`. The command line reads the same ones.
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
 * The names of the environment variables. An empty variable counts as unset.
 *
 * - `ce`: `<host>` or `<host>:<port>` of the CE; required
 * - `schedd`: the name of its schedd
 * - `localPool`, `localSchedd`: the submit host through which jobs reach the CE, and the name of its schedd
 * - `tokenFile`: the file with the token (default: WLCG Bearer Token Discovery finds a SciToken: `BEARER_TOKEN`, ...)
 * - `tokenKind`: the kind of token in that file, `idtoken` or `scitoken` (default: `idtoken`)
 * - `proxyFile`: the X.509 proxy certificate that jobs get
 * - `audience`: the audience of tokens for the CE
 * - `caFile`, `caDirectory`: the CA certificates that verify the CE's host certificate
 * - `condorBin`: the directory of HTCondor's tools
 * - `timeout`: the longest run of a tool, in seconds
 * - `containerWith`: how the site runs container images: `native` (its batch system does), or a program on its machines with
 *   arguments, such as `/usr/bin/apptainer exec`
 * - `urlSchemes`: the schemes of URLs that payloads may read from and write to, such as `https`, separated by commas or blanks
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
 * The name of a variable in {@link variables}, for example `"tokenFile"`.
 *
 * @category models
 * @since 0.1.0
 */
export type Variable = keyof typeof variables

/**
 * The text of each variable, if it is set.
 *
 * @category models
 * @since 0.1.0
 */
export type Values = { readonly [K in Variable]: Option.Option<string> }

/**
 * A number of seconds as text, from 0.1 to 1,000,000.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Seconds = Schema.FiniteFromString.check(
  Schema.isBetween({ minimum: 0.1, maximum: 1_000_000 }, { expected: "a number of seconds, at least 0.1" })
)

/**
 * A number of seconds.
 *
 * @category models
 * @since 0.1.0
 */
export type Seconds = typeof Seconds.Type

/**
 * The configuration that the variables give. An undefined field has the default of `HTCondorCE.Config`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Environment {
  /** The CE: `<host>` or `<host>:<port>`. */
  readonly endpoint: string
  /** The name of the CE's schedd. */
  readonly schedd: string | undefined
  /** The submit host, as a route of the kind `Grid`. Undefined: jobs are sent to the CE itself. */
  readonly route: Route | undefined
  /** The path of the token file. Undefined: WLCG Bearer Token Discovery finds the token. */
  readonly tokenFile: string | undefined
  /** The kind of the token. Without a `tokenFile` it is `SciToken`. */
  readonly token: "IdToken" | "SciToken"
  /** The path of the X.509 proxy certificate that jobs get. */
  readonly proxyFile: string | undefined
  /** The audience of tokens. */
  readonly audience: string | undefined
  /** The CA certificates that verify the CE's host certificate. */
  readonly certificateAuthorities: { readonly file: string | undefined; readonly directory: string | undefined }
  /** The directory of HTCondor's tools. Undefined: `PATH`. */
  readonly condorBin: string | undefined
  /** The longest run of a tool. */
  readonly timeout: Duration.Duration | undefined
  /** How the site runs container images. */
  readonly container: Container | undefined
  /** The schemes of URLs that payloads may use. */
  readonly urlSchemes: ReadonlyArray<string> | undefined
}

/**
 * An unusable variable, and the reason.
 *
 * @category models
 * @since 0.1.0
 */
export interface Flaw {
  /** The variable, by its name in {@link variables}. */
  readonly variable: Variable
  /** Why it cannot be used, for example `expected idtoken or scitoken`. */
  readonly detail: string
  /** True if the variable is missing, and false if its value is wrong. */
  readonly missing: boolean
}

const wrong = (variable: Variable, detail: string) => Result.fail<Flaw>({ variable, detail, missing: false })

const missing = (variable: Variable, detail: string) => Result.fail<Flaw>({ variable, detail, missing: true })

/**
 * The address of the CE. Fails if the variable is missing.
 *
 * @category constructors
 * @since 0.1.0
 */
export const endpoint = ({ ce }: Pick<Values, "ce">): Result.Result<string, Flaw> =>
  Option.isSome(ce) ? Result.succeed(ce.value) : missing("ce", "no compute element given")

/**
 * The route that the variables give. Undefined: directly to the CE. Fails if there is a `localSchedd` without a `localPool`.
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
 * The options of the site that the variables give.
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
 * The whole configuration that the variables give, or the first flaw.
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
 * Reads the variables from the environment, or from any other `ConfigProvider`.
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
 * The `HTCondorCE.Config` of an environment.
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
 * Reads the `HTCondorCE.Config` from the environment. It is the default of `HTCondorCE.layerConfig`.
 *
 * @category configs
 * @since 0.1.0
 */
export const config: Config.Config<CeConfig.Config> = Config.map(environment, toConfig)

/**
 * The credential provider of an environment: its files, or WLCG Bearer Token Discovery.
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
 * The credential provider that the environment gives.
 *
 * **Example** (Configuring a backend by variables)
 *
 * ```ts
 * import { ConfigProvider, Effect, FileSystem, Layer, Redacted } from "effect"
 * import { Capability, Environment, HTCondorCE, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * // In a program, provide `Environment.layerTransport`, too.
 * const CE = HTCondorCE.layerConfig().pipe(Layer.provide(Environment.layerCredentials))
 *
 * const submission = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   return yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 * })
 *
 * export const program = Effect.gen(function*() {
 *   const fileSystem = yield* FileSystem.FileSystem
 *   const tokenFile = `${yield* fileSystem.makeTempDirectoryScoped()}/token`
 *   yield* fileSystem.writeFileString(tokenFile, Redacted.value(FakeSchedd.token("pilot")))
 *   // The environment of the process, as Effect reads it by default.
 *   const environment = { HTCONDOR_CE_ENDPOINT: "ce.example.org", HTCONDOR_CE_TOKEN_FILE: tokenFile }
 *   const { handles } = yield* submission.pipe(
 *     Effect.provide(CE),
 *     Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(environment)))
 *   )
 *   assert.strictEqual(handles[0]?.endpoint, "ce.example.org:9619")
 * })
 * ```
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
 * HTCondor's tools, in the directory that the environment gives, or in `PATH`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerTransport = Layer.unwrap(
  Effect.map(environment, ({ condorBin }) => ScheddTransport.layer({ binDirectory: condorBin }))
)
