/**
 * The local end of a retrieval: a private place to transfer to, and the move to where the output belongs.
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
import * as Staged from "./Staged.ts"
import * as Tuning from "./tuning.ts"

/**
 * A job whose output was transferred to a directory of its own, `staging`.
 */
export interface Transferred {
  readonly job: Candidate
  readonly staging: string
}

// What was checked, and all that was `written` for it.
interface Prepared {
  readonly output: JobOutput
  readonly staging: string
  readonly written: ReadonlyArray<string>
}

/**
 * The failure of one job whose files could not be handled here.
 */
export const failed = (handle: JobHandle) => (error: PlatformError.PlatformError) =>
  new TransferFailed({
    handle,
    detail: Errno.describe(error),
    retry: lasting.has(Errno.code(error)) ? "AfterRepair" : "Later"
  })

// The disk is full, is read-only, or is somebody else's.
const lasting: ReadonlySet<string | undefined> = new Set(["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "ENOTDIR"])

/**
 * What a retrieval does with the local file system.
 */
export const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const freeSpace = yield* FreeSpace

  const storage = yield* DurableFiles.make
  const staged = yield* Staged.make

  // The directory that holds one which was there before. Where it cannot be read, somebody else has made what is in it.
  const holding = (directory: string) =>
    Effect.catch(
      storage.one(path.dirname(directory)),
      (error) => error.reason._tag === "PermissionDenied" ? Effect.void : Effect.fail(error)
    )

  // Node never ends its recursive mkdir where a file system forbids new directories, as /proc does.
  const made = (directory: string) =>
    Effect.catchIf(
      fileSystem.makeDirectory(directory),
      ({ reason }) => reason._tag === "AlreadyExists",
      (error) =>
        Effect.flatMap(
          fileSystem.stat(directory),
          ({ type }) => type === "Directory" ? Effect.void : Effect.fail(error)
        )
    )

  /**
   * Makes a directory and what is missing above it, on stable storage. One that is there may have been made by somebody who
   * was killed, or failed, before its name was there, too.
   */
  const ensure: (directory: string) => Effect.Effect<void, PlatformError.PlatformError> = Effect.fnUntraced(
    function*(directory) {
      if (yield* fileSystem.exists(directory)) {
        yield* made(directory)
        return yield* holding(directory)
      }
      const parent = path.dirname(directory)
      if (parent !== directory) yield* ensure(parent)
      yield* made(directory)
      yield* storage.one(parent)
    }
  )

  /**
   * Puts output that stands at its place on stable storage: whoever placed it may have been killed, or have failed, before it
   * was there. Gives the failures, by the directories of the outputs.
   */
  const settle = Effect.fnUntraced(function*(
    outputs: ReadonlyArray<JobOutput>
  ): Effect.fn.Return<ReadonlyMap<string, PlatformError.PlatformError>> {
    const failures = new Map<string, PlatformError.PlatformError>()
    const destinations = Map.groupBy(outputs, ({ directory }) => path.dirname(directory))
    for (const [destination, some] of destinations) {
      const all = some.map((output) => ({ output, parts: OutputLayout.partsOf(path, output) }))
      const isWhole = yield* storage.whole(destination, all.flatMap(({ parts }) => parts))
      const above = yield* Effect.result(Effect.andThen(storage.one(destination), holding(destination)))
      yield* Effect.forEach(all, ({ output: { directory }, parts }) =>
        Effect.fromResult(above).pipe(
          Effect.andThen(isWhole ? Effect.void : storage.each(parts)),
          Effect.catch((error) => Effect.sync(() => failures.set(directory, error)))
        ), { concurrency: Tuning.filesAtOnce, discard: true })
    }
    return failures
  })

  // Checks what was transferred for a job, and makes of it what belongs at its place, with a manifest.
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

  // Those that there is no room for: as few as it takes, first those with most beyond what their ads promised. Their
  // transfers go, so that their neighbours have the room.
  const crowded = Effect.fnUntraced(function*(jobs: ReadonlyArray<Transferred>, staging: string, limits: Limits) {
    const refused = new Map<Transferred, LimitExceeded | TransferFailed>()
    const isFull = (free: number | undefined) => free !== undefined && free < limits.minFreeBytes
    const free = Effect.map(freeSpace(staging), Option.getOrUndefined)
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
      yield* Effect.ignore(fileSystem.remove(one.staging, { recursive: true, force: true }))
      left = yield* free
    }
    return refused
  })

  /**
   * Checks what was transferred for some jobs to directories below `staging`, and moves it, complete with manifests, to
   * where it belongs. One outcome for each job, in their order.
   */
  const place = Effect.fnUntraced(function*(
    jobs: ReadonlyArray<Transferred>,
    staging: string,
    destination: string,
    limits: Limits
  ): Effect.fn.Return<ReadonlyArray<Result.Result<JobOutput, TransferFailed | LimitExceeded>>> {
    if (jobs.length === 0) return []
    const refused = yield* crowded(jobs, staging, limits)
    // A move that is under way goes on when its fibre is interrupted: the end of the scope would race with it.
    const step = <A, B>(
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

    const roomy = jobs.map((one): Result.Result<Transferred, TransferFailed | LimitExceeded> => {
      const error = refused.get(one)
      return error === undefined ? Result.succeed(one) : Result.fail(error)
    })
    const prepared = yield* step(roomy, (one) => prepare(one, destination, limits))
    const written = prepared.flatMap((one) => Result.isSuccess(one) ? one.success.written : [])
    const stored = (yield* storage.whole(staging, written))
      ? prepared
      : yield* step(prepared, (one) => Effect.as(storage.each(one.written), one))
    const moved = yield* step(
      stored,
      ({ output, staging }) => Effect.as(fileSystem.rename(staging, output.directory), output)
    )
    const named = yield* Effect.result(storage.one(destination))
    return yield* step(moved, (output) => Effect.as(Effect.fromResult(named), output))
  })

  return { ensure, settle, place }
})

export type Destination = Effect.Success<typeof make>
