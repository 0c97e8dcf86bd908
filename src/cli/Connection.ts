/**
 * What the global flags say together: a compute element, and how to talk to it.
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
 * What a site wants to be told of each job.
 *
 * @category models
 * @since 0.1.0
 */
export type Wishes = Pick<Site, "siteCommands" | "siteAttributes">

/**
 * A compute element and how to talk to it. Paths are absolute. Without a `tokenFile` the token is looked for.
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
 * How the command line calls what the environment has in a variable.
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
 * Who gives the backend its credentials: the files that were named, or what the environment offers.
 *
 * @category layers
 * @since 0.1.0
 */
export const { credentials } = Environment
