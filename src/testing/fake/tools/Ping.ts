/**
 * `condor_ping`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ToolResult } from "../../../condor/tools/CondorTool.ts"
import * as AccessControl from "../AccessControl.ts"
import * as Arguments from "../Arguments.ts"
import * as Debug from "../Debug.ts"
import * as PingCall from "../PingCall.ts"
import type { Tool, Visit } from "../Tool.ts"
import { answer } from "../Tool.ts"
import * as ToolMessages from "../ToolMessages.ts"
import { releases } from "../VersionStrings.ts"

const failed = (stderr: string): ToolResult => answer({ exitCode: 1, stderr })

// The numbers of the commands that the tool sends.
const commands: Readonly<Record<string, number>> = { READ: 60_020, WRITE: 60_021 }

const method = "IDTOKENS"

/** The `-verbose` output for an allowed level. */
const verbose = (visit: Visit, level: string, target: string): string => {
  const { queue, user } = visit
  const { condor } = releases[queue.version]
  const isKnown = user !== AccessControl.nobody
  const field = (name: string, value: string | number) => `${`${name}:`.padEnd(29)}${value}\n`
  return [
    field("Destination", target),
    field("Remote Version", condor),
    `Local  Version:              ${condor}\n`,
    field("Session ID", Debug.session(visit.call, queue.now)),
    field("Instruction", level),
    field("Command", commands[level] ?? 0),
    field("Encryption", isKnown ? "AES" : "none"),
    field("Integrity", isKnown ? "AES" : "none"),
    isKnown
      ? field("Authenticated using", method) + field("All authentication methods", "TOKEN")
      : field("Authentication", "none"),
    field("Remote Mapping", user),
    field("Authorized", "TRUE")
  ].join("")
}

/** Runs the tool. */
export const run: Tool = (visit) =>
  Effect.sync(() => {
    const { call, mayWrite, user } = visit
    const read = PingCall.read(call)
    if (Result.isFailure(read)) return failed(ToolMessages.notPlayed(call.tool, "such a command line"))
    const given = read.success
    const levels = PingCall.levels(call)
    const unknown = levels.find((level) => !(level in commands))
    if (unknown !== undefined) return failed(ToolMessages.notPlayed(call.tool, unknown))
    const target = PingCall.asksCollector(call)
      ? `collector ${ToolMessages.collectorAddress(ToolMessages.endpointOf(AccessControl.poolOf(call) ?? ""))}`
      : `schedd ${AccessControl.scheddOf(call) ?? ""}`
    const isVerbose = Arguments.has(given, "verbose")
    const isAllowed = (level: string): boolean => level === "READ" || mayWrite
    const stdout = levels.map((level) =>
      isAllowed(level)
        ? isVerbose
          ? `${verbose(visit, level, target)}\n`
          : `${level} command using (${
            user === AccessControl.nobody
              ? "no encryption, no integrity, and no authentication"
              : `AES, AES, and ${method}`
          }) succeeded as ${user} to ${target}.\n`
        : PingCall.failed(call, [ToolMessages.denied(user)], [level])
    ).join("")
    return answer({ exitCode: levels.every(isAllowed) ? 0 : 1, stdout })
  })
