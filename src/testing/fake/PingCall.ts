/**
 * The command line of `condor_ping`.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type { ToolCall } from "../../condor/tools/CondorTool.ts"
import * as Arguments from "./Arguments.ts"

const options: ReadonlyArray<Arguments.Option> = [
  { name: "pool", least: 1, takes: "word" },
  { name: "name", least: 1, takes: "word" },
  { name: "type", least: 2, takes: "word" },
  { name: "debug", least: 1 },
  { name: "verbose", least: 1 }
]

/** Parses the command line, up to the first error. */
export const read = (call: ToolCall): Result.Result<Arguments.Arguments, Arguments.Problem> =>
  Arguments.read(options, call.args)

const given = (call: ToolCall): Arguments.Arguments => Result.getOrElse(read(call), () => ({ options: [], words: [] }))

/** The requested authorization levels. */
export const levels = (call: ToolCall): ReadonlyArray<string> => {
  const { words } = given(call)
  return words.length === 0 ? ["WRITE"] : words
}

/** Whether the call is for the collector. */
export const asksCollector = (call: ToolCall): boolean =>
  call.tool === "condor_ping" && Arguments.last(given(call), "type")?.toLowerCase() === "collector"

/** The output for levels that are not allowed (default: all requested levels). `-verbose` prints `why`. */
export const failed = (call: ToolCall, why: ReadonlyArray<string>, which = levels(call)): string =>
  which.map((level) =>
    Arguments.has(given(call), "verbose")
      ? `${level} failed!\n${why.map((line) => `${line}\n`).join("")}\n`
      : `${level} failed!  Use -verbose for more information.\n`
  ).join("")
