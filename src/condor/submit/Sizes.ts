/**
 * The checks of `condor_submit` on the client's disk.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import { type Draft, isWholeHost, within } from "./Draft.ts"
import { names } from "./Values.ts"
import { wrapped } from "./Wrapped.ts"

/** Makes a file system that reads the state of each path once, because many jobs have the same files. */
export const remembering = (inner: FileSystem.FileSystem): FileSystem.FileSystem => {
  const once = <A, E>(ask: (path: string) => Effect.Effect<A, E>) => {
    const known = new Map<string, Result.Result<A, E>>()
    return (path: string): Effect.Effect<A, E> =>
      Effect.suspend(() => {
        const before = known.get(path)
        return before === undefined
          ? Effect.flatMap(Effect.result(ask(path)), (result) => {
            known.set(path, result)
            return Effect.fromResult(result)
          })
          : Effect.fromResult(before)
      })
  }
  return { ...inner, exists: once(inner.exists), stat: once(inner.stat) }
}

const kibibytes = (bytes: number): number => Math.ceil(bytes / 1024)

/** Checks the initial directory and the program. Returns the message of the tool if one does not exist. */
export const ofProgram = Effect.fnUntraced(function*(draft: Draft, named = "") {
  const fileSystem = yield* FileSystem.FileSystem
  const iwd = draft.text("Iwd") ?? ""
  if (!(yield* Effect.orElseSucceed(fileSystem.exists(iwd), () => false))) return `ERROR: No such directory: ${iwd}\n`
  const command = draft.text("Cmd") ?? ""
  const stays = draft.get("TransferExecutable") !== undefined
  if (named === "") return undefined
  const info = yield* Effect.result(fileSystem.stat(within(draft.setting.directory, command)))
  const looked = !stays && !named.includes("$$")
  if (Result.isFailure(info)) {
    if (!looked) {
      draft.set("ExecutableSize", 0)
      draft.set("ImageSize", 0)
      return undefined
    }
    return draft.setting.version === "lts"
      ? `\nERROR: Executable file ${named} does not exist\n`
      : `\nERROR: Can't access executable file ${named}: No such file or directory\n`
  }
  const size = Number(info.success.size)
  if (size === 0 && looked) return `\nERROR: Executable file ${named} has zero length\n`
  if (draft.get("ImageSize") === undefined) {
    draft.set("ExecutableSize", kibibytes(size))
    draft.set("ImageSize", kibibytes(size))
  }
  return undefined
})

/** The bytes of a file, or of all files below a directory. 0 if it does not exist. */
const bytesOf: (file: string) => Effect.Effect<number, never, FileSystem.FileSystem | Path.Path> = Effect.fnUntraced(
  function*(file: string) {
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    if (yield* isWholeHost(file)) return 0
    const info = yield* Effect.option(fileSystem.stat(file))
    if (info._tag === "None") return 0
    if (info.value.type !== "Directory") return Number(info.value.size)
    const entries = yield* Effect.orElseSucceed(fileSystem.readDirectory(file), (): Array<string> => [])
    const sizes = yield* Effect.forEach(entries, (entry) => bytesOf(path.join(file, entry)))
    return sizes.reduce((sum, size) => sum + size, 0)
  }
)

/** Returns the files of an input. A directory whose name ends in a slash stands for its entries. */
const expanded = Effect.fnUntraced(function*(directory: string, input: string) {
  if (!input.endsWith("/") || input.includes("://")) return [input]
  const fileSystem = yield* FileSystem.FileSystem
  if (yield* isWholeHost(within(directory, input))) return undefined
  const entries = yield* Effect.result(fileSystem.readDirectory(within(directory, input)))
  return Result.isFailure(entries) ? undefined : entries.success.toSorted().map((entry) => `${input}${entry}`)
})

/** Checks the inputs: their sizes, and the entries of directories. */
export const ofInputs = Effect.fnUntraced(function*(draft: Draft) {
  const iwd = draft.text("Iwd") ?? ""
  const list = draft.text("TransferInput")
  const inputs = list === undefined ? [] : names(list)
  const stdin = draft.text("In") ?? "/dev/null"
  const sent = stdin === "/dev/null" ? inputs : [...inputs, stdin]
  const sizes = yield* Effect.forEach(sent, (input) => bytesOf(within(iwd, input)))
  const program = draft.get("ExecutableSize")
  const programSize = program?._tag === "Literal" && program.value._tag === "Integer" ? Number(program.value.value) : 0
  const size = programSize + sizes.reduce((sum, bytes) => sum + kibibytes(bytes), 0)
  draft.set("TransferInputSizeMB", draft.setting.version === "lts" ? Math.floor(size / 1024) : Math.ceil(size / 1024))
  draft.set("DiskUsage", size)
  if (!draft.setting.remote || list === undefined) return undefined
  const files: Array<string> = []
  for (const input of inputs) {
    const some = yield* expanded(iwd, input)
    if (some === undefined) {
      return `\n${wrapped(`Failed to expand '${input}' in transfer input file list.`)} \n`
    }
    files.push(...some)
  }
  draft.set("TransferInput", files.join(","))
  return undefined
})
