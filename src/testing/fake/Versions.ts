/**
 * `-version`, which the tools answer without a connection.
 *
 * @since 0.1.0
 */
import type { ToolCall, ToolName, ToolResult } from "../../condor/tools/CondorTool.ts"
import type { Version } from "./Job.ts"
import { answer as tool } from "./Tool.ts"
import * as ToolMessages from "./ToolMessages.ts"
import { releases } from "./VersionStrings.ts"

// Three tools do not know the option, and print their usage.
const usages: Readonly<Partial<Record<ToolName, Partial<ToolResult>>>> = {
  condor_submit: { stderr: "Usage: condor_submit [options] [<attrib>=<value>] [- | <submit-file>]\n" },
  condor_history: { stderr: "Error: Unknown argument -version\n", stdout: ToolMessages.usage.condor_history },
  condor_qedit: { stderr: `condor_qedit: -version is not a valid option\n${ToolMessages.usage.condor_qedit}` }
}

/** The answer to `-version`; undefined for any other call. */
export const answer = (call: ToolCall, version: Version): ToolResult | undefined => {
  if (call.args.length !== 1 || call.args[0] !== "-version") return undefined
  const usage = usages[call.tool]
  const { condor, platform } = releases[version]
  return usage === undefined ? tool({ stdout: `${condor}\n${platform}\n` }) : tool({ exitCode: 1, ...usage })
}
