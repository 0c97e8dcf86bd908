/**
 * What `condor_ping` is asked to find out.
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

/** The command line, up to the first mistake. */
export const read = (call: ToolCall): Result.Result<Arguments.Arguments, Arguments.Problem> =>
  Arguments.read(options, call.args)

const given = (call: ToolCall): Arguments.Arguments => Result.getOrElse(read(call), () => ({ options: [], words: [] }))

/** The levels of authorisation that are asked for. */
export const levels = (call: ToolCall): ReadonlyArray<string> => {
  const { words } = given(call)
  return words.length === 0 ? ["WRITE"] : words
}

/** Whether it asks the collector, and no schedd. */
export const asksCollector = (call: ToolCall): boolean =>
  call.tool === "condor_ping" && Arguments.last(given(call), "type")?.toLowerCase() === "collector"

/** What is printed of levels that are not allowed, of all unless named; `why` if it is asked to tell. */
export const failed = (call: ToolCall, why: ReadonlyArray<string>, which = levels(call)): string =>
  which.map((level) =>
    Arguments.has(given(call), "verbose")
      ? `${level} failed!\n${why.map((line) => `${line}\n`).join("")}\n`
      : `${level} failed!  Use -verbose for more information.\n`
  ).join("")
