/**
 * How what was written gets from memory to stable storage.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as PlatformError from "effect/PlatformError"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Errno from "./Errno.ts"

/**
 * Puts on stable storage whatever the file system of a directory holds in memory. False where that cannot be done.
 *
 * **Details**
 *
 * By `sync -f` of GNU coreutils, if processes can be started: Effect's `FileSystem` has no such call.
 */
export const wholeFileSystem = Effect.map(
  Effect.serviceOption(ChildProcessSpawner.ChildProcessSpawner),
  (spawner) => (directory: string): Effect.Effect<boolean> =>
    Option.match(spawner, {
      onNone: () => Effect.succeed(false),
      onSome: ({ exitCode }) =>
        exitCode(ChildProcess.make("sync", ["-f", "--", directory], { stdout: "ignore", stderr: "ignore" })).pipe(
          Effect.map((code) => code === 0),
          Effect.orElseSucceed(() => false)
        )
    })
)

/**
 * Whether the kernel tells whoever syncs a whole file system that some of it could not be written, by what `uname -r` says of
 * Linux. (Manual page `syncfs(2)`: since 5.8.)
 */
export const reportsErrors = (release: string): boolean => {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? []
  return Number(major) > 5 || Number(major) === 5 && Number(minor) >= 8
}

// What CIFS, sshfs and others answer who syncs a directory.
const unsupported: ReadonlySet<string> = new Set(["EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"])

// Fewer files are put there one by one in less time, whoever else writes to their file system.
const fewFiles = 100

/**
 * What puts things on stable storage.
 *
 * - `one`: a file or directory; a file system that cannot do it for directories is passed over, with a warning
 * - `each`: files and directories, one by one
 * - `whole`: many of them at once, all on the file system of `directory`; false if they have to be put there one by one
 */
export const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const syncAll = yield* wholeFileSystem
  const isTold = yield* Effect.cached(
    Effect.match(fileSystem.readFileString("/proc/sys/kernel/osrelease"), {
      onFailure: () => false,
      onSuccess: reportsErrors
    })
  )

  const told = new Set<FileSystem.File.Info["dev"]>()

  // Once for each file system: whoever uses it has chosen it.
  const passOver = Effect.fnUntraced(
    function*(file: string, error: PlatformError.PlatformError): Effect.fn.Return<void, PlatformError.PlatformError> {
      if (!unsupported.has(Errno.code(error) ?? "")) return yield* error
      const { dev, type } = yield* fileSystem.stat(file)
      if (type !== "Directory") return yield* error
      if (told.has(dev)) return
      told.add(dev)
      yield* Effect.logWarning(
        `the file system of ${file} puts no directory on stable storage (${
          Errno.describe(error)
        }): after a power cut, output that was fetched shortly before may be gone`
      )
    }
  )

  const one = (file: string): Effect.Effect<void, PlatformError.PlatformError> =>
    Effect.scoped(Effect.flatMap(fileSystem.open(file, { flag: "r" }), (open) =>
      // The error of an open file has its number, and not its path.
      Effect.mapError(open.sync, (error) => {
        const { cause, reason: { _tag, module } } = error
        return _tag === "BadArgument"
          ? error
          : PlatformError.systemError({ _tag, module, method: "sync", pathOrDescriptor: file, cause })
      }))).pipe(
        Effect.catch((error) => passOver(file, error))
      )

  const each = (files: ReadonlyArray<string>) => Effect.forEach(files, one, { discard: true })

  const whole = Effect.fnUntraced(function*(directory: string, files: ReadonlyArray<string>) {
    return files.length > fewFiles && (yield* isTold) && (yield* syncAll(directory))
  })

  return { one, each, whole }
})
