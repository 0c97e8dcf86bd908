/**
 * Brings the output of jobs.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { BackendError } from "./BackendError.ts"
import type { FetchError, HeldFetchError, RepeatableFetchError } from "./JobError.ts"
import type { JobHandle } from "./JobHandle.ts"
import type { JobOutput } from "./JobOutput.ts"
import type { Outcomes } from "./Outcomes.ts"
import type { PartialOutput } from "./PartialOutput.ts"

/**
 * Brings what held jobs have left: both retrievers do.
 *
 * **Details**
 *
 * `fetchHeld` brings the files that a held job has left to a directory of its own below `destination`,
 * `<key>.<copy>.<digits>.held`, or with `.2`, `.3`, ... after that where something stands already. It is for one job, and may be
 * repeated: the job stays held at the compute element, and is neither released nor removed. A fetch does not count it as
 * retrieved. To give the job up, cancel it.
 *
 * A job that is not held is `NotHeld`; one that has left nothing, because its payload did not run, is `NothingLeft`.
 *
 * @category models
 * @since 0.1.0
 */
export interface HeldRetriever {
  fetchHeld(handle: JobHandle, destination: string): Effect.Effect<PartialOutput, HeldFetchError | BackendError>
}

/**
 * - `deposit`: runs for each output between "complete at the destination" and "given up at the compute element", for an object store
 *   for example. It runs at least once for each output: a fetch that was killed, or whose `deposit` failed, is followed by one that runs
 *   it again. So let it replace what it finds, and name things by the handle. If it fails, the outcome is `DepositFailed`, with the
 *   message of its error, and the job is not released. What the message says is told to whoever hears the outcome: keep secrets out
 *
 * @category models
 * @since 0.1.0
 */
export interface FetchOptions {
  readonly deposit?: ((output: JobOutput) => Effect.Effect<void, { readonly message: string }>) | undefined
}

/**
 * Brings the output of completed jobs to a directory of this host, once.
 *
 * **Details**
 *
 * Each job gets its own directory below `destination`, `<key>.<copy>.<digits>` ({@link JobOutput.directoryName}). Only when
 * its output is complete there does the job leave the compute element; from then on the answer is `AlreadyRetrieved`.
 *
 * The digits stand for the compute element, so that one key at two of them does not collide. If something else stands there,
 * the answer is `DestinationTaken`, and the job stays at the compute element.
 *
 * If files of an earlier fetch are gone, and the job is still at the compute element, the output is fetched again, to a
 * directory beside the damaged one. A destination may be moved: what stands there is recognised by its manifests.
 *
 * With {@link FetchOptions} the output is deposited elsewhere before the job leaves. A fetch that finds it at the destination, because
 * an earlier one was killed or could not deposit it, deposits it and answers `AlreadyRetrieved`, with the manifest.
 *
 * @category services
 * @since 0.1.0
 */
export class OutputRetriever extends Context.Service<
  OutputRetriever,
  HeldRetriever & {
    readonly destructive: true
    fetch(
      handles: ReadonlyArray<JobHandle>,
      destination: string,
      options?: FetchOptions
    ): Effect.Effect<Outcomes<JobOutput, FetchError>, BackendError>
    fetchOne(
      handle: JobHandle,
      destination: string,
      options?: FetchOptions
    ): Effect.Effect<JobOutput, FetchError | BackendError>
  }
>()("effect-htcondor-ce/contract/Capability/OutputRetriever") {}

/**
 * Brings the output of completed jobs to a directory of this host, as often as one likes, until it is purged. Output that
 * stands at the destination, with every file of its manifest, is not transferred again. Directories are named as those of
 * {@link OutputRetriever}.
 *
 * @category services
 * @since 0.1.0
 */
export class RepeatableOutputRetriever extends Context.Service<
  RepeatableOutputRetriever,
  HeldRetriever & {
    readonly destructive: false
    fetch(
      handles: ReadonlyArray<JobHandle>,
      destination: string
    ): Effect.Effect<Outcomes<JobOutput, RepeatableFetchError>, BackendError>
    fetchOne(handle: JobHandle, destination: string): Effect.Effect<JobOutput, RepeatableFetchError | BackendError>
  }
>()("effect-htcondor-ce/contract/Capability/RepeatableOutputRetriever") {}
