/**
 * Runs single tools for a diagnosis. Every outcome is a value.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { CondorTool, type ToolError, type ToolName, type ToolResult } from "../../../condor/tools/CondorTool.ts"
import * as ToolEnvironment from "../../../condor/tools/ToolEnvironment.ts"
import * as Trace from "../../../condor/tools/Trace.ts"
import type { LocalFailure } from "../../../contract/BackendError.ts"
import type { Temporary } from "../../../files/PrivateDirectories.ts"
import type { Settings } from "../../Config.ts"
import type { Endpoint } from "../../Endpoint.ts"

/**
 * The outcome of a run.
 *
 * - `Answered`: the tool ended. `before` and `after` are this host's clock, in milliseconds.
 * - `Silent`: the tool did not end in time
 * - `NotRun`: the tool could not be run
 */
export type Reply =
  | {
    readonly _tag: "Answered"
    readonly result: ToolResult
    readonly trace: Trace.Trace
    readonly before: number
    readonly after: number
  }
  | { readonly _tag: "Silent"; readonly seconds: number }
  | { readonly _tag: "NotRun"; readonly detail: string }

/**
 * - `version`: runs a tool with `-version`, which contacts no daemon
 * - `collector`: runs a tool that queries the CE's collector
 * - `schedd`: runs a tool that queries the CE's schedd
 * - `daemon`: runs a tool that queries the daemon at an address
 */
export interface Probe {
  version(tool: ToolName): Effect.Effect<Reply>
  collector(guise: ToolEnvironment.Guise, tool: ToolName, args: ReadonlyArray<string>): Effect.Effect<Reply>
  schedd(guise: ToolEnvironment.Guise, tool: ToolName, args: ReadonlyArray<string>): Effect.Effect<Reply>
  daemon(
    address: string,
    guise: ToolEnvironment.Guise,
    tool: ToolName,
    args: ReadonlyArray<string>
  ): Effect.Effect<Reply>
}

// condor_status gets the backend's timeout as its own, and needs more time to report what it waited for.
const grace = Duration.seconds(2)

const failed = (error: ToolError | LocalFailure): Reply => {
  switch (error._tag) {
    case "ToolTimedOut":
      return { _tag: "Silent", seconds: Math.floor(error.seconds) }
    case "ToolNotStarted":
      return { _tag: "NotRun", detail: `${error.tool}: ${error.detail}` }
    case "ToolOutputTooLarge":
      return { _tag: "NotRun", detail: `${error.tool}: its answer exceeds ${error.maxBytes} bytes` }
    case "LocalFailure":
      return { _tag: "NotRun", detail: error.message }
  }
}

// The check of the tools reports a tool that cannot be started at all.
const isMissing = (error: ToolError | LocalFailure): boolean =>
  error._tag === "ToolNotStarted" && error.temporary === undefined

const seeTools: Reply = { _tag: "NotRun", detail: "see the check of the tools" }

export const make = Effect.fnUntraced(function*(endpoint: Endpoint, settings: Settings, temporary: Temporary) {
  const tools = yield* CondorTool
  const channel = yield* ToolEnvironment.make(settings, temporary)

  const run = Effect.fnUntraced(
    function*(tool: ToolName, args: ReadonlyArray<string>, environment: Readonly<Record<string, string>>) {
      const before = yield* Clock.currentTimeMillis
      const timeout = tool === "condor_status" ? Duration.sum(settings.timeout, grace) : settings.timeout
      const result = yield* tools.run({ tool, args, environment, timeout })
      const after = yield* Clock.currentTimeMillis
      return { _tag: "Answered", result, trace: Trace.read(result), before, after } satisfies Reply
    }
  )

  const ask = (guise: ToolEnvironment.Guise, tool: ToolName, args: ReadonlyArray<string>): Effect.Effect<Reply> =>
    Effect.scoped(
      Effect.flatMap(
        channel(guise),
        (environment) => run(tool, args, { ...environment, ...Trace.environment })
      )
    ).pipe(Effect.catch((error) => Effect.succeed(isMissing(error) ? seeTools : failed(error))))

  return {
    version: (tool) =>
      Effect.catch(
        run(tool, ["-version"], { CONDOR_CONFIG: "/dev/null" }),
        (error) => Effect.succeed(failed(error))
      ),
    collector: (guise, tool, args) => ask(guise, tool, ["-pool", endpoint.address, ...args]),
    schedd: (guise, tool, args) => ask(guise, tool, ["-pool", endpoint.address, "-name", endpoint.schedd, ...args]),
    daemon: (address, guise, tool, args) => ask(guise, tool, ["-addr", `<${address}>`, ...args])
  } satisfies Probe
})
