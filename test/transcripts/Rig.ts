/** What a situation is performed on: the real tools in front of real daemons, or the fake. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { ToolCall, ToolError, ToolResult } from "../../src/condor/tools/CondorTool.ts"
import type { Identity, SiteAct } from "./Situation.ts"

/**
 * - `pool`, `schedd`: where the CE is
 * - `tokenDirectory`: what `_CONDOR_SEC_TOKEN_DIRECTORY` is for this identity
 * - `run`: as the library does
 * - `site`: an act of the CE's administrator on one job
 * - `pass`: some time passes
 * - `cleanUp`: what a situation leaves in the queue is removed
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
