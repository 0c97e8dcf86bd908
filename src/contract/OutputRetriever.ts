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
 * @category models
 * @since 0.1.0
 */
export interface HeldRetriever {
  /**
   * Fetches the files of a held job to their own directory below `destination`: `<key>.<copy>.<digits>.held`, or with
   * `.2`, `.3`, ... appended if that exists. You may repeat it: the job stays held at the compute element, and a fetch
   * does not count it as retrieved. To give the job up, cancel it.
   *
   * A job that is not held is `NotHeld`. A job without files, because its payload did not run, is `NothingLeft`.
   */
  fetchHeld(handle: JobHandle, destination: string): Effect.Effect<PartialOutput, HeldFetchError | BackendError>
}

/**
 * Options of a fetch.
 *
 * @category models
 * @since 0.1.0
 */
export interface FetchOptions {
  /**
   * Runs for each output when it is complete at the destination, and before the job leaves the compute element: for
   * example to copy it to an object store.
   *
   * It runs at least once for each output. If a fetch was killed, or `deposit` failed, the next fetch runs it again:
   * let it replace existing objects, and name them by the handle. If it fails, the outcome is `DepositFailed`, with the
   * message of its error, and the job is not released. The message is part of the outcome: keep secrets out of it.
   */
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
    /** This service gives output once: see {@link RepeatableOutputRetriever} for the other kind. */
    readonly destructive: true
    /**
     * Fetches the output of completed jobs, each to its own directory below `destination`, and returns one outcome per
     * handle. The job leaves the compute element only when its output is complete and durable on this host. From then
     * on the answer is `AlreadyRetrieved`. A job that has not completed is `NotFinished`.
     */
    fetch(
      handles: ReadonlyArray<JobHandle>,
      destination: string,
      options?: FetchOptions
    ): Effect.Effect<Outcomes<JobOutput, FetchError>, BackendError>
    /** Fetches the output of one job, as `fetch` does. The job's own error is in the error channel. */
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
    /** This service gives output any number of times: see {@link OutputRetriever} for the other kind. */
    readonly destructive: false
    /**
     * Fetches the output of completed jobs, each to its own directory below `destination`, and returns one outcome per
     * handle. The jobs stay at the compute element until `purge`, or until `retention` is over.
     */
    fetch(
      handles: ReadonlyArray<JobHandle>,
      destination: string
    ): Effect.Effect<Outcomes<JobOutput, RepeatableFetchError>, BackendError>
    /** Fetches the output of one job, as `fetch` does. The job's own error is in the error channel. */
    fetchOne(handle: JobHandle, destination: string): Effect.Effect<JobOutput, RepeatableFetchError | BackendError>
  }
>()("effect-htcondor-ce/contract/Capability/RepeatableOutputRetriever") {}
