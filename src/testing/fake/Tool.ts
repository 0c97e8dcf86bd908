/**
 * A tool as the fake plays it.
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
 * One run of a tool that has reached the schedd and was let in.
 *
 * - `user`: who asks, with the domain: `pilot@users.htcondor.org`
 * - `present`: brings the queue to the present, after something that took time
 * - `mayWrite`: whether the token allows more than reading
 * - `transaction`: runs a submission up to its commit when no other one is under way: a schedd hears nobody else until a
 *   client has committed, so that the numbers of clusters are the order of their commits
 * - `transferFaults`: what goes wrong in the middle
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

/** The queue has been advanced to the present. Files of the client are relative to `call.cwd`. */
export type Tool = (visit: Visit) => Effect.Effect<ToolResult, never, FileSystem.FileSystem | Path.Path>

/** An answer; what is not given is empty, and 0. */
export const answer = (result: Partial<ToolResult>): ToolResult => ({ exitCode: 0, stdout: "", stderr: "", ...result })
