/**
 * The checks of this host: HTCondor's tools, and the directory for tokens.
 */
import { isBefore } from "../../../classad/Version.ts"
import type { ToolName } from "../../../condor/tools/CondorTool.ts"
import { versionIn } from "../../../condor/tools/Ping.ts"
import * as ToolOutput from "../../../condor/tools/ToolOutput.ts"
import { failed, type Finding, ok, warning } from "./Check.ts"
import type { Reply } from "./ToolProbe.ts"

/**
 * The oldest version of HTCondor with which this library was tested.
 */
export const oldest = "23.0"

/**
 * Whether a version of HTCondor is older than `oldest`.
 */
export const isOld = (version: string): boolean => isBefore(version, oldest)

// Three of the tools have no -version option. Their usage message shows that they run.
const works = ({ result: { stderr, stdout } }: Extract<Reply, { readonly _tag: "Answered" }>): boolean =>
  versionIn(stdout) !== undefined || /^Usage: /m.test(`${stdout}\n${stderr}`)

// Text beside the answer to -version, such as a wrapper's message. The usage of a tool without -version begins with one of these
// words.
const chatter = ({ result: { stdout } }: Extract<Reply, { readonly _tag: "Answered" }>): string | undefined => {
  const lines = stdout.split("\n").map((line) => line.trim()).filter((line) => line !== "")
  return versionIn(stdout) === undefined
    ? lines.slice(0, 1).find((line) => !/^(?:Usage:|Error:|condor_\w+:)/.test(line))
    : lines.find((line) => !line.startsWith("$Condor"))
}

const install = `install HTCondor's client tools, ${oldest} or later, or say where they are: --condor-bin`

export const tools = (replies: ReadonlyMap<ToolName, Reply>, directory: string | undefined): Finding => {
  const where = directory === undefined ? "" : ` in ${directory}`
  // By reason: most often it is the same for all tools.
  const missing = new Map<string, Array<ToolName>>()
  const miss = (tool: ToolName, why: string) => missing.set(why, [...missing.get(why) ?? [], tool])
  const talking: Array<string> = []
  const versions = new Set<string>()
  for (const [tool, reply] of replies) {
    if (reply._tag === "NotRun") miss(tool, reply.detail.replace(`${tool}: `, ""))
    else if (reply._tag === "Silent") miss(tool, "does not end")
    else if (works(reply)) {
      versions.add(versionIn(reply.result.stdout) ?? "")
      const said = chatter(reply)
      if (said !== undefined) talking.push(`${tool} prints what it should not: ${ToolOutput.beginning(said)}`)
    } else miss(tool, reply.trace.said === "" ? `exit code ${reply.result.exitCode}` : reply.trace.said)
  }
  versions.delete("")
  if (missing.size > 0) {
    const words = Array.from(missing, ([why, some]) => `${some.join(", ")}: ${why}`)
    return failed(`${words.join("; ")}${where}`, install)
  }
  if (talking.length > 0) {
    return failed(
      `${talking.join("; ")}${where}`,
      "let what wraps HTCondor's tools print on stderr, or name the directory of the tools themselves: --condor-bin"
    )
  }
  const found = Array.from(versions)
  const detail = `HTCondor ${found.join(" and ")}${where}: ${Array.from(replies.keys()).join(", ")}`
  if (found.length > 1) return warning(detail, "install tools of one version")
  return found.some(isOld) ? warning(detail, `install ${oldest} or later: nobody has tried older ones`) : ok(detail)
}

// Enough for tokens, submit descriptions and secrets: input files are only linked.
const room = 64 * 1024 * 1024

const mebibytes = (bytes: number): string => `${Math.floor(bytes / 1024 / 1024)} MiB`

const elsewhere = "make room, or name another temporary directory: TMPDIR"

/**
 * The result if the directory for tokens and submissions cannot be used.
 */
export const unusable = (directory: string, detail: string): Finding => failed(`${directory}: ${detail}`, elsewhere)

/**
 * The result if the directory is writable, by its free space in bytes, if that is known.
 */
export const usable = (directory: string, free: number | undefined): Finding => {
  if (free === undefined) return ok(`${directory} can be written to`)
  const detail = `${directory} can be written to, and has ${mebibytes(free)} left`
  return free < room ? warning(detail, elsewhere) : ok(detail)
}
