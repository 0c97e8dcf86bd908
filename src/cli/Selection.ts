/**
 * Selects the jobs of a command, and groups them by CE.
 *
 * @since 0.1.0
 */
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as Endpoint from "../ce/Endpoint.ts"
import type * as HTCondorCE from "../ce/HTCondorCE.ts"
import * as Route from "../ce/Route.ts"
import { Submitter } from "../contract/Capability.ts"
import * as HostName from "../contract/HostName.ts"
import { type JobHandle, JobHandleFromString } from "../contract/JobHandle.ts"
import * as Outcomes from "../contract/Outcomes.ts"
import { SubmissionKey } from "../contract/SubmissionKey.ts"
import type * as Backend from "./Backend.ts"
import * as Connection from "./Connection.ts"
import * as Failure from "./Failure.ts"
import type * as GlobalFlags from "./GlobalFlags.ts"
import * as Inputs from "./Inputs.ts"
import * as PathFlag from "./PathFlag.ts"
import { flags as globalFlags, namedSites } from "./Root.ts"

/**
 * The flags that name jobs.
 *
 * @category constants
 * @since 0.1.0
 */
export const flags = {
  handle: Argument.String("HANDLE").pipe(
    Argument.withSchema(JobHandleFromString),
    Argument.variadic(),
    Argument.withDescription("Handles of jobs, as printed by submit. Each names its CE")
  ),
  handles: PathFlag.file("handles").pipe(
    Flag.optional,
    Flag.withMetavar("FILE|-"),
    Flag.withDescription("File of handles, or - for stdin: one per line, a JSON list, or the output of submit --json")
  ),
  key: Flag.String("key").pipe(
    Flag.withSchema(SubmissionKey),
    Flag.optional,
    Flag.withMetavar("KEY"),
    Flag.withDescription("Select the jobs that the CE has of this submission")
  )
}

/**
 * The values of {@link flags}.
 *
 * @category models
 * @since 0.1.0
 */
export interface Values {
  readonly handle: ReadonlyArray<JobHandle>
  readonly handles: Option.Option<string>
  readonly key: Option.Option<SubmissionKey>
}

/**
 * The jobs of one CE by one route, and its services.
 *
 * @category models
 * @since 0.1.0
 */
export interface Group {
  readonly handles: ReadonlyArray<JobHandle>
  readonly capabilities: Context.Context<HTCondorCE.Capabilities>
}

/**
 * The jobs of a command, each once, in the order given; and the same jobs grouped by CE.
 *
 * @category models
 * @since 0.1.0
 */
export interface Selection {
  readonly handles: ReadonlyArray<JobHandle>
  readonly groups: ReadonlyArray<Group>
}

// The place of the job that a handle names, as values of the flags.
const placeOf = ({ backend, endpoint, scheduler }: JobHandle): Partial<GlobalFlags.Flags> => {
  const at = backend === "htcondor-ce-grid" ? scheduler.lastIndexOf("@") : -1
  return {
    ce: Option.some(endpoint),
    schedd: at < 0 ? Option.some(scheduler) : Option.none(),
    localSchedd: at < 0 ? Option.none() : Option.some(scheduler.slice(0, at)),
    localPool: at < 0 ? Option.none() : Option.some(scheduler.slice(at + 1))
  }
}

const groupOf = ({ backend, endpoint, scheduler }: JobHandle): string =>
  [backend, HostName.canonical(endpoint), HostName.canonical(scheduler)].join(" ")

/**
 * The CE that the flags name, and its jobs of a submission. Fails with `UnknownSubmission` if it has none.
 *
 * @category constructors
 * @since 0.1.0
 */
export const ofKey = Effect.fnUntraced(function*(backend: Backend.Backend, key: SubmissionKey) {
  const connection = yield* Effect.flatMap(globalFlags, Connection.fromFlags)
  const capabilities = yield* Layer.build(backend(connection))
  const state = yield* Context.get(capabilities, Submitter).reconcile(key)
  if ("handles" in state) return { capabilities, handles: state.handles }
  return yield* new Failure.UnknownSubmission({
    endpoint: connection.endpoint,
    key,
    ...("detail" in state ? { detail: state.detail } : {})
  })
})

// The connection of a job. Jobs whose places have the same name form one group.
interface Place {
  readonly name: string
  readonly connection: Effect.Effect<Connection.Connection, Failure.UsageError, Path.Path>
}

// Each handle names the place of its job.
const byHandle = Effect.map(globalFlags, (flags) => (handle: JobHandle): Place => ({
  name: groupOf(handle),
  connection: Connection.fromFlags({ ...flags, ...placeOf(handle) })
}))

// With --site, a handle must be of a site that is named: another CE would receive its token. It may have a former name of it.
const bySite = Effect.fnUntraced(function*(sites: ReadonlyArray<GlobalFlags.Flags>) {
  const places = yield* Effect.forEach(sites, (flags) =>
    Effect.gen(function*() {
      const connection = yield* Connection.fromFlags(flags)
      const { endpoint, formerly, route, schedd } = Connection.config(connection)
      const ce = yield* Effect.fromResult(Endpoint.make(endpoint, schedd))
      const resolved = yield* Effect.fromResult(Route.make(ce, route, formerly))
      return { name: flags.site.join(), connection: Effect.succeed(connection), resolved }
    }))
  return (handle: JobHandle): Place | undefined => places.find(({ resolved }) => Route.isOf(resolved, handle))
})

/**
 * Reads the handles, and opens their CEs: the ones that `--site` names, or else the ones of the handles. Queries a CE only for the
 * jobs of a key. Fails with `UsageError`, before any query, if a handle is not of a site that is named.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(backend: Backend.Backend, input: Values) {
  if (input.handle.length === 0 && Option.isNone(input.handles) && Option.isNone(input.key)) {
    return yield* new Failure.UsageError({ detail: "no jobs given: use handles, --handles FILE or --key KEY" })
  }
  const sites = yield* namedSites
  const find = sites.length === 0 ? yield* byHandle : yield* bySite(sites)
  const placed = Effect.forEach((handle: JobHandle) => {
    const place = find(handle)
    return place === undefined
      ? new Failure.UsageError({
        detail: `${handle}: its CE is not that of --site ${sites.map(({ site }) => site.join()).join(", ")}. ` +
          "Add its site, or remove the handle"
      })
      : Effect.succeed({ handle, place })
  })
  const listed = Option.isSome(input.handles) ? yield* Inputs.handles(input.handles.value) : []
  const given = yield* placed([...input.handle, ...listed])
  const keyed = Option.isSome(input.key) ? yield* ofKey(backend, input.key.value) : undefined
  const ofThatKey = yield* placed(keyed?.handles ?? [])
  const jobs = Array.from(new Map([...given, ...ofThatKey].map((job) => [String(job.handle), job])).values())
  const groups = yield* Effect.forEach(
    Map.groupBy(jobs, ({ place }) => place.name),
    ([name, some]) =>
      Effect.gen(function*() {
        const handles = some.map(({ handle }) => handle)
        const [first] = some
        if (first === undefined) return []
        const capabilities = keyed !== undefined && name === ofThatKey[0]?.place.name
          ? keyed.capabilities
          : yield* Layer.build(backend(yield* first.place.connection))
        return [{ handles, capabilities }]
      })
  )
  return { handles: jobs.map(({ handle }) => handle), groups: groups.flat() } satisfies Selection
})

// Few enough for one host, and more than the CEs that hang: each of these keeps its place until its tool times out.
const most = 64

/**
 * Calls the operation for each CE with its jobs, for at most 64 CEs concurrently. If one of several CEs fails, its jobs have this
 * failure as outcome. If all fail, this fails.
 *
 * @category combinators
 * @since 0.1.0
 */
export const each = Effect.fnUntraced(function*<A, E, E2>(
  { groups }: Selection,
  operation: (
    handles: ReadonlyArray<JobHandle>
  ) => Effect.Effect<Outcomes.Outcomes<A, E>, E2, HTCondorCE.Capabilities>
) {
  const results = yield* Effect.forEach(
    groups,
    (group) =>
      Effect.map(
        Effect.result(Effect.provide(operation(group.handles), group.capabilities)),
        (result) => ({ group, result })
      ),
    { concurrency: most }
  )
  const [first, ...others] = results.flatMap(({ result }) => Result.isFailure(result) ? [result.failure] : [])
  if (first !== undefined && others.length + 1 === groups.length) {
    yield* Effect.forEach(others, (failure) => Console.error(`htcondor-ce: ${Failure.words(failure).message}`))
    return yield* Effect.fail(first)
  }
  return Outcomes.fromIterable(
    results.flatMap(({ group, result }): ReadonlyArray<readonly [JobHandle, Result.Result<A, E | E2>]> =>
      Result.isSuccess(result)
        ? Array.from(result.success)
        : group.handles.map((handle) => [handle, Result.fail(result.failure)])
    )
  )
})
