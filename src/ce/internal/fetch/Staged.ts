/**
 * What was transferred to a private directory: checked, and arranged as it is at a destination.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as OutputWrapper from "../../../condor/OutputWrapper.ts"
import { LimitExceeded, TransferFailed } from "../../../contract/JobError.ts"
import type { Limits } from "../../../contract/Limits.ts"
import * as Tree from "../../../files/Tree.ts"
import type { Candidate } from "./FetchDecision.ts"
import * as OutputLayout from "./OutputLayout.ts"

/**
 * Why a job's output is not accepted, by what there is of it already; undefined if it is. `free` is what its file system has
 * left in bytes, undefined if that is not known.
 */
export const exceeded = (
  { handle }: Candidate,
  { bytes, depth, directories, files }: Tree.Size,
  { maxBytes, maxFiles, minFreeBytes }: Pick<Limits, "maxBytes" | "maxFiles" | "minFreeBytes">,
  free: number | undefined
): LimitExceeded | TransferFailed | undefined => {
  const entries = Math.max(files, directories)
  if (free !== undefined && free < minFreeBytes) {
    const allowed = Math.max(0, free + bytes - minFreeBytes)
    return new LimitExceeded({ handle, limit: "minFreeBytes", allowed, actual: bytes })
  }
  if (bytes > maxBytes) return new LimitExceeded({ handle, limit: "maxBytes", allowed: maxBytes, actual: bytes })
  if (entries > maxFiles) return new LimitExceeded({ handle, limit: "maxFiles", allowed: maxFiles, actual: entries })
  return depth > Tree.maxDepth
    ? new TransferFailed({
      handle,
      detail: `it has more than ${Tree.maxDepth} directories in each other`,
      retry: "Never"
    })
    : undefined
}

/**
 * How many bytes of a job's output there are beyond what its ad promised.
 */
export const unpromised = (
  { job, size }: { readonly job: Candidate; readonly size: Tree.Size }
): number => size.bytes - (job.bytes ?? 0)

/**
 * What was transferred: every entry, and the files by their names.
 */
export interface Checked {
  readonly entries: ReadonlyArray<Tree.Entry>
  readonly files: ReadonlyMap<string, Tree.Entry>
}

/**
 * What checks and arranges transfers.
 */
export const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path

  // What a wrapper has gathered and what comes back by its own name too is there twice.
  const once = Effect.fnUntraced(function*(job: Candidate, staging: string, entries: ReadonlyArray<Tree.Entry>) {
    const own = OutputLayout.ownFiles(job)
    const tops = new Set(entries.map(({ name }) => name.replace(/\/.*/s, "")).filter((name) => !own.includes(name)))
    const twice = entries.filter(({ name }) => OutputLayout.isGathered(name) && tops.has(OutputLayout.nameOf(name)))
    yield* Effect.forEach(twice, ({ name }) => fileSystem.remove(path.join(staging, name), { recursive: true }), {
      discard: true
    })
    return entries.filter((one) => !twice.some(({ name }) => one.name === name || one.name.startsWith(`${name}/`)))
  })

  /**
   * Checks that there are only files and directories, and no more than is accepted. Their owner may read them afterwards.
   */
  const check = Effect.fnUntraced(function*(
    job: Candidate,
    staging: string,
    limits: Limits
  ): Effect.fn.Return<Checked, TransferFailed | LimitExceeded | PlatformError.PlatformError> {
    const { handle } = job
    const { entries: all, size } = yield* Tree.read(staging, limits.maxFiles)
    const excess = exceeded(job, size, limits, undefined)
    if (excess !== undefined) return yield* excess
    const entries = yield* once(job, staging, all)
    const strange = entries.find(({ type }) => type !== "File" && type !== "Directory")
    if (strange !== undefined) {
      return yield* new TransferFailed({
        handle,
        detail: `${JSON.stringify(strange.name)} is a ${strange.type}`,
        retry: "Never"
      })
    }
    const files = new Map<string, Tree.Entry>()
    for (const entry of entries) {
      // A payload may leave a file that its own owner cannot read, and only an open file can be synced; or a program that
      // everybody would run as whoever fetches.
      let mode = entry.mode & (entry.type === "File" ? 0o777 : 0o7777) | 0o400
      if (mode !== entry.mode) {
        yield* fileSystem.chmod(path.join(staging, entry.name), mode)
        // There are file systems with modes of their own.
        mode = (yield* fileSystem.stat(path.join(staging, entry.name))).mode
      }
      if (entry.type === "File") files.set(entry.name, { ...entry, mode })
    }
    return { entries, files }
  })

  /**
   * Moves all but the job's own files below `files/`.
   */
  const arrange = Effect.fnUntraced(function*(
    job: Candidate,
    staging: string,
    entries: ReadonlyArray<Tree.Entry>
  ): Effect.fn.Return<void, PlatformError.PlatformError> {
    const own = OutputLayout.ownFiles(job)
    const others = entries.filter(({ name }) => OutputLayout.isMoved(name) && !own.includes(name))
    const below = path.join(staging, "files")
    // First beside the directory, because an output may be called as what belongs into it.
    const beside = others.length === 0 ? below : `${staging}.files`
    yield* fileSystem.makeDirectory(beside, { mode: 0o755 })
    for (const { name } of others) {
      yield* fileSystem.rename(path.join(staging, name), path.join(beside, OutputLayout.nameOf(name)))
    }
    yield* Effect.ignore(fileSystem.remove(path.join(staging, OutputWrapper.names.directory), { recursive: true }))
    if (beside !== below) yield* fileSystem.rename(beside, below)
  })

  /**
   * Writes a record that everybody may read, whatever the umask of this process.
   */
  const write = (file: string, text: string) =>
    Effect.andThen(
      fileSystem.writeFileString(file, text, { flag: "wx" }),
      fileSystem.chmod(file, 0o644)
    )

  return { check, arrange, write }
})
