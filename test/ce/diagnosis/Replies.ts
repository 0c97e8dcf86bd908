/** Replies of tools, as a diagnosis gets them. */
import type { Reply } from "../../../src/ce/internal/diagnosis/ToolProbe.ts"
import * as Trace from "../../../src/condor/tools/Trace.ts"

/** Lines as `-debug` prints them. */
export const debug = (...lines: ReadonlyArray<string>): string =>
  lines.map((line) => `11/26/26 10:40:50 ${line}\n`).join("")

export const began =
  "SECMAN: command 6 QUERY_SCHEDD_ADS to collector at <192.0.2.1:9619?alias=ce.example.org> from TCP port 33489 (blocking)."

export const replied = (
  { exitCode = 0, stderr = "", stdout = "" }: { exitCode?: number; stderr?: string; stdout?: string }
): Reply => {
  const result = { exitCode, stderr, stdout }
  return { _tag: "Answered", result, trace: Trace.read(result), before: 1_000_000, after: 1_000_100 }
}

export const silent: Reply = { _tag: "Silent", seconds: 60 }

export const notRun: Reply = { _tag: "NotRun", detail: "condor_status: no such command" }
