/**
 * The local end of a retrieval: a private place to transfer to, and the move to where the output belongs.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { LimitExceeded, TransferFailed } from "../contract/JobError.ts"
import type { JobHandle } from "../contract/JobHandle.ts"
import { JobOutput, type OutputFile } from "../contract/JobOutput.ts"
import type { Limits } from "../contract/Limits.ts"
import { FreeSpace } from "./FreeSpace.ts"
import type { Candidate } from "./Retrieval.ts"

/**
 * The file that says that a job's directory is complete.
 *
 * @category constants
 * @since 0.1.0
 */
export const manifestName = "manifest.json"

const ManifestFromJson = Schema.fromJsonString(JobOutput)
const encodeManifest = Schema.encodeEffect(ManifestFromJson)
const decodeManifest = Schema.decodeUnknownResult(ManifestFromJson)

/**
 * The directory of one job below a destination.
 *
 * @category getters
 * @since 0.1.0
 */
export const directoryName = (handle: JobHandle): string => `${handle.key}.${handle.copy}`

const failed = (handle: JobHandle) => (error: PlatformError.PlatformError) =>
  new TransferFailed({ handle, detail: error.reason.message })

/**
 * What a retrieval does with the local file system.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const freeSpace = yield* FreeSpace

  const sync = (file: string) =>
    Effect.scoped(Effect.flatMap(fileSystem.open(file, { flag: "r" }), (open) => open.sync))

  // Every entry below a directory, parents first. Links are not followed.
  const walk = (directory: string, prefix: string): Effect.Effect<
    ReadonlyArray<{ readonly name: string; readonly info: FileSystem.File.Info }>,
    PlatformError.PlatformError
  > =>
    Effect.gen(function*() {
      const names = yield* fileSystem.readDirectory(directory)
      const nested = yield* Effect.forEach(names.toSorted(), (entry) =>
        Effect.gen(function*() {
          const name = prefix === "" ? entry : `${prefix}/${entry}`
          const info = yield* fileSystem.lstat(path.join(directory, entry))
          const below = info.type === "Directory" ? yield* walk(path.join(directory, entry), name) : []
          return [{ name, info }, ...below]
        }))
      return nested.flat()
    })

  /** What stands at a job's place already: its output, something that is not its output, or nothing. */
  const standing = Effect.fnUntraced(function*(
    destination: string,
    handle: JobHandle
  ): Effect.fn.Return<Result.Result<JobOutput, TransferFailed> | undefined> {
    const directory = path.join(destination, directoryName(handle))
    const exists = yield* Effect.orElseSucceed(fileSystem.exists(directory), () => false)
    if (!exists) return undefined
    const text = yield* Effect.orElseSucceed(
      fileSystem.readFileString(path.join(directory, manifestName)),
      () => ""
    )
    const output = decodeManifest(text)
    return Result.isSuccess(output) && Equal.equals(output.success.handle, handle)
      ? Result.succeed(output.success)
      : Result.fail(new TransferFailed({ handle, detail: `${directory} exists and is not the output of this job` }))
  })

  /** Makes a directory and what is missing above it, on stable storage. */
  const ensure: (directory: string) => Effect.Effect<void, PlatformError.PlatformError> = Effect.fnUntraced(
    function*(directory) {
      if (yield* fileSystem.exists(directory)) {
        return yield* fileSystem.makeDirectory(directory, { recursive: true })
      }
      const parent = path.dirname(directory)
      if (parent !== directory) yield* ensure(parent)
      yield* fileSystem.makeDirectory(directory, { recursive: true })
      yield* sync(parent)
    }
  )

  /** Checks what was transferred to `staging` for a job, and moves it, complete with its manifest, to its place. */
  const place = Effect.fnUntraced(function*(
    job: Candidate,
    staging: string,
    destination: string,
    limits: Limits
  ): Effect.fn.Return<JobOutput, TransferFailed | LimitExceeded | PlatformError.PlatformError> {
    const { handle } = job
    const entries = yield* walk(staging, "")
    const strange = entries.find(({ info }) => info.type !== "File" && info.type !== "Directory")
    if (strange !== undefined) {
      return yield* new TransferFailed({ handle, detail: `${JSON.stringify(strange.name)} is a ${strange.info.type}` })
    }
    const files = entries.filter(({ info }) => info.type === "File")
    const own = [job.stdout, job.stderr, job.log]
    const missing = [
      ...own.filter((name) => !files.some((file) => file.name === name)),
      ...job.promised.filter((name) => !entries.some((entry) => entry.name === name))
    ]
    if (missing.length > 0) return yield* new TransferFailed({ handle, detail: `missing: ${missing.join(", ")}` })
    const bytes = files.reduce((sum, { info }) => sum + Number(info.size), 0)
    const free = yield* freeSpace(staging)
    if (Option.isSome(free) && free.value < limits.minFreeBytes) {
      const allowed = Math.max(0, free.value + bytes - limits.minFreeBytes)
      return yield* new LimitExceeded({ handle, limit: "minFreeBytes", allowed, actual: bytes })
    }
    if (bytes > limits.maxBytes) {
      return yield* new LimitExceeded({ handle, limit: "maxBytes", allowed: limits.maxBytes, actual: bytes })
    }
    if (files.length > limits.maxFiles) {
      return yield* new LimitExceeded({ handle, limit: "maxFiles", allowed: limits.maxFiles, actual: files.length })
    }

    const complete = `${staging}.complete`
    const directory = path.join(destination, directoryName(handle))
    yield* fileSystem.makeDirectory(path.join(complete, "files"), { recursive: true, mode: 0o755 })
    for (const { info, name } of entries) {
      // A payload may leave a file that its own owner cannot read, and only an open file can be synced; or a program that
      // everybody would run as whoever fetches.
      if ((info.mode & 0o400) === 0 || info.type === "File" && (info.mode & 0o7000) !== 0) {
        yield* fileSystem.chmod(path.join(staging, name), info.mode & 0o777 | 0o400)
      }
      yield* sync(path.join(staging, name))
    }
    const describe = (name: string): OutputFile => {
      const info = files.find((file) => file.name === name)?.info
      const place = own.includes(name) ? name : `files/${name}`
      return {
        name,
        path: path.join(directory, place),
        size: Number(info?.size ?? 0),
        mode: (info?.mode ?? 0) & 0o777
      }
    }
    const output: JobOutput = {
      handle,
      directory,
      manifest: path.join(directory, manifestName),
      stdout: describe(job.stdout),
      stderr: describe(job.stderr),
      log: describe(job.log),
      files: files.filter(({ name }) => !own.includes(name)).map(({ name }) => describe(name)),
      exit: job.exit,
      retrievedAt: yield* DateTime.now
    }
    const text = yield* Effect.mapError(
      encodeManifest(output),
      (error) => new TransferFailed({ handle, detail: error.message })
    )
    // A move that is under way goes on when its fibre is interrupted: the end of the scope would race with it.
    yield* Effect.uninterruptible(Effect.gen(function*() {
      for (const { name } of entries.filter((entry) => !entry.name.includes("/"))) {
        yield* fileSystem.rename(
          path.join(staging, name),
          own.includes(name) ? path.join(complete, name) : path.join(complete, "files", name)
        )
      }
      yield* fileSystem.writeFileString(path.join(complete, manifestName), text, { flag: "wx" })
      yield* sync(path.join(complete, manifestName))
      yield* sync(path.join(complete, "files"))
      yield* sync(complete)
      yield* fileSystem.rename(complete, directory)
      yield* sync(destination)
    }))
    return output
  })

  return {
    standing,
    ensure,
    place: (job: Candidate, staging: string, destination: string, limits: Limits) =>
      place(job, staging, destination, limits).pipe(
        Effect.catchTag("PlatformError", (error) => Effect.fail(failed(job.handle)(error)))
      )
  }
})
