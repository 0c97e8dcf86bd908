/** The place for a situation: real tools with real daemons, or the fake. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { ToolCall, ToolError, ToolResult } from "../../src/condor/tools/CondorTool.ts"
import type { Identity, SiteAct } from "./Situation.ts"

/**
 * A rig.
 *
 * - `pool`, `schedd`: the address of the CE and the name of its schedd
 * - `tokenDirectory`: the `_CONDOR_SEC_TOKEN_DIRECTORY` of this identity
 * - `run`: runs a tool as the library does
 * - `site`: an action of the CE's administrator on one job
 * - `pass`: lets some time pass
 * - `cleanUp`: removes the jobs that a situation left in the queue
 */
export class Rig extends Context.Service<Rig, {
  readonly pool: string
  readonly schedd: string
  tokenDirectory(identity: Identity): string
  run(call: ToolCall): Effect.Effect<ToolResult, ToolError>
  site(act: SiteAct, job: string, reason: string | undefined): Effect.Effect<void>
  pass(milliseconds: number): Effect.Effect<void>
  cleanUp(clusters: ReadonlyArray<number>): Effect.Effect<void>
}>()("test/transcripts/Rig") {}
