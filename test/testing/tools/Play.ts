/** One run of a tool on a queue without events. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect } from "effect"
import type { ToolCall, ToolName, ToolResult } from "../../../src/condor/tools/CondorTool.ts"
import type { Queue } from "../../../src/testing/fake/Queue.ts"
import type { Tool } from "../../../src/testing/fake/Tool.ts"
import * as TransferFaults from "../../../src/testing/fake/TransferFaults.ts"

export const pilot = "pilot@users.htcondor.org"
export const other = "other@users.htcondor.org"

export const address = ["-pool", "ce.example.org:9619", "-name", "ce.example.org"] as const

export const call = (tool: ToolName, args: ReadonlyArray<string>): ToolCall => ({
  tool,
  args,
  environment: {},
  timeout: "1 minute"
})

/** Runs a tool as the user `pilot`, with write access. */
export const play = (run: Tool, name: ToolName, queue: Queue) =>
(
  args: ReadonlyArray<string>,
  who: { readonly user?: string; readonly mayWrite?: boolean } = {}
): Effect.Effect<ToolResult> =>
  run({
    call: call(name, name === "condor_status" ? [...address.slice(0, 2), ...args] : [...address, ...args]),
    queue,
    user: who.user ?? pilot,
    mayWrite: who.mayWrite ?? true,
    present: Effect.void,
    transaction: (submission) => submission,
    transferFaults: TransferFaults.make()
  }).pipe(Effect.provide(NodeServices.layer))

export const stdout = (text: string): ToolResult => ({ exitCode: 0, stdout: text, stderr: "" })
export const stderr = (text: string, out = ""): ToolResult => ({ exitCode: 1, stdout: out, stderr: text })

/** The lines, each with a line break at its end. */
export const lines = (...texts: ReadonlyArray<string>): string => texts.map((text) => `${text}\n`).join("")
