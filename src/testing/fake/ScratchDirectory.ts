/**
 * The working directory of a job that is a process of this host.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { Job } from "./Job.ts"
import { emptyDirectory, type SpoolFile } from "./Payload.ts"

/** Functions that write the input and read the output. */
export const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path

  const readFile = (file: string): Effect.Effect<SpoolFile | undefined> =>
    Effect.gen(function*() {
      const info = yield* fileSystem.stat(file)
      if (info.type !== "File") return undefined
      return { content: yield* fileSystem.readFile(file), mode: info.mode & 0o777 }
    }).pipe(
      // A broken link counts as a missing file.
      Effect.orElseSucceed(() => undefined)
    )

  const isEmptyDirectory = (directory: string): Effect.Effect<boolean> =>
    Effect.match(fileSystem.readDirectory(directory), {
      onFailure: () => false,
      onSuccess: (names) => names.length === 0
    })

  const writeInputs = Effect.fnUntraced(function*(sandbox: string, job: Job, command: string) {
    for (const [name, { content, mode }] of job.inputs) {
      const file = path.join(sandbox, name)
      if (name.endsWith("/")) {
        yield* fileSystem.makeDirectory(file, { recursive: true, mode: 0o700 })
        continue
      }
      yield* fileSystem.makeDirectory(path.dirname(file), { recursive: true, mode: 0o700 })
      yield* fileSystem.writeFile(file, content, { mode: 0o600 })
      // HTCondor makes the executable executable, whatever mode it had.
      yield* fileSystem.chmod(file, name === command ? mode | 0o500 : mode)
    }
  })

  // The interpreter of a script, if it does not exist. The kernel then reports ENOENT for the script.
  const missingInterpreter = Effect.fnUntraced(function*(executable: string) {
    const file = yield* readFile(executable)
    const [, interpreter] = /^#![ \t]*(\S+)/.exec(new TextDecoder().decode(file?.content.subarray(0, 256))) ?? []
    return interpreter === undefined || (yield* Effect.orElseSucceed(fileSystem.exists(interpreter), () => false))
      ? undefined
      : interpreter
  })

  // All files below a directory, by relative path. Only empty directories have an entry.
  const filesOf = Effect.fnUntraced(function*(directory: string) {
    const names = yield* Effect.orElseSucceed(fileSystem.readDirectory(directory, { recursive: true }), () => [])
    const files = new Map<string, SpoolFile>()
    for (const name of names.toSorted()) {
      const file = yield* readFile(path.join(directory, name))
      if (file !== undefined) files.set(name, file)
      else if (yield* isEmptyDirectory(path.join(directory, name))) files.set(`${name}/`, emptyDirectory)
    }
    return files
  })

  return { readFile, writeInputs, missingInterpreter, filesOf }
})
