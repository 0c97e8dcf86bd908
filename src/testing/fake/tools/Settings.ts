/**
 * `condor_config_val`, of a schedd.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Arguments from "../Arguments.ts"
import type { Tool } from "../Tool.ts"
import { answer } from "../Tool.ts"
import * as ToolMessages from "../ToolMessages.ts"

const options: ReadonlyArray<Arguments.Option> = [
  { name: "pool", least: 1, takes: "word" },
  { name: "name", least: 1, takes: "word" },
  { name: "schedd", least: 2 },
  { name: "debug", least: 2 }
]

/** HTCondor's default `MAX_JOBS_PER_SUBMISSION`. */
export const maxJobsPerSubmission = 20_000

// HTCondor's defaults. The fake enforces only the second.
const settings: Readonly<Record<string, string>> = {
  MAX_JOBS_PER_OWNER: "100000",
  MAX_JOBS_PER_SUBMISSION: `${maxJobsPerSubmission}`,
  MAX_JOBS_SUBMITTED: "2147483647"
}

/** Runs the tool. */
export const run: Tool = ({ call }) =>
  Effect.sync(() => {
    const read = Arguments.read(options, call.args)
    if (Result.isFailure(read) || !Arguments.has(read.success, "schedd")) {
      return answer({ exitCode: 1, stderr: ToolMessages.notPlayed(call.tool, "a call without -schedd") })
    }
    return answer({
      stdout: read.success.words.map((name) => `${settings[name.toUpperCase()] ?? "Not defined"}\n`).join("")
    })
  })
