/**
 * The local end of a fetch: a private directory to transfer to, and the move to the destination.
 */
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as Result from "effect/Result"
import { type LimitExceeded, TransferFailed } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import { directoryName, type JobOutput } from "../../../contract/JobOutput.ts"
import type { Limits } from "../../../contract/Limits.ts"
import * as DurableFiles from "../../../files/DurableFiles.ts"
import * as Errno from "../../../files/Errno.ts"
import { FreeSpace } from "../../../files/FreeSpace.ts"
import * as Tree from "../../../files/Tree.ts"
import type { Candidate } from "./FetchDecision.ts"
import * as Manifest from "./Manifest.ts"
import * as OutputLayout from "./OutputLayout.ts"
import * as StableDirectory from "./StableDirectory.ts"
import * as Staged from "./Staged.ts"
import * as Tuning from "./tuning.ts"

/**
 * A job whose output was transferred to its own directory, `staging`.
 */
export interface Transferred {
  readonly job: Candidate
  readonly staging: string
}

// A checked output, and all paths that were `written` for it.
interface Prepared {
  readonly output: JobOutput
  readonly staging: string
  readonly written: ReadonlyArray<string>
}

/**
 * The failure of one job whose local files could not be handled.
 */
export const failed = (handle: JobHandle) => (error: PlatformError.PlatformError) =>
  new TransferFailed({
    handle,
    detail: Errno.describe(error),
    retry: lasting.has(Errno.code(error)) ? "AfterRepair" : "Later"
  })

// The disk is full or read-only, or belongs to somebody else.
const lasting: ReadonlySet<string | undefined> = new Set(["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "ENOTDIR"])

// The jobs for which there is no room: as few as necessary, first those that exceed the size in their ads most. Their staging
// directories are removed, so that the other jobs have room.
const crowded = Effect.fnUntraced(function*(
  jobs: ReadonlyArray<Transferred>,
  limits: Limits,
  free: Effect.Effect<number | undefined>,
  remove: (staging: string) => Effect.Effect<void>
) {
  const refused = new Map<Transferred, LimitExceeded | TransferFailed>()
  const isFull = (free: number | undefined) => free !== undefined && free < limits.minFreeBytes
  let left = yield* free
  if (!isFull(left)) return refused
  const sizes = yield* Effect.forEach(jobs, (one) =>
    Effect.map(
      Effect.orElseSucceed(Tree.measure(one.staging, limits.maxFiles), () => Tree.nothing),
      (size) => ({ one, job: one.job, size })
    ), { concurrency: Tuning.filesAtOnce })
  for (const { job, one, size } of sizes.toSorted((a, b) => Staged.unpromised(b) - Staged.unpromised(a))) {
    const error = Staged.exceeded(job, size, limits, left)
    if (!isFull(left) || error === undefined) break
    refused.set(one, error)
    yield* remove(one.staging)
    left = yield* free
  }
  return refused
})

// Uninterruptible: an interrupted fibre would not stop a move in progress, and the end of the scope would race with it.
const step = <A, B>(
  jobs: ReadonlyArray<Transferred>,
  results: ReadonlyArray<Result.Result<A, TransferFailed | LimitExceeded>>,
  run: (one: A) => Effect.Effect<B, TransferFailed | LimitExceeded | PlatformError.PlatformError>
) =>
  Effect.forEach(Arr.zip(jobs, results), ([{ job }, result]) =>
    Effect.fromResult(result).pipe(
      Effect.flatMap(run),
      Effect.catchTag("PlatformError", (error) => Effect.fail(failed(job.handle)(error))),
      Effect.result,
      Effect.uninterruptible
    ), { concurrency: Tuning.filesAtOnce })

/**
 * Makes the file operations of a fetch.
 */
export const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const freeSpace = yield* FreeSpace

  const storage = yield* DurableFiles.make
  const staged = yield* Staged.make

  // Checks the transferred output of a job, arranges it as at the destination, and adds the manifest.
  const prepare = Effect.fnUntraced(function*(
    { job, staging }: Transferred,
    destination: string,
    limits: Limits
  ): Effect.fn.Return<Prepared, TransferFailed | LimitExceeded | PlatformError.PlatformError> {
    const { handle } = job
    const { entries, files } = yield* staged.check(job, staging, limits)
    const all = new Set(entries.map(({ name }) => name))
    const missing = [
      ...OutputLayout.ownFiles(job).filter((name) => !files.has(name)),
      ...job.promised.filter((name) => !all.has(name))
    ]
    if (missing.length > 0) {
      return yield* new TransferFailed({ handle, detail: `missing: ${missing.join(", ")}`, retry: "Never" })
    }
    const directory = path.join(destination, job.beside ?? directoryName(handle))
    const output = OutputLayout.describe(path, job, directory, files, yield* DateTime.now)
    const text = yield* Manifest.encode(output)
    yield* staged.arrange(job, staging, entries)
    yield* staged.write(path.join(staging, Manifest.fileName), text)
    const written = ["", "files", Manifest.fileName, ...OutputLayout.placesOf(job, entries)]
    return { output, staging, written: written.map((name) => path.join(staging, name)) }
  })

  /**
   * Checks the transferred outputs of jobs in directories below `staging`, and moves them, with their manifests, to their places
   * at the destination. `begun` is the result of `begin` before the transfer. One outcome for each job, in the order of the jobs.
   */
  const place = Effect.fnUntraced(function*(
    jobs: ReadonlyArray<Transferred>,
    staging: string,
    destination: string,
    limits: Limits,
    begun?: number
  ): Effect.fn.Return<ReadonlyArray<Result.Result<JobOutput, TransferFailed | LimitExceeded>>> {
    if (jobs.length === 0) return []
    const refused = yield* crowded(
      jobs,
      limits,
      Effect.map(freeSpace(staging), Option.getOrUndefined),
      (below) => Effect.ignore(fileSystem.remove(below, { recursive: true, force: true }))
    )
    const roomy = jobs.map((one): Result.Result<Transferred, TransferFailed | LimitExceeded> => {
      const error = refused.get(one)
      return error === undefined ? Result.succeed(one) : Result.fail(error)
    })
    const prepared = yield* step(jobs, roomy, (one) => prepare(one, destination, limits))
    const written = prepared.flatMap((one) => Result.isSuccess(one) ? one.success.written : [])
    const stored = (yield* storage.whole(staging, written, begun))
      ? prepared
      : yield* step(jobs, prepared, (one) => Effect.as(storage.each(one.written), one))
    const moved = yield* step(
      jobs,
      stored,
      ({ output, staging }) => Effect.as(fileSystem.rename(staging, output.directory), output)
    )
    const named = yield* Effect.result(storage.one(destination))
    return yield* step(jobs, moved, (output) => Effect.as(Effect.fromResult(named), output))
  })

  return { ...(yield* StableDirectory.make), begin: storage.begin, place }
})

export type Destination = Effect.Success<typeof make>
