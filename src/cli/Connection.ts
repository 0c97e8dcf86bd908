/**
 * The connection that the global flags describe: the CE, and how to reach it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type * as Result from "effect/Result"
import * as Environment from "../ce/Environment.ts"
import type * as HTCondorCE from "../ce/HTCondorCE.ts"
import type { Route } from "../ce/Route.ts"
import type { Site } from "../ce/Site.ts"
import { UsageError } from "./Failure.ts"
import type { Flags } from "./GlobalFlags.ts"

/**
 * The submit commands and attributes that a site requires for each job.
 *
 * @category models
 * @since 0.1.0
 */
export type Wishes = Pick<Site, "siteCommands" | "siteAttributes">

/**
 * A CE, and how to reach it. Paths are absolute. Without a `tokenFile`, WLCG Bearer Token Discovery finds the token.
 *
 * @category models
 * @since 0.1.0
 */
export interface Connection extends Environment.Environment {
  readonly confine: boolean
  readonly wishes?: Wishes
  readonly named?: HTCondorCE.Config
}

/**
 * The flag of each environment variable.
 *
 * @category constants
 * @since 0.1.0
 */
export const flagNames = {
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
  timeout: "--tool-timeout",
  containerWith: "--container-with",
  urlSchemes: "--url-schemes"
} as const satisfies Record<Environment.Variable, string>

const usable = <A>(result: Result.Result<A, Environment.Flaw>): Effect.Effect<A, UsageError> =>
  Effect.mapError(Effect.fromResult(result), ({ detail, missing, variable }) => {
    const flag = flagNames[variable]
    const name = Environment.variables[variable]
    return new UsageError({
      detail: missing ? `${detail}: use ${flag} or set ${name}` : `${flag} or ${name}: ${detail}`
    })
  })

/**
 * The route that the flags name. Undefined: directly to the CE.
 *
 * @category constructors
 * @since 0.1.0
 */
export const route = (flags: Pick<Flags, "localPool" | "localSchedd">) => usable(Environment.route(flags))

/**
 * The address of the CE. Fails with `UsageError` if no flag or variable names it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const endpoint = (flags: Pick<Flags, "ce">) => usable(Environment.endpoint(flags))

/**
 * Reads the connection from the flags. Fails with `UsageError` for a missing or wrong value.
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
 * The site options of the file of CEs, overridden by the flags.
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

// The file has options of a submit host that have no flag.
const routeOf = (named: Route | undefined, route: Route | undefined): Route | undefined =>
  named?._tag === "Grid" && route?._tag === "Grid" && named.pool === route.pool ? { ...named, ...route } : route

/**
 * The configuration of the backend: the entry of the file of CEs, overridden by the flags.
 *
 * @category converting
 * @since 0.1.0
 */
export const config = (connection: Connection): HTCondorCE.Config => {
  const { named } = connection
  const said = Environment.toConfig(connection)
  if (named === undefined) return { ...said, ...connection.wishes }
  return {
    ...named,
    ...said,
    route: routeOf(named.route, said.route),
    timeout: said.timeout ?? named.timeout,
    proxy: said.proxy === true || named.proxy === true,
    ...siteOf(named, { ...said, ...connection.wishes })
  }
}

/**
 * The credential provider of the backend: the files that the flags name, or WLCG Bearer Token Discovery.
 *
 * @category layers
 * @since 0.1.0
 */
export const { credentials } = Environment
