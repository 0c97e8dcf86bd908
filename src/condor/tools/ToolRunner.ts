/**
 * Runs the tools that query one schedd, with the credential of one operation.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import { LocalFailure } from "../../contract/BackendError.ts"
import {
  because,
  type JobRecord,
  type Options as ConnectionOptions,
  type Reason,
  type ScheddError,
  type Shown
} from "../Schedd.ts"
import {
  type CondorTool,
  type ToolCall,
  type ToolError,
  type ToolName,
  ToolNotStarted,
  ToolOutputTooLarge,
  ToolTimedOut
} from "./CondorTool.ts"
import * as ScheddAddress from "./ScheddAddress.ts"
import type * as ScheddPlaces from "./ScheddPlaces.ts"
import type { Place } from "./ScheddPlaces.ts"
import type * as ToolEnvironments from "./ToolEnvironments.ts"
import * as ToolExplain from "./ToolExplain.ts"
import * as ToolFailure from "./ToolFailure.ts"
import * as ToolMetrics from "./ToolMetrics.ts"
import * as ToolOutput from "./ToolOutput.ts"
import type * as ToolThrottle from "./ToolThrottle.ts"
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

/** An error with a tag, which a throttle can distinguish. */
export interface Tagged {
  readonly _tag: string
}

const isToolError = (error: unknown): error is ToolError =>
  error instanceof ToolNotStarted || error instanceof ToolTimedOut || error instanceof ToolOutputTooLarge

const local = ({ detail, path }: LocalFailure): ScheddError => because({ _tag: "Local", path, detail })

// The errors of a tool, and of the directory that it needs.
const scheddError = <E>(error: E | ToolError | LocalFailure): E | ScheddError =>
  isToolError(error) ? because(reasonOf(error)) : error instanceof LocalFailure ? local(error) : error

/** The options of a run. `fence` runs immediately before the tool, when all that the tool needs is ready. */
type How<F> = Partial<Pick<ToolCall, "cwd" | "timeout" | "writableDirectory">> & {
  readonly debug?: boolean | undefined
  readonly fence?: Effect.Effect<void, F> | undefined
}

/** Runs the tools that query one schedd with one credential. Each finds the schedd by its name or at its address. */
export interface Runner<E> {
  readonly run: <F extends Tagged = never>(
    tool: ToolName,
    args: ReadonlyArray<string>,
    how?: How<F>
  ) => Effect.Effect<ToolExplain.Ran, ScheddError | E | F>
  readonly records: (tool: ToolName, args: ReadonlyArray<string>) => Stream.Stream<JobRecord, ScheddError | E>
  readonly explain: (ran: ToolExplain.Ran) => Effect.Effect<ScheddError, E>
}

// Whether the credential expired before the tool sent it. The tool may then print that nobody answers.
const hasExpiredUnder = Effect.fnUntraced(function*({ result, shown }: ToolExplain.Ran) {
  if (result.exitCode === 0 || !(yield* ToolExplain.hasExpired(shown))) return false
  const kind = ToolFailure.classify(result)
  return kind === "Authentication" || kind === "Ambiguous"
})

// condor_submit is not repeated: it sends the credential twice, and may have submitted in between.
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

// Adds the records of an answer to the queue as they arrive. Returns the result of the tool, the summary of its answer, and the
// beginning of the answer.
const readAnswer = Effect.fnUntraced(function*(
  stdout: ReturnType<CondorTool["Service"]["stream"]>,
  into: Queue.Enqueue<JobRecord>,
  timed: ReturnType<typeof ToolMetrics.timed>
) {
  const reader = ToolOutput.reader((ad) => Queue.offerUnsafe(into, ad))
  let beginning = ""
  const read = (text: string) => {
    beginning = ToolOutput.beginning(beginning + text.slice(0, ToolOutput.shown))
    reader.push(text)
  }
  const result = yield* Stream.runForEachArray(stdout, (texts) => Effect.sync(() => texts.forEach(read))).pipe(
    Effect.as({ exitCode: 0, stdout: "", stderr: "" }),
    Effect.catchTag("ToolExited", (exited) => Effect.succeed(exited)),
    timed
  )
  return { result, answer: reader.end(), beginning }
})

/**
 * Makes a runner that uses the latest credential, until the scope ends.
 */
export const make = Effect.fnUntraced(function*<E extends Tagged>(
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

  // The arguments and the environment of a tool for the place `by`, and the token that it sends.
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

  // One run, whose records arrive in the queue.
  const readOnce = (tool: ToolName, args: ReadonlyArray<string>, into: Queue.Enqueue<JobRecord>, by: Place) =>
    throttle(
      "Question",
      Effect.gen(function*() {
        const { shown, ...told } = yield* prepare(tool, args, by)
        const stdout = tools.stream({ ...told, tool, timeout: options.timeout })
        return { tool, shown, ...yield* readAnswer(stdout, into, timed(tool)) }
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
      // condor_history prints an empty list if it finds nothing. An empty text is an answer that was lost.
      if (tool === "condor_history" && answer.success.isBlank) {
        return yield* ToolExplain.garbled(tool, "the answer is empty", "")
      }
      for (let index = 0; index < answer.success.unnamed; index++) Queue.offerUnsafe(into, "WithoutNumber")
      return yield* Queue.end(into)
    }))

  return { run, records, explain }
})
