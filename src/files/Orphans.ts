/**
 * Directories whose names contain the process that made them, and the removal of directories whose process has ended.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as Errno from "./Errno.ts"

/**
 * A process, as in the name of a directory.
 *
 * - `hostId`: the boot of the host and the process namespace, in which the process id is valid
 * - `pid`: the process id
 * - `start`: when it started, in clock ticks since the boot
 */
export interface Owner {
  readonly hostId: string
  readonly pid: string
  readonly start: string
}

/**
 * Reads `/proc/<pid>/stat`: the process id, when the process started, and whether it still runs.
 *
 * **Details**
 *
 * The name of the program is in parentheses, and may itself contain parentheses. The state is the third field, the start the
 * 22nd. A zombie has ended. (Manual page `proc_pid_stat(5)`.)
 */
export const parseStat = (
  text: string
): { readonly pid: string; readonly start: string; readonly alive: boolean } | undefined => {
  const pid = /^\d+/.exec(text)?.[0]
  const [state = "", ...fields] = text.slice(text.lastIndexOf(")") + 1).trim().split(/\s+/)
  const start = fields[18]
  return pid === undefined || start === undefined || !/^\d+$/.test(start)
    ? undefined
    : { pid, start, alive: !/^[ZXx]$/.test(state) }
}

/**
 * The purpose of a directory.
 *
 * - `token`: the token of operations
 * - `submit`: the files of a submission
 * - `fetch`: the output of jobs during its transfer, hidden at the destination
 */
export type Kind = "token" | "submit" | "fetch"

/**
 * The beginning of the name of such a directory.
 */
export const prefix = (kind: Kind, owner: Option.Option<Owner>): string =>
  `${kind === "fetch" ? "." : ""}htcondor-ce-${kind}-${
    Option.match(owner, { onNone: () => "", onSome: ({ hostId, pid, start }) => `${hostId}-${pid}-${start}-` })
  }`

const pattern =
  /^(?:htcondor-ce-(?:token|submit)|\.htcondor-ce-fetch)-(?:([0-9a-f]{32}\.\d+)-(\d+)-(\d+)-)?[A-Za-z0-9]{6}$/

// Longer than any operation lasts. It applies to directories whose process cannot be looked up here: it ran in another container
// or on another host that shares the directory, before the last boot, or on a system without /proc.
const oldAge = Duration.weeks(1)

// More than an operation writes concurrently. A tool that dies with its client makes at most one more file.
const writesUnderWay = 20

const isNotEmpty = (error: PlatformError.PlatformError): boolean => Errno.code(error) === "ENOTEMPTY"

/**
 * Removes a directory. An interrupted or killed process may still write to it, so that a file may appear during the removal. Then
 * the removal is repeated.
 */
export const remove = (
  fileSystem: FileSystem.FileSystem,
  directory: string
): Effect.Effect<void, PlatformError.PlatformError> =>
  Effect.retry(fileSystem.remove(directory, { recursive: true, force: true }), {
    times: writesUnderWay,
    while: isNotEmpty
  })

/**
 * - `self`: this process; `None` without /proc
 * - `sweep`: removes abandoned directories from a directory, if they belong to the owner of `own`, a directory or file
 */
export const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path

  // Read when it is first needed: an unused backend costs nothing.
  const self = yield* Effect.cached(
    Effect.gen(function*() {
      const stat = parseStat(yield* fileSystem.readFileString("/proc/self/stat"))
      const boot = (yield* fileSystem.readFileString("/proc/sys/kernel/random/boot_id")).replaceAll(/[^0-9a-f]/g, "")
      const namespace = (yield* fileSystem.readLink("/proc/self/ns/pid")).replaceAll(/\D/g, "")
      return stat === undefined ? Option.none() : Option.some<Owner>({ ...stat, hostId: `${boot}.${namespace}` })
    }).pipe(Effect.orElseSucceed(() => Option.none<Owner>()))
  )

  const isGone = ({ pid, start }: Pick<Owner, "pid" | "start">) =>
    Effect.match(fileSystem.readFileString(`/proc/${pid}/stat`), {
      onFailure: (error) => error.reason._tag === "NotFound",
      onSuccess: (text) => {
        const stat = parseStat(text)
        return stat !== undefined && (stat.start !== start || !stat.alive)
      }
    })

  const isOrphan = Effect.fnUntraced(function*(own: FileSystem.File.Info, directory: string) {
    const match = pattern.exec(path.basename(directory))
    if (match === null) return false
    const [, hostId, pid, start] = match
    const info = yield* fileSystem.lstat(directory)
    if (info.type !== "Directory" || Option.getOrUndefined(info.uid) !== Option.getOrUndefined(own.uid)) return false
    if (Option.exists(yield* self, (one) => one.hostId === hostId) && pid !== undefined && start !== undefined) {
      return yield* isGone({ pid, start })
    }
    const now = yield* Clock.currentTimeMillis
    return Option.exists(info.mtime, (time) => time.getTime() < now - Duration.toMillis(oldAge))
  })

  const sweep = Effect.fnUntraced(
    function*(own: FileSystem.File.Info, parent: string) {
      const names = (yield* fileSystem.readDirectory(parent)).filter((name) => pattern.test(name))
      for (const one of names.map((name) => path.join(parent, name))) {
        yield* Effect.ignore(
          Effect.flatMap(
            isOrphan(own, one),
            (orphan) => orphan ? remove(fileSystem, one) : Effect.void
          )
        )
      }
    },
    (effect) => Effect.ignore(effect)
  )

  return { self, sweep }
})
