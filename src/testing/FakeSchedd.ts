/**
 * A schedd for tests: it answers HTCondor's tools as a real one does, traps included, without a process or a network.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as ClassAd from "../classad/ClassAd.ts"
import type { ToolCall } from "../condor/CondorTool.ts"
import type { Fault } from "./fake/Faults.ts"
import type { Version } from "./fake/Job.ts"
import type { Payload, PayloadJob } from "./fake/Payload.ts"

/**
 * - `version`: which HTCondor is played, on both sides of the wire (default `latest`)
 * - `endpoint`: the address that it answers at (default `ce.example.org:9619`); `schedd` its name (default the host)
 * - `payload`: what jobs do (default: each runs for a minute and exits with 0)
 * - `slots`: how many jobs run at one time (default: all)
 * - `spoolDelay`, `startDelay`: from the last byte of input to idle, and from idle to running (default 1 second each)
 * - `sweepInterval`: `PERIODIC_EXPR_INTERVAL` (default 60 seconds)
 * - `faults`: those that hold from the start
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly version?: Version | undefined
  readonly endpoint?: string | undefined
  readonly schedd?: string | undefined
  readonly payload?: ((job: PayloadJob) => Payload) | undefined
  readonly slots?: number | undefined
  readonly spoolDelay?: Duration.Input | undefined
  readonly startDelay?: Duration.Input | undefined
  readonly sweepInterval?: Duration.Input | undefined
  readonly faults?: ReadonlyArray<Fault> | undefined
}

/**
 * The site's side of a fake schedd.
 *
 * - `queue`, `history`: the ads as they are now; of the history the newest first
 * - `spool`: the files that the schedd holds, as `<cluster>.<proc>/<name>`
 * - `calls`: every run of a tool so far
 * - `hold`, `release`, `remove`: by the site's administrator; false if the job cannot be acted on
 * - `restart`, `reinstall`, `rotateHistory`: of the schedd
 * - `fault`: makes calls fail for as long as the scope lives
 *
 * @category services
 * @since 0.1.0
 */
export class FakeSchedd extends Context.Service<FakeSchedd, {
  readonly version: Version
  readonly endpoint: string
  readonly schedd: string
  readonly queue: Effect.Effect<ReadonlyArray<ClassAd.ClassAd>>
  readonly history: Effect.Effect<ReadonlyArray<ClassAd.ClassAd>>
  readonly spool: Effect.Effect<ReadonlyArray<string>>
  readonly calls: Effect.Effect<ReadonlyArray<ToolCall>>
  hold(
    job: string,
    options?: { readonly reason?: string; readonly code?: number; readonly subcode?: number }
  ): Effect.Effect<boolean>
  release(job: string, reason?: string): Effect.Effect<boolean>
  remove(job: string, reason?: string): Effect.Effect<boolean>
  readonly restart: Effect.Effect<void>
  readonly reinstall: Effect.Effect<void>
  readonly rotateHistory: Effect.Effect<void>
  fault(fault: Fault): Effect.Effect<void, never, Scope.Scope>
}>()("effect-htcondor-ce/testing/FakeSchedd") {}
