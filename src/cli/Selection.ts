/**
 * Which jobs a command is about, and which compute elements they are at.
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
import * as Result from "effect/Result"
import type * as HTCondorCE from "../ce/HTCondorCE.ts"
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
import { flags as globalFlags } from "./Root.ts"

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
    Argument.withDescription("Jobs, as submit prints them; each names its CE")
  ),
  handles: PathFlag.file("handles").pipe(
    Flag.optional,
    Flag.withMetavar("FILE|-"),
    Flag.withDescription("Handles in a file or on stdin: one a line, a JSON list, or what submit --json printed")
  ),
  key: Flag.String("key").pipe(
    Flag.withSchema(SubmissionKey),
    Flag.optional,
    Flag.withMetavar("KEY"),
    Flag.withDescription("The jobs that the CE has of this submission")
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
 * The jobs of one compute element, by one route, and what it can do for them.
 *
 * @category models
 * @since 0.1.0
 */
export interface Group {
  readonly ce: string
  readonly handles: ReadonlyArray<JobHandle>
  readonly capabilities: Context.Context<HTCondorCE.Capabilities>
}

/**
 * The jobs that a command is about, in the order given and each once, and their compute elements.
 *
 * @category models
 * @since 0.1.0
 */
export interface Selection {
  readonly handles: ReadonlyArray<JobHandle>
  readonly groups: ReadonlyArray<Group>
}

// Where a handle says that its job is, in the words of the flags.
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
 * A compute element as the flags name it, and the jobs that it has of a submission.
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

/**
 * Reads what jobs are named, and opens their compute elements: each handle says which one. Nothing is asked of them but for
 * the jobs of a key.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(backend: Backend.Backend, input: Values) {
  if (input.handle.length === 0 && Option.isNone(input.handles) && Option.isNone(input.key)) {
    return yield* new Failure.UsageError({ detail: "which jobs? Give handles, --handles FILE, or --key KEY" })
  }
  const flags = yield* globalFlags
  const listed = Option.isSome(input.handles) ? yield* Inputs.handles(input.handles.value) : []
  const keyed = Option.isSome(input.key) ? yield* ofKey(backend, input.key.value) : undefined
  const all = [...input.handle, ...listed, ...keyed?.handles ?? []]
  const handles = Array.from(new Map(all.map((handle) => [String(handle), handle])).values())
  // A site that is named is asked for all: another CE would be shown its token, and handles may have a former name of it.
  const grouped = flags.named === undefined ? groupOf : () => "the site"
  const known = keyed?.handles[0] === undefined ? undefined : grouped(keyed.handles[0])
  const groups = yield* Effect.forEach(Map.groupBy(handles, grouped), ([group, some]) =>
    Effect.gen(function*() {
      const [first] = some
      if (keyed !== undefined && group === known) {
        return { ce: first?.endpoint ?? "", handles: some, capabilities: keyed.capabilities }
      }
      const place = first === undefined || flags.named !== undefined ? {} : placeOf(first)
      const connection = yield* Connection.fromFlags({ ...flags, ...place })
      const capabilities = yield* Layer.build(backend(connection))
      return { ce: connection.endpoint, handles: some, capabilities }
    }))
  return { handles, groups } satisfies Selection
})

/**
 * Asks all compute elements at the same time, each for its own jobs. If one of several fails as a whole, that is the outcome
 * of its jobs; if all do, the operation fails.
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
    { concurrency: 8 }
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
