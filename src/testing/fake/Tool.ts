/**
 * The interface of the imitated tools.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import type { ToolCall, ToolResult } from "../../condor/tools/CondorTool.ts"
import type { Queue } from "./Queue.ts"
import type { TransferFaults } from "./TransferFaults.ts"

/**
 * One call of a tool that the schedd has accepted.
 *
 * - `user`: the user with the domain, for example `pilot@users.htcondor.org`
 * - `present`: advances the queue to the present time, after work that took time
 * - `mayWrite`: whether the token allows write access
 * - `transaction`: runs a submission up to its commit without another one. A schedd serves one transaction at a time, so
 *   clusters are numbered in the order of their commits.
 * - `transferFaults`: the faults during the work of the tool
 */
export interface Visit {
  readonly call: ToolCall
  readonly queue: Queue
  readonly present: Effect.Effect<void>
  readonly user: string
  readonly mayWrite: boolean
  readonly transaction: <A, E, R>(submission: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  readonly transferFaults: TransferFaults
}

/** A tool. The queue has been advanced to the present time. Paths of the client are relative to `call.cwd`. */
export type Tool = (visit: Visit) => Effect.Effect<ToolResult, never, FileSystem.FileSystem | Path.Path>

/** An answer. By default the exit code is 0, and the output is empty. */
export const answer = (result: Partial<ToolResult>): ToolResult => ({ exitCode: 0, stdout: "", stderr: "", ...result })
