/**
 * Fetches the output of jobs.
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
 * Fetches the files of held jobs. Both retrievers have this operation.
 *
 * **Example** (Fetching what a job left before it was held)
 *
 * ```ts
 * import { Effect, FileSystem } from "effect"
 * import { Capability, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { waitFor } = yield* Capability.StatusReporter
 *   const { fetchHeld } = yield* Capability.OutputRetriever
 *   const fileSystem = yield* FileSystem.FileSystem
 *   const destination = yield* fileSystem.makeTempDirectoryScoped()
 *   // The payload does not write this file, so HTCondor holds the job.
 *   const spec = { executable: "/bin/true", outputs: [{ name: "result.txt" }] }
 *   const { handles } = yield* submit(spec, [{}], { key: yield* SubmissionKey.generate })
 *   yield* waitFor(handles, { until: ({ _tag }) => _tag === "Held" })
 *   const { hold, missing, stdout } = yield* fetchHeld(handles[0]!, destination)
 *   assert.deepStrictEqual(missing, ["result.txt"])
 *   assert.strictEqual(hold.cause, "Payload")
 *   assert.strictEqual(yield* fileSystem.readFileString(stdout!.path), "done\n")
 * })
 * ```
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
 * Fetches the output of completed jobs to a directory of this host, once.
 *
 * **Details**
 *
 * Each job gets its own directory below `destination`, `<key>.<copy>.<digits>` ({@link JobOutput.directoryName}). The
 * job leaves the compute element only when its output is complete there. From then on the answer is `AlreadyRetrieved`.
 *
 * The digits identify the compute element, so one key at two of them has two directories. If something else exists in
 * that place, the answer is `DestinationTaken`, and the job stays at the compute element.
 *
 * If files of an earlier fetch are gone, and the job is still at the compute element, the output is fetched again, to a
 * directory beside the damaged one. You may move a destination: a fetch recognises its outputs by their manifests.
 *
 * With {@link FetchOptions} the output is deposited elsewhere before the job leaves. If an earlier fetch was killed, or
 * could not deposit the output, the next one finds it at the destination. It deposits the output, and answers
 * `AlreadyRetrieved` with the manifest.
 *
 * **Example** (Fetching the output of completed jobs)
 *
 * ```ts
 * import { Effect, FileSystem } from "effect"
 * import { Capability, Outcomes, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { waitFor } = yield* Capability.StatusReporter
 *   const { fetch, fetchOne } = yield* Capability.OutputRetriever
 *   const fileSystem = yield* FileSystem.FileSystem
 *   const destination = yield* fileSystem.makeTempDirectoryScoped()
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   yield* waitFor(handles, { until: "Terminal" })
 *   for (const [, { stdout }] of Outcomes.successes(yield* fetch(handles, destination))) {
 *     assert.strictEqual(yield* fileSystem.readFileString(stdout.path), "done\n")
 *   }
 *   // The job has left the compute element. The error names the manifest of the first fetch.
 *   const { _tag } = yield* Effect.flip(fetchOne(handles[0]!, destination))
 *   assert.strictEqual(_tag, "AlreadyRetrieved")
 * })
 * ```
 *
 * **Example** (Copying each output to another place before the job is removed)
 *
 * ```ts
 * import { Effect, FileSystem } from "effect"
 * import { Capability, type JobOutput, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { waitFor } = yield* Capability.StatusReporter
 *   const { fetch } = yield* Capability.OutputRetriever
 *   const fileSystem = yield* FileSystem.FileSystem
 *   const destination = yield* fileSystem.makeTempDirectoryScoped()
 *   const store = yield* fileSystem.makeTempDirectoryScoped()
 *   const deposit = ({ handle, stdout }: JobOutput.JobOutput) =>
 *     fileSystem.copyFile(stdout.path, `${store}/${handle.key}-${handle.copy}.txt`)
 *   const key = yield* SubmissionKey.generate
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}, {}], { key })
 *   yield* waitFor(handles, { until: "Terminal" })
 *   yield* fetch(handles, destination, { deposit })
 *   assert.deepStrictEqual((yield* fileSystem.readDirectory(store)).toSorted(), [`${key}-0.txt`, `${key}-1.txt`])
 * })
 * ```
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
 * Fetches the output of completed jobs to a directory of this host, any number of times until the jobs are purged. If the
 * destination has the output with every file of its manifest, nothing is transferred again. Directories are named as
 * those of {@link OutputRetriever}.
 *
 * **Example** (Fetching output twice, and then removing the job)
 *
 * ```ts
 * import { Effect, FileSystem, Layer } from "effect"
 * import { Capability, Credential, HTCondorCE, Outcomes, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const Site = HTCondorCE.layerRetaining({ endpoint: "ce.example.org" }).pipe(
 *   Layer.provide(Credential.layerToken(FakeSchedd.token("pilot")))
 * )
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { waitFor } = yield* Capability.StatusReporter
 *   const { fetchOne } = yield* Capability.RepeatableOutputRetriever
 *   const { purge } = yield* Capability.Purgeable
 *   const destination = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   yield* waitFor(handles, { until: "Terminal" })
 *   const first = yield* fetchOne(handles[0]!, destination)
 *   const second = yield* fetchOne(handles[0]!, destination)
 *   assert.strictEqual(second.directory, first.directory)
 *   assert.strictEqual(Outcomes.successes(yield* purge(handles)).length, 1)
 * }).pipe(Effect.provide(Site))
 * ```
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
