/**
 * Capabilities that an HTCondor-CE lacks.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { BackendError } from "./BackendError.ts"
import type { StatusError } from "./JobError.ts"
import type { JobHandle } from "./JobHandle.ts"

/**
 * The load of a compute element, in numbers of slots and jobs of all users.
 *
 * @category models
 * @since 0.1.0
 */
export interface Load {
  /** The slots that could start a job at once. */
  readonly freeSlots: number
  /** The jobs that are queued. */
  readonly waitingJobs: number
  /** The jobs that run. */
  readonly runningJobs: number
}

/**
 * Reports the load of a compute element. An HTCondor-CE cannot: the gateway does not know the pool behind it.
 *
 * @category services
 * @since 0.1.0
 */
export class LoadReporter extends Context.Service<LoadReporter, {
  /** Asks the compute element for its load. The numbers are those of this moment. */
  readonly load: Effect.Effect<Load, BackendError>
}>()("effect-htcondor-ce/contract/Capability/LoadReporter") {}

/**
 * Reads a file of a running job. An HTCondor-CE cannot: the job runs in the pool behind the gateway.
 *
 * @category services
 * @since 0.1.0
 */
export class Diagnosable extends Context.Service<Diagnosable, {
  /** Returns the present content of a file in the job's working directory. `file` is relative to that directory. */
  readRunning(handle: JobHandle, file: string): Effect.Effect<Uint8Array, StatusError | BackendError>
}>()("effect-htcondor-ce/contract/Capability/Diagnosable") {}
