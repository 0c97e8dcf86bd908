/**
 * Which way jobs go to an HTCondor-CE.
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
 * - `Grid`: they submit to a submit host of one's own, whose gridmanager submits to the CE (HTCondor-C)
 *
 * **Details**
 *
 * Of the submit host:
 *
 * - `pool`: `<host>` or `<host>:<port>` of its collector; the port is 9618 unless given
 * - `schedd`: the name of its schedd; the host unless given
 * - `scitokensFile`: the absolute path of a file there with the SCITOKEN for the CE, which somebody there keeps fresh. Without it the
 *   CE is shown what is in `~/.condor/tokens.d` of the jobs' owner there
 *
 * @category models
 * @since 0.1.0
 */
export const Route = Schema.Union([
  closed(Schema.TaggedStruct("Remote", {})),
  closed(Schema.TaggedStruct("Grid", {
    pool: Schema.NonEmptyString,
    schedd: Schema.optional(Schema.NonEmptyString),
    scitokensFile: Schema.optional(Schema.NonEmptyString)
  }))
])

/**
 * @category models
 * @since 0.1.0
 */
export type Route = typeof Route.Type

/**
 * What a handle says of where its job is.
 *
 * @category models
 * @since 0.1.0
 */
export type Identity = Pick<JobHandle, "backend" | "endpoint" | "scheduler">

/**
 * A name that a CE had before: its address and the name of its schedd, as they were configured.
 *
 * @category models
 * @since 0.1.0
 */
export const Former = closed(Schema.Struct({
  endpoint: Schema.NonEmptyString,
  schedd: Schema.optional(Schema.NonEmptyString)
}))

/**
 * @category models
 * @since 0.1.0
 */
export type Former = typeof Former.Type

/**
 * A route to one CE, with the names and addresses that follow from it.
 *
 * - `queue`: the schedd that the tools talk to, and whose numbers jobs have
 * - `identity`: what their handles say of where they are; `former`: what older handles of the same CE say
 * - `grid`: what makes that schedd hand them on
 * - `resources`: what `GridResource` of the jobs of this CE may be in that queue; undefined where all jobs are of this CE
 *
 * @category models
 * @since 0.1.0
 */
export interface ResolvedRoute {
  readonly queue: Endpoint.Endpoint
  readonly identity: Identity
  readonly former: ReadonlyArray<Identity>
  readonly grid: GridUniverse.GridResource | undefined
  readonly resources: ReadonlyArray<string> | undefined
}

const decodeResource = Schema.decodeUnknownResult(GridUniverse.GridResource)

/**
 * Whether a handle, or a manifest, is of this CE and of this route, by its name of today or by a former one, however it is
 * spelt.
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
 * A handle names the CE in any case. On the route `Grid` its job's number is one of the submit host, so that it says that
 * host, too, and has another name of the backend: a handle of one route is not asked about on the other.
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
