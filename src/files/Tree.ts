/**
 * Reads a directory tree that other processes have written.
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as PlatformError from "effect/PlatformError"
import * as FileName from "./FileName.ts"

/**
 * A file or directory: its name relative to the directory, its size in bytes, and its mode.
 */
export interface Entry {
  readonly name: string
  readonly type: FileSystem.File.Type
  readonly size: number
  readonly mode: number
}

/**
 * The size of a tree. `isWhole` is false if the count ended early, because there is too much.
 */
export interface Size {
  readonly bytes: number
  readonly files: number
  readonly directories: number
  readonly depth: number
  readonly isWhole: boolean
}

/**
 * The size of an empty directory.
 */
export const nothing: Size = { bytes: 0, files: 0, directories: 0, depth: 0, isWhole: true }

/**
 * The largest depth of directories in each other.
 */
export const maxDepth = 100

// Names have one character for each byte: Effect's FileSystem, and Node by default, lose bytes that are not UTF-8.
interface Raw extends Omit<Entry, "name"> {
  readonly parent: Raw | undefined
  readonly name: string
}

type Kind = Record<
  "isFile" | "isDirectory" | "isSymbolicLink" | "isFIFO" | "isSocket" | "isBlockDevice" | "isCharacterDevice",
  () => boolean
>

const typeOf = (kind: Kind): FileSystem.File.Type =>
  kind.isFile()
    ? "File"
    : kind.isDirectory()
    ? "Directory"
    : kind.isSymbolicLink()
    ? "SymbolicLink"
    : kind.isFIFO()
    ? "FIFO"
    : kind.isSocket()
    ? "Socket"
    : kind.isBlockDevice()
    ? "BlockDevice"
    : kind.isCharacterDevice()
    ? "CharacterDevice"
    : "Unknown"

const native = () => import("node:fs/promises")

const failure = (method: string, path: string) => (cause: unknown) =>
  PlatformError.systemError({ _tag: "Unknown", module: "FileSystem", method, pathOrDescriptor: path, cause })

const below = (directory: Buffer, name: string): Buffer => Buffer.concat([directory, Buffer.from(`/${name}`, "latin1")])

const pathOf = (directory: string, entry: Raw | undefined): Buffer => {
  const names: Array<string> = []
  for (let one = entry; one !== undefined; one = one.parent) names.unshift(one.name)
  return names.reduce(below, Buffer.from(directory))
}

// Lists parents first, and does not follow links. Entries that are removed meanwhile are skipped.
const scan = (directory: string, maxFiles: number) =>
  Effect.tryPromise({
    try: async (signal) => {
      const { lstat, readdir } = await native()
      const gone = (error: { readonly code?: unknown }) => {
        if (error.code !== "ENOENT") return Promise.reject(error)
        return undefined
      }
      const entries: Array<Raw> = []
      const pending: Array<readonly [Raw | undefined, number]> = [[undefined, 0]]
      const size = { ...nothing }
      for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
        const [parent, depth] = next
        size.depth = Math.max(size.depth, depth)
        const above = pathOf(directory, parent)
        const names = await readdir(above, { encoding: "latin1" }).catch(gone)
        for (const name of names ?? []) {
          if (signal.aborted || size.files > maxFiles || size.directories > maxFiles || depth > maxDepth) {
            return { entries, size: { ...size, isWhole: false } }
          }
          const info = await lstat(below(above, name)).catch(gone)
          if (info === undefined) continue
          const entry: Raw = { parent, name, type: typeOf(info), size: info.size, mode: info.mode & 0o7777 }
          entries.push(entry)
          if (entry.type === "Directory") {
            size.directories++
            pending.push([entry, depth + 1])
          } else {
            size.files++
            size.bytes += entry.type === "File" ? entry.size : 0
          }
        }
      }
      return { entries, size }
    },
    catch: failure("readDirectory", directory)
  })

/**
 * The size of a tree, which may still grow. The count ends when there are more files, or directories, than `maxFiles`.
 */
export const measure = (directory: string, maxFiles: number): Effect.Effect<Size, PlatformError.PlatformError> =>
  Effect.map(scan(directory, maxFiles), ({ size }) => size)

// Renames an entry. Its parent directory still has its original name.
const rename = (directory: string, entry: Raw, name: string) =>
  Effect.tryPromise({
    try: async () => {
      const { rename } = await native()
      const above = pathOf(directory, entry.parent)
      await rename(pathOf(directory, entry), Buffer.concat([above, Buffer.from(`/${name}`)]))
    },
    catch: failure("rename", `${directory}: ${name}`)
  })

/**
 * The size of a tree, and its entries in the order of their names, a directory before its content.
 *
 * **Details**
 *
 * A name that is not UTF-8 is changed on the disk, so that text can name the file: see `FileName`. If there is too much, nothing
 * is changed, and there are no entries.
 */
export const read = Effect.fnUntraced(function*(
  directory: string,
  maxFiles: number
): Effect.fn.Return<{ readonly entries: ReadonlyArray<Entry>; readonly size: Size }, PlatformError.PlatformError> {
  const { entries, size } = yield* scan(directory, maxFiles)
  if (!size.isWhole) return { entries: [], size }
  const taken = new Map<Raw | undefined, Set<string>>()
  const names = new Map<Raw, string>()
  for (const one of entries) {
    if (!taken.has(one.parent)) taken.set(one.parent, new Set())
    if (FileName.isText(one.name)) taken.get(one.parent)?.add(FileName.toText(one.name))
  }
  // Renames the content of a directory before the directory itself.
  for (const one of entries.toReversed()) {
    const beside = taken.get(one.parent)
    const isText = FileName.isText(one.name)
    const name = isText ? FileName.toText(one.name) : FileName.unlike(one.name, beside ?? new Set())
    if (!isText) yield* rename(directory, one, name)
    beside?.add(name)
    names.set(one, name)
  }
  const fullName = (entry: Raw): string => {
    const name = names.get(entry) ?? ""
    return entry.parent === undefined ? name : `${fullName(entry.parent)}/${name}`
  }
  const named = entries.map((entry): Entry => ({
    name: fullName(entry),
    type: entry.type,
    size: entry.size,
    mode: entry.mode
  }))
  return { entries: named.toSorted((a, b) => a.name < b.name ? -1 : 1), size }
})
