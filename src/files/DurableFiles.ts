/**
 * Puts written files on stable storage.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as PlatformError from "effect/PlatformError"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Errno from "./Errno.ts"

/**
 * Writes all of a file system's cached data to stable storage. Takes a directory on it. Returns false if that is not possible.
 *
 * **Details**
 *
 * It runs `sync -f` of GNU coreutils, if processes can be started: Effect's `FileSystem` has no such call.
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
 * Whether a Linux kernel with this release (`uname -r`) reports failed writes to the caller of `syncfs`. (Manual page
 * `syncfs(2)`: since 5.8.)
 */
export const reportsErrors = (release: string): boolean => {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? []
  return Number(major) > 5 || Number(major) === 5 && Number(minor) >= 8
}

// The errors of CIFS, sshfs and others when a directory is synced.
const unsupported: ReadonlySet<string> = new Set(["EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"])

// Up to this number, syncing files one by one is faster, even if other processes write to the same file system.
const fewFiles = 100

/**
 * Makes the operations that put files on stable storage.
 *
 * - `one`: a file or directory. If the file system cannot sync directories, it only logs a warning.
 * - `each`: files and directories, one by one
 * - `whole`: many files at once, all on the file system of `directory`. Returns false if they must be synced one by one.
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

  // Warns once for each file system: the user has chosen to use it.
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
      // The error of an open file has the file's number instead of its path.
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
