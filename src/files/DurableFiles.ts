/**
 * Puts written files on stable storage.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as PlatformError from "effect/PlatformError"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Semaphore from "effect/Semaphore"
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
          Errno.starting,
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

type Device = FileSystem.File.Info["dev"]

/**
 * The syncs of whole file systems, of all backends of this process: the number that failed, and whose turn it is.
 *
 * **Details**
 *
 * Linux reports a failed write to one `sync -f`, which may be another batch's. So failures are counted. The syncs of one file
 * system take turns, so that a failure is counted before the next sync begins.
 */
export const Syncs = Context.Reference<{ failures: number; readonly turns: Map<Device, Semaphore.Semaphore> }>(
  "effect-htcondor-ce/files/Syncs",
  { defaultValue: () => ({ failures: 0, turns: new Map() }) }
)

/**
 * Makes the operations that put files on stable storage.
 *
 * - `begin`: the number of failed syncs, for `whole`. Run it before the first of the files is written.
 * - `one`: a file or directory. If the file system cannot sync directories, it only logs a warning.
 * - `each`: files and directories, one by one
 * - `whole`: many files at once, all on the file system of `directory`. Returns false if they must be synced one by one. Without
 *   `begun`, the files may be older than any sync of this process.
 */
export const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const syncs = yield* Syncs
  const syncAll = yield* wholeFileSystem
  const isTold = yield* Effect.cached(
    Effect.match(fileSystem.readFileString("/proc/sys/kernel/osrelease"), {
      onFailure: () => false,
      onSuccess: reportsErrors
    })
  )

  const told = new Set<Device>()

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

  const begin = Effect.sync(() => syncs.failures)

  const turn = (device: Device): Semaphore.Semaphore => {
    const one = syncs.turns.get(device) ?? Semaphore.makeUnsafe(1)
    syncs.turns.set(device, one)
    return one
  }

  // A failed write may have been reported to a sync that was interrupted.
  const counted = (directory: string) =>
    Effect.onExit(syncAll(directory), (exit) =>
      Effect.sync(() => {
        if (Exit.isFailure(exit) || !exit.value) syncs.failures++
      }))

  const whole = Effect.fnUntraced(function*(directory: string, files: ReadonlyArray<string>, begun = 0) {
    if (files.length <= fewFiles || !(yield* isTold)) return false
    const info = yield* Effect.option(fileSystem.stat(directory))
    if (Option.isNone(info)) return false
    const isUnharmed = () => syncs.failures === begun
    const sync = Effect.suspend(() => isUnharmed() ? counted(directory) : Effect.succeed(false))
    return (yield* turn(info.value.dev).withPermit(sync)) && isUnharmed()
  })

  return { begin, one, each, whole }
})
