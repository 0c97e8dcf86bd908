/**
 * Which way jobs go to an HTCondor-CE.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as GridUniverse from "../condor/GridUniverse.ts"
import * as SiteCommands from "../condor/SiteCommands.ts"
import type { JobHandle } from "../contract/JobHandle.ts"
import type { SubmissionSpec } from "../contract/Submission.ts"
import * as Endpoint from "./Endpoint.ts"
import type { Refusals } from "./Refusals.ts"
import type { Site } from "./Site.ts"

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
export type Route =
  | { readonly _tag: "Remote" }
  | {
    readonly _tag: "Grid"
    readonly pool: string
    readonly schedd?: string | undefined
    readonly scitokensFile?: string | undefined
  }

/**
 * A route to one CE.
 *
 * - `queue`: the schedd that the tools talk to, and whose numbers jobs have
 * - `identity`: what their handles say of where they are
 * - `grid`: what makes that schedd hand them on
 *
 * @category models
 * @since 0.1.0
 */
export interface Way {
  readonly queue: Endpoint.Endpoint
  readonly identity: Pick<JobHandle, "backend" | "endpoint" | "scheduler">
  readonly grid: GridUniverse.GridResource | undefined
}

/**
 * The port of an HTCondor pool's collector.
 *
 * @category constants
 * @since 0.1.0
 */
export const poolPort = 9618

const decodeResource = Schema.decodeUnknownResult(GridUniverse.GridResource)

/**
 * The way to a CE by a route.
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
  route: Route = { _tag: "Remote" }
): Result.Result<Way, Endpoint.InvalidEndpoint> => {
  if (route._tag === "Remote") {
    const identity = { backend: "htcondor-ce", endpoint: ce.address, scheduler: ce.schedd }
    return Result.succeed({ queue: ce, identity, grid: undefined })
  }
  const { pool, schedd, scitokensFile } = route
  const grid = decodeResource({
    schedd: ce.schedd,
    pool: ce.address,
    ...(scitokensFile === undefined ? {} : { scitokensFile })
  })
  if (Result.isFailure(grid)) {
    const detail = `no job of the grid universe can be sent there: ${grid.failure.message}`
    return Result.fail(new Endpoint.InvalidEndpoint({ endpoint: ce.address, detail }))
  }
  return Result.map(Endpoint.make(pool, schedd, poolPort), (queue) => ({
    queue,
    identity: { backend: "htcondor-ce-grid", endpoint: ce.address, scheduler: `${queue.schedd}@${queue.address}` },
    grid: grid.success
  }))
}

// What the library says itself of a job that is handed on, and of no other.
const owned: ReadonlySet<string> = new Set(["periodic_remove", "periodic_remove_reason"].map(SiteCommands.plain))

/**
 * Refuses what jobs that are handed on cannot do: another universe than theirs, and another removal.
 *
 * @category guards
 * @since 0.1.0
 */
export const refuse = (
  { container, siteAttributes = {}, siteCommands = {} }: Site,
  spec: Pick<SubmissionSpec, "container">,
  refusals: Refusals
): void => {
  if (spec.container !== undefined && container?._tag === "Native") {
    refusals.refuse("container", "by way of a submit host, images are run by a launcher alone")
  }
  for (const [field, names] of Object.entries({ siteCommands, siteAttributes })) {
    for (const name of Object.keys(names)) {
      if (owned.has(SiteCommands.plain(name))) {
        refusals.refuse(`${field}.${name}`, "on the route by a submit host, this is the library's")
      }
    }
  }
}
