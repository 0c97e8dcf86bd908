/**
 * The lines of `-debug` that a diagnosis reads: how a tool connects, and whether the daemon accepts it.
 *
 * @since 0.1.0
 */
import type { ToolCall, ToolResult } from "../../condor/tools/CondorTool.ts"
import * as AccessControl from "./AccessControl.ts"
import * as ToolMessages from "./ToolMessages.ts"

/** The id of a security session: the host, the process id of the daemon, its clock, and a number. */
export const session = (call: ToolCall, now: number): string =>
  `${ToolMessages.endpointOf(AccessControl.poolOf(call) ?? "").host}:43:${Math.floor(now / 1000)}:7`

const two = (number: number): string => String(number).padStart(2, "0")

const stamp = (now: number): string => {
  const at = new Date(now)
  const day = [at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCFullYear() % 100].map(two).join("/")
  return `${day} ${[at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(":")}`
}

const isAsked = (call: ToolCall): boolean =>
  call.args.includes("-debug") && call.environment["_CONDOR_TOOL_DEBUG"] === "D_SECURITY"

/** Adds these lines to the beginning of stderr, if the call asks for them. */
export const told = (call: ToolCall, result: ToolResult, now: number): ToolResult => {
  if (!isAsked(call)) return result
  const address = ToolMessages.collectorAddress(ToolMessages.endpointOf(AccessControl.poolOf(call) ?? ""))
  const text = `${result.stderr}\n${result.stdout}`
  const lines = (): ReadonlyArray<string> => {
    if (/unknown host/i.test(text)) return []
    if (/Failed to connect to|failed to make connection/.test(text)) {
      return [`attempt to connect to ${address} failed: Connection refused (connect errno = 111).`]
    }
    const begun = `SECMAN: command 6 QUERY_SCHEDD_ADS to collector at ${address} from TCP port 40417 (blocking).`
    if (/SECMAN:2007/.test(text)) return [begun, "SECMAN: no classad from server, failing"]
    if (/AUTHENTICATE:1004/.test(text)) return [begun, "Server sent status indicating not OK."]
    return [begun, `SECMAN: added session ${session(call, now)} to cache for 60 seconds (3600s lease).`]
  }
  return { ...result, stderr: lines().map((line) => `${stamp(now)} ${line}\n`).join("") + result.stderr }
}
