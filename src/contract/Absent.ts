/**
 * What an HTCondor-CE cannot do.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { BackendError } from "./BackendError.ts"
import type { StatusError } from "./JobError.ts"
import type { JobHandle } from "./JobHandle.ts"

/**
 * How busy a compute element is.
 *
 * @category models
 * @since 0.1.0
 */
export interface Load {
  readonly freeSlots: number
  readonly waitingJobs: number
  readonly runningJobs: number
}

/**
 * Reports the load of a compute element. An HTCondor-CE cannot: the gateway does not know the pool behind it.
 *
 * @category services
 * @since 0.1.0
 */
export class LoadReporter extends Context.Service<LoadReporter, {
  readonly load: Effect.Effect<Load, BackendError>
}>()("effect-htcondor-ce/contract/Capability/LoadReporter") {}

/**
 * Reads a file of a running job. An HTCondor-CE cannot: the job runs in the pool behind the gateway.
 *
 * @category services
 * @since 0.1.0
 */
export class Diagnosable extends Context.Service<Diagnosable, {
  readRunning(handle: JobHandle, file: string): Effect.Effect<Uint8Array, StatusError | BackendError>
}>()("effect-htcondor-ce/contract/Capability/Diagnosable") {}
