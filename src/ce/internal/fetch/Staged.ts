/**
 * Checks the transferred files in a private directory, and arranges them as at a destination.
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
 * The error of a job whose output exceeds a limit, at the size that it has so far; undefined if it is within all limits. `free`
 * is the free space of its file system in bytes; undefined: not known.
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
 * By how many bytes the output of a job exceeds the size in its ad.
 */
export const unpromised = (
  { job, size }: { readonly job: Candidate; readonly size: Tree.Size }
): number => size.bytes - (job.bytes ?? 0)

/**
 * A checked transfer: every entry, and the files by their names.
 */
export interface Checked {
  readonly entries: ReadonlyArray<Tree.Entry>
  readonly files: ReadonlyMap<string, Tree.Entry>
}

/**
 * Makes `check`, `arrange` and `write`.
 */
export const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path

  // If an output was both gathered by a wrapper and transferred under its own name, removes the gathered copy.
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
   * Checks that there are only files and directories, and that they are within the limits. Makes all of them readable for their
   * owner.
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
      // Removes the setuid and setgid bits: everybody could run such a program as the user of this process. Makes the file
      // readable: a payload may leave one that its owner cannot open, and only an open file can be synced.
      let mode = entry.mode & (entry.type === "File" ? 0o777 : 0o7777) | 0o400
      if (mode !== entry.mode) {
        yield* fileSystem.chmod(path.join(staging, entry.name), mode)
        // Some file systems set their own modes.
        mode = (yield* fileSystem.stat(path.join(staging, entry.name))).mode
      }
      if (entry.type === "File") files.set(entry.name, { ...entry, mode })
    }
    return { entries, files }
  })

  /**
   * Moves all files except the job's stdout, stderr and log below `files/`.
   */
  const arrange = Effect.fnUntraced(function*(
    job: Candidate,
    staging: string,
    entries: ReadonlyArray<Tree.Entry>
  ): Effect.fn.Return<void, PlatformError.PlatformError> {
    const own = OutputLayout.ownFiles(job)
    const others = entries.filter(({ name }) => OutputLayout.isMoved(name) && !own.includes(name))
    const below = path.join(staging, "files")
    // Arranges them beside the directory first, because an output may have the name `files`.
    const beside = others.length === 0 ? below : `${staging}.files`
    yield* fileSystem.makeDirectory(beside, { mode: 0o755 })
    for (const { name } of others) {
      yield* fileSystem.rename(path.join(staging, name), path.join(beside, OutputLayout.nameOf(name)))
    }
    yield* Effect.ignore(fileSystem.remove(path.join(staging, OutputWrapper.names.directory), { recursive: true }))
    if (beside !== below) yield* fileSystem.rename(beside, below)
  })

  /**
   * Writes a record that all users may read, whatever the umask of this process.
   */
  const write = (file: string, text: string) =>
    Effect.andThen(
      fileSystem.writeFileString(file, text, { flag: "wx" }),
      fileSystem.chmod(file, 0o644)
    )

  return { check, arrange, write }
})
