/**
 * A schedd that is asked by HTCondor's command-line tools.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import { LocalFailure } from "../../contract/BackendError.ts"
import * as Errno from "../../files/Errno.ts"
import * as PrivateDirectories from "../../files/PrivateDirectories.ts"
import {
  because,
  type Connection,
  type JobRecord,
  JobsRefused,
  NotSubmitted,
  type Options as ConnectionOptions,
  type Reason,
  type Schedd,
  type ScheddError,
  ScheddTransport,
  type Shown
} from "../Schedd.ts"
import * as SubmitDescription from "../SubmitDescription.ts"
import {
  CondorTool,
  type ToolCall,
  type ToolError,
  type ToolName,
  ToolNotStarted,
  ToolOutputTooLarge,
  ToolTimedOut
} from "./CondorTool.ts"
import * as ScheddAddress from "./ScheddAddress.ts"
import * as ScheddPlaces from "./ScheddPlaces.ts"
import type { Place } from "./ScheddPlaces.ts"
import * as ToolEnvironments from "./ToolEnvironments.ts"
import * as ToolExplain from "./ToolExplain.ts"
import * as ToolFailure from "./ToolFailure.ts"
import * as ToolMetrics from "./ToolMetrics.ts"
import * as ToolOutput from "./ToolOutput.ts"
import * as ToolThrottle from "./ToolThrottle.ts"
import * as Trace from "./Trace.ts"

const reasonOf = (error: ToolError): Reason => {
  const { tool } = error
  switch (error._tag) {
    case "ToolTimedOut":
      return { _tag: "TimedOut", carrier: tool, seconds: error.seconds }
    case "ToolOutputTooLarge":
      return {
        _tag: "Failed",
        detail: `the answer exceeds ${error.maxBytes} bytes on ${error.pipe}`,
        retry: "AfterRepair",
        report: { tool, exitCode: 137, output: "" }
      }
    case "ToolNotStarted":
      return error.temporary === true
        ? {
          _tag: "Failed",
          detail: `this host cannot run ${tool} at the moment (${error.detail})`,
          retry: "Later",
          report: { tool, exitCode: 126, output: "" }
        }
        : { _tag: "Missing", carrier: tool, detail: error.detail }
  }
}

/** What a throttle can tell apart. */
interface Tagged {
  readonly _tag: string
}

const isToolError = (error: unknown): error is ToolError =>
  error instanceof ToolNotStarted || error instanceof ToolTimedOut || error instanceof ToolOutputTooLarge

const local = ({ detail, path }: LocalFailure): ScheddError => because({ _tag: "Local", path, detail })

// What a tool, and the directory that it needs, can fail with.
const scheddError = <E>(error: E | ToolError | LocalFailure): E | ScheddError =>
  isToolError(error) ? because(reasonOf(error)) : error instanceof LocalFailure ? local(error) : error

/** How a tool runs, beside its arguments. `fence` runs when it has its place, and all that it needs. */
type How<F> = Partial<Pick<ToolCall, "cwd" | "timeout" | "writableDirectory">> & {
  readonly debug?: boolean | undefined
  readonly fence?: Effect.Effect<void, F> | undefined
}

/** What runs the tools that ask one schedd, and show it one credential: each finds the schedd by its name or at its address. */
interface Runner<E> {
  readonly run: <F extends Tagged = never>(
    tool: ToolName,
    args: ReadonlyArray<string>,
    how?: How<F>
  ) => Effect.Effect<ToolExplain.Ran, ScheddError | E | F>
  readonly records: (tool: ToolName, args: ReadonlyArray<string>) => Stream.Stream<JobRecord, ScheddError | E>
  readonly explain: (ran: ToolExplain.Ran) => Effect.Effect<ScheddError, E>
}

// The credential expired before the tool had shown it. What the tool then says may be that nobody answers.
const hasExpiredUnder = Effect.fnUntraced(function*({ result, shown }: ToolExplain.Ran) {
  if (result.exitCode === 0 || !(yield* ToolExplain.hasExpired(shown))) return false
  const kind = ToolFailure.classify(result)
  return kind === "Authentication" || kind === "Ambiguous"
})

// condor_submit shows the credential twice, and may have submitted in between.
const repeated = <A extends ToolExplain.Ran, E, R>(
  tool: ToolName,
  once: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  tool === "condor_submit"
    ? once
    : Effect.flatMap(
      once,
      (ran) => Effect.flatMap(hasExpiredUnder(ran), (expired) => expired ? once : Effect.succeed(ran))
    )

const makeRunner = Effect.fnUntraced(function*<E extends Tagged>(
  options: ConnectionOptions,
  tools: CondorTool["Service"],
  throttle: ToolThrottle.Throttle,
  environments: ToolEnvironments.ToolEnvironments,
  places: ScheddPlaces.ScheddPlaces,
  latest: Effect.Effect<Shown, E>
): Effect.fn.Return<Runner<E>, ScheddError | E, Scope.Scope> {
  const scope = yield* Effect.scope
  const first = yield* latest
  let current = { shown: first, environment: yield* Effect.mapError(environments.open(first), local) }
  const exchange = Semaphore.makeUnsafe(1)
  const open = exchange.withPermit(Effect.gen(function*() {
    const shown = yield* latest
    if (Redacted.value(shown.token) !== Redacted.value(current.shown.token)) {
      current = { shown, environment: yield* Scope.provide(environments.open(shown), scope) }
    }
    return current
  }))

  // What a tool is told, by way of `by`, and the token that it shows.
  const prepare = Effect.fnUntraced(function*(tool: ToolName, args: ReadonlyArray<string>, by: Place) {
    const { environment, shown } = yield* open
    const place = yield* places.told(tool, by, environment)
    return { shown, args: [...place.args, ...args], environment: { ...environment, ...place.environment } }
  })

  const timed = (tool: ToolName) => ToolMetrics.timed(options.name.address, tool)

  const runOnce = <F extends Tagged = never>(
    tool: ToolName,
    args: ReadonlyArray<string>,
    { debug, fence = Effect.void, timeout, ...how }: How<F>,
    by: Place
  ) =>
    throttle(
      timeout === undefined ? "Question" : "Transfer",
      Effect.gen(function*() {
        const { environment, shown, ...told } = yield* prepare(tool, args, by)
        const call = {
          ...how,
          ...told,
          tool,
          environment: debug === true ? { ...environment, ...Trace.environment } : environment,
          timeout: timeout ?? options.timeout
        }
        yield* fence
        return { tool, shown, result: yield* timed(tool)(tools.run(call)) }
      })
    )

  const explain: Runner<E>["explain"] = ToolExplain.make(
    options,
    (tool, args) => Effect.mapError(repeated(tool, runOnce(tool, args, { debug: true }, "Elsewhere")), scheddError)
  )

  const locate = Effect.map(
    runOnce("condor_status", ["-pool", options.name.address, ...ScheddAddress.question], {}, "Elsewhere"),
    ({ result }) => result.exitCode === 0 ? ScheddAddress.read(result.stdout, options.name.schedd) : undefined
  ).pipe(Effect.orElseSucceed(() => undefined))

  const run: Runner<E>["run"] = (tool, args, how = {}) =>
    Effect.mapError(
      places.visit(locate, tool, (by) => repeated(tool, runOnce(tool, args, how, by))),
      scheddError
    )

  // The records of one run, as they arrive; whether the answer was whole.
  const readOnce = (tool: ToolName, args: ReadonlyArray<string>, into: Queue.Enqueue<JobRecord>, by: Place) =>
    throttle(
      "Question",
      Effect.gen(function*() {
        const { shown, ...told } = yield* prepare(tool, args, by)
        const reader = ToolOutput.reader((ad) => Queue.offerUnsafe(into, ad))
        let beginning = ""
        const read = (text: string) => {
          beginning = ToolOutput.beginning(beginning + text.slice(0, ToolOutput.shown))
          reader.push(text)
        }
        const result = yield* Stream.runForEachArray(
          tools.stream({ ...told, tool, timeout: options.timeout }),
          (texts) => Effect.sync(() => texts.forEach(read))
        ).pipe(
          Effect.as({ exitCode: 0, stdout: "", stderr: "" }),
          Effect.catchTag("ToolExited", (exited) => Effect.succeed(exited)),
          timed(tool)
        )
        return { tool, shown, result, answer: reader.end(), beginning }
      })
    )

  const records: Runner<E>["records"] = (tool, args) =>
    Stream.callback<JobRecord, ScheddError | E>(Effect.fnUntraced(function*(into) {
      const { answer, beginning, ...ran } = yield* Effect.mapError(
        places.visit(locate, tool, (by) => repeated(tool, readOnce(tool, args, into, by))),
        scheddError
      )
      if (ran.result.exitCode !== 0) return yield* yield* explain(ran)
      if (Result.isFailure(answer)) return yield* ToolExplain.garbled(tool, answer.failure, beginning)
      // It prints an empty list where it finds nothing. Without that, its answer was lost on the way.
      if (tool === "condor_history" && answer.success.isBlank) {
        return yield* ToolExplain.garbled(tool, "the answer is empty", "")
      }
      for (let index = 0; index < answer.success.unnamed; index++) Queue.offerUnsafe(into, "WithoutNumber")
      return yield* Queue.end(into)
    }))

  return { run, records, explain }
})

// One program, which does what its name says.
const actions = { Remove: "condor_rm", Release: "condor_release" } as const

// The name of the submit description in its directory.
const descriptionFile = "submission.sub"

const makeSchedd = <E extends Tagged>(
  fileSystem: FileSystem.FileSystem,
  path: Path.Path,
  { explain, records, run }: Runner<E>
): Schedd<E> => {
  const ads = (args: ReadonlyArray<string>, attributes: ReadonlyArray<string>) => [
    ...args,
    "-json",
    "-attributes",
    attributes.join(",")
  ]

  const failure = (ran: ToolExplain.Ran): Effect.Effect<never, ScheddError | E> =>
    Effect.flatMap(explain(ran), Effect.fail)

  const queue: Schedd<E>["queue"] = ({ allUsers = false, attributes, constraint }) =>
    // Otherwise it prints nothing before it has heard of all of them, and sorts them.
    records(
      "condor_q",
      ads(["-stream-results", ...(allUsers ? ["-allusers"] : []), "-constraint", constraint], attributes)
    )

  const history: Schedd<E>["history"] = ({ attributes, constraint, depth, limit, oldestFirst = false, since }) =>
    records(
      "condor_history",
      ads([
        ...(oldestFirst ? ["-forwards"] : []),
        ...(constraint === undefined ? [] : ["-constraint", constraint]),
        "-limit",
        String(limit),
        ...(depth === undefined ? [] : ["-scanlimit", String(depth)]),
        ...(since === undefined ? [] : ["-since", since])
      ], attributes)
    )

  const submit: Schedd<E>["submit"] = Effect.fnUntraced(function*({ description, directory, fence, timeout }) {
    const text = SubmitDescription.toText(description)
    const file = path.join(directory, descriptionFile)
    yield* Effect.mapError(
      fileSystem.writeFileString(file, text, { mode: 0o600, flag: "wx" }),
      (error) => because({ _tag: "Local", path: "submit directory", detail: Errno.describe(error) })
    )
    const args = ["-terse", descriptionFile]
    const ran = yield* run("condor_submit", args, { cwd: directory, fence, timeout })
    const { result } = ran
    const queued = ToolOutput.submittedJobs(result.stdout)
    const warnings = ToolOutput.warnings(result.stderr)
    const cluster = ToolOutput.clusterOf(queued, description.environments.length)
    if (result.exitCode === 0 && cluster !== undefined) return { cluster, warnings }
    const kind = ToolFailure.classify(result)
    return yield* new NotSubmitted<E>({
      queued,
      warnings,
      rejection: ToolFailure.rejection(result),
      kind: kind === "Other" ? "Other" : kind === "Authentication" ? "Credential" : "Way",
      succeeded: result.exitCode === 0,
      retry: ToolFailure.retry(result),
      report: ToolExplain.report("condor_submit", result),
      explain: explain(ran)
    })
  })

  // Its words quote names of files, which may say anything.
  const refusalOf = Effect.fnUntraced(function*(
    ran: ToolExplain.Ran
  ): Effect.fn.Return<never, JobsRefused | ScheddError | E> {
    const blamed = ToolOutput.blamedJob(ran.result.stderr)
    return yield* blamed !== undefined || ToolFailure.classify(ran.result) === "Other"
      ? new JobsRefused({
        detail: ToolFailure.words(ran.result),
        blamed,
        missing: ToolFailure.isFileMissing(ran.result)
      })
      : failure(ran)
  })

  const done = (ran: ToolExplain.Ran): Effect.Effect<void, JobsRefused | ScheddError | E> =>
    ran.result.exitCode === 0 ? Effect.void : refusalOf(ran)

  const edit: Schedd<E>["edit"] = (constraint, edits) =>
    Effect.flatMap(run("condor_qedit", ["-constraint", constraint, ...edits.flat()]), done)

  const transfer: Schedd<E>["transfer"] = (constraint, { directory, timeout }) =>
    Effect.flatMap(
      run("condor_transfer_data", ["-constraint", constraint], { timeout, writableDirectory: directory }),
      done
    )

  const act: Schedd<E>["act"] = Effect.fnUntraced(function*(action, constraint, reason) {
    const ran = yield* run(actions[action], ["-long", "-reason", reason, "-constraint", constraint])
    const { exitCode, stderr, stdout } = ran.result
    const results = ToolOutput.results(stdout)
    // The last line of every failure says that no job was found. It is true only where nothing else is said.
    const nothingMatched = ToolFailure.classify(ran.result) === "Other" &&
      /Couldn't find\/re(?:move|lease) all jobs matching constraint/.test(stderr)
    return exitCode === 0 || results.size > 0 || nothingMatched ? results : yield* failure(ran)
  })

  const identity: Schedd<E>["identity"] = Effect.gen(function*(): Effect.fn.Return<string, ScheddError | E> {
    const ran = yield* run("condor_q", ["-totals", "-json", "-constraint", "false"])
    if (ran.result.exitCode !== 0) return yield* failure(ran)
    const name = ToolOutput.ownName(ran.result.stdout)
    if (name !== undefined) return name
    const detail = "the schedd does not say whom it takes the client for"
    return yield* ToolExplain.garbled("condor_q", detail, ran.result.stdout)
  })

  return { queue, history, submit, edit, transfer, act, identity }
}

/**
 * - `byName`: each tool asks the collector where the schedd is (default false: it is asked once)
 * - all else: how many tools run at one time, for all schedds together
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends ToolThrottle.Options {
  readonly byName?: boolean | undefined
}

/**
 * Schedds that are asked by HTCondor's command-line tools, which `CondorTool` runs.
 *
 * **Details**
 *
 * A schedd that does not answer takes no room from the others: see {@link ToolThrottle.Options}.
 *
 * Its collector is asked once where it listens, when it has answered for the first time, and its tools go there from then on: that
 * is half of their way. Where nobody answers there any more, they go by its name again.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options = {}
): Layer.Layer<ScheddTransport, never, CondorTool | FileSystem.FileSystem | Path.Path> =>
  Layer.effect(
    ScheddTransport,
    Effect.gen(function*() {
      const tools = yield* CondorTool
      const fileSystem = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const services = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
      const throttleOf = ToolThrottle.make(options)
      const sweeps: PrivateDirectories.Sweeps = new Map()
      const open = Effect.fnUntraced(function*(
        one: ConnectionOptions
      ): Effect.fn.Return<Connection, never, FileSystem.FileSystem | Path.Path | Scope.Scope> {
        const throttle = ToolMetrics.waiting(one.name.address, yield* throttleOf(one))
        const temporary = yield* PrivateDirectories.make(one, sweeps)
        const environments = yield* ToolEnvironments.make(one, temporary)
        const places = yield* ScheddPlaces.make(one, options.byName === true)
        return {
          forget: environments.forget,
          as: (latest) =>
            Effect.map(
              makeRunner(one, tools, throttle, environments, places, latest),
              (runner) => makeSchedd(fileSystem, path, runner)
            )
        }
      })
      return { open: (one) => Effect.provide(open(one), services) }
    })
  )
