/**
 * The way of jobs to an HTCondor-CE: directly, or through a submit host.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as GridUniverse from "../condor/GridUniverse.ts"
import { closed } from "../contract/Closed.ts"
import * as HostName from "../contract/HostName.ts"
import type { JobHandle } from "../contract/JobHandle.ts"
import * as Endpoint from "./Endpoint.ts"

/**
 * - `Remote`: HTCondor's tools submit to the CE itself
 * - `Grid`: they submit to your own submit host, whose gridmanager submits to the CE (HTCondor-C)
 *
 * @category models
 * @since 0.1.0
 */
export const Route = Schema.Union([
  closed(Schema.TaggedStruct("Remote", {})),
  closed(Schema.TaggedStruct("Grid", {
    /** The collector of the submit host: `<host>` or `<host>:<port>`. Default port: 9618. */
    pool: Schema.NonEmptyString,
    /** The name of the submit host's schedd. Default: the host of `pool`. */
    schedd: Schema.optional(Schema.NonEmptyString),
    /**
     * The absolute path, on the submit host, of a file with the SciToken for the CE. Keep it fresh. Default: the CE gets the
     * tokens in `~/.condor/tokens.d` of the jobs' owner on that host.
     */
    scitokensFile: Schema.optional(Schema.NonEmptyString)
  }))
])

/**
 * The way of jobs to a CE: `{ _tag: "Remote" }`, or `{ _tag: "Grid", pool, schedd, scitokensFile }`.
 *
 * @category models
 * @since 0.1.0
 */
export type Route = typeof Route.Type

/**
 * The fields of a handle that say where its job is.
 *
 * @category models
 * @since 0.1.0
 */
export type Identity = Pick<JobHandle, "backend" | "endpoint" | "scheduler">

/**
 * A former name of a CE: its address and the name of its schedd, as they were configured then.
 *
 * @category models
 * @since 0.1.0
 */
export const Former = closed(Schema.Struct({
  /** The former `endpoint` of the CE's configuration. */
  endpoint: Schema.NonEmptyString,
  /** The former name of its schedd. Default: the host. */
  schedd: Schema.optional(Schema.NonEmptyString)
}))

/**
 * A former name of a CE.
 *
 * @category models
 * @since 0.1.0
 */
export type Former = typeof Former.Type

/**
 * A route to one CE, with the names and addresses that follow from it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResolvedRoute {
  /** The schedd that the tools call. Its queue has the jobs, and it gives them their ids. */
  readonly queue: Endpoint.Endpoint
  /** The fields of handles of this route. */
  readonly identity: Identity
  /** The fields of handles with former names of the CE. */
  readonly former: ReadonlyArray<Identity>
  /** The grid resource that makes that schedd hand jobs on to the CE. Undefined on the route `Remote`. */
  readonly grid: GridUniverse.GridResource | undefined
  /** The values of `GridResource` that jobs of this CE may have in that queue. Undefined if all of its jobs are of this CE. */
  readonly resources: ReadonlyArray<string> | undefined
}

const decodeResource = Schema.decodeUnknownResult(GridUniverse.GridResource)

/**
 * Whether a handle or a manifest belongs to this CE and this route, by its present name or a former one. Case does not matter.
 *
 * @category guards
 * @since 0.1.0
 */
export const isOf = ({ former, identity }: Pick<ResolvedRoute, "former" | "identity">, one: Identity): boolean =>
  [identity, ...former].some(({ backend, endpoint, scheduler }) =>
    one.backend === backend && HostName.same(one.endpoint, endpoint) && HostName.same(one.scheduler, scheduler)
  )

/**
 * Resolves a route to a CE.
 *
 * **Details**
 *
 * A handle always has the name of the CE. On the route `Grid`, its job id is one of the submit host. So the handle also names
 * that host, and has another `backend`: a handle of one route is never looked up on the other.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  ce: Endpoint.Endpoint,
  route: Route = { _tag: "Remote" },
  formerly: ReadonlyArray<Former> = []
): Result.Result<ResolvedRoute, Endpoint.InvalidEndpoint> =>
  Result.gen(function*() {
    const former = yield* Result.all(formerly.map(({ endpoint, schedd }) => Endpoint.make(endpoint, schedd)))
    if (route._tag === "Remote") {
      const identityOf = (one: Endpoint.Endpoint): Identity => ({
        backend: "htcondor-ce",
        endpoint: one.address,
        scheduler: one.schedd
      })
      return {
        queue: ce,
        identity: identityOf(ce),
        former: former.map(identityOf),
        grid: undefined,
        resources: undefined
      }
    }
    const { pool, schedd, scitokensFile } = route
    const grid = yield* Result.mapError(
      decodeResource({
        schedd: ce.schedd,
        pool: ce.address,
        ...(scitokensFile === undefined ? {} : { scitokensFile })
      }),
      ({ message }) =>
        new Endpoint.InvalidEndpoint({
          endpoint: ce.address,
          detail: `no job of the grid universe can be sent there: ${message}`
        })
    )
    const queue = yield* Endpoint.make(pool, schedd, Endpoint.poolPort)
    const identityOf = ({ address }: Endpoint.Endpoint): Identity => ({
      backend: "htcondor-ce-grid",
      endpoint: address,
      scheduler: `${queue.schedd}@${queue.address}`
    })
    const resources = [ce, ...former].map((one) => GridUniverse.resourceText({ schedd: one.schedd, pool: one.address }))
    return { queue, identity: identityOf(ce), former: former.map(identityOf), grid, resources }
  })
