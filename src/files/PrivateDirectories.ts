/**
 * Private directories for tokens, secrets and output under way, and the removal of those whose process was killed.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import type * as Scope from "effect/Scope"
import * as Errno from "./Errno.ts"

/**
 * A process, as the name of a directory tells it: where its number means something (the boot of the host and the namespace),
 * the number, and when it was started, in clock ticks since the boot.
 */
export interface Owner {
  readonly hostId: string
  readonly pid: string
  readonly start: string
}

/**
 * What `/proc/<pid>/stat` says: the number of the process, when it was started, and whether it lives.
 *
 * **Details**
 *
 * The name of the program stands in parentheses and may hold anything, more of them too. The state is the third field, the
 * start the 22nd. A zombie has ended. (Manual page `proc_pid_stat(5)`.)
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
 * What a directory is for: the token that operations show, the files of a submission, or the output of jobs while it is
 * transferred, hidden beside its destination.
 */
export type Kind = "token" | "submit" | "fetch"

const prefix = (kind: Kind, owner: Option.Option<Owner>): string =>
  `${kind === "fetch" ? "." : ""}htcondor-ce-${kind}-${
    Option.match(owner, { onNone: () => "", onSome: ({ hostId, pid, start }) => `${hostId}-${pid}-${start}-` })
  }`

const pattern =
  /^(?:htcondor-ce-(?:token|submit)|\.htcondor-ce-fetch)-(?:([0-9a-f]{32}\.\d+)-(\d+)-(\d+)-)?[A-Za-z0-9]{6}$/

// Longer than any operation lasts. For directories of which nobody here can tell whether their process lives: of another
// container or host that shares the directory, of an earlier boot, or of a system without /proc.
const oldAge = Duration.weeks(1)

const sweepInterval = Duration.minutes(1)

// More than an operation writes at one time. A tool that dies with its client makes one file at most.
const writesUnderWay = 20

const isNotEmpty = (error: PlatformError.PlatformError): boolean => Errno.code(error) === "ENOTEMPTY"

// Who is interrupted, or killed, does not wait for what is still being written: a file may come up while its directory goes.
const remove = (
  fileSystem: FileSystem.FileSystem,
  directory: string
): Effect.Effect<void, PlatformError.PlatformError> =>
  Effect.retry(fileSystem.remove(directory, { recursive: true, force: true }), {
    times: writesUnderWay,
    while: isNotEmpty
  })

/**
 * Makes a directory with mode 0700 that goes with its scope. That it cannot be removed, because its file system has become
 * read-only for example, is a warning, and `onUndeletable` is told: the operation that it served has ended.
 */
export const directoryScoped = (
  fileSystem: FileSystem.FileSystem,
  options: { readonly directory?: string | undefined; readonly prefix: string },
  onUndeletable: (directory: string) => void = () => undefined
): Effect.Effect<string, PlatformError.PlatformError, Scope.Scope> =>
  Effect.acquireRelease(
    fileSystem.makeTempDirectory(options),
    (directory) =>
      Effect.catch(remove(fileSystem, directory), (error) => {
        onUndeletable(directory)
        return Effect.logWarning(`${directory} is left behind: ${Errno.describe(error)}`)
      })
  )

/**
 * - `scoped`: a new directory with mode 0700, for as long as the scope lives
 * - `scopedBelow`: one below a destination, for output
 * - `sweepSiblings`: what making one does on the side, for those who keep one: looks at most once a minute for what was left by
 *   processes that have ended
 * - `sweep`: removes from a directory what was left there by such processes
 */
export interface Temporary {
  scoped(kind: "token" | "submit"): Effect.Effect<string, PlatformError.PlatformError, Scope.Scope>
  scopedBelow(destination: string): Effect.Effect<string, PlatformError.PlatformError, Scope.Scope>
  sweepSiblings(directory: string): Effect.Effect<void>
  sweep(directory: string): Effect.Effect<void>
}

/**
 * When each temporary directory was last looked through, in milliseconds since the epoch. Backends that share one look
 * through it once for all.
 */
export type Sweeps = Map<string, number>

/**
 * Makes private directories that go with their scope, and removes those whose process cannot do so any more: killed in the
 * middle of its work, it leaves a token, or secrets.
 *
 * **Details**
 *
 * In the temporary directory the removal is a side effect of making or keeping one, at most once a minute. It touches
 * directories of the same user alone, and never those of a process that may still live.
 */
export const make = Effect.fnUntraced(function*(
  settings: { readonly temporaryDirectory: string | undefined },
  sweeps: Sweeps = new Map()
) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path

  // Read when it is first needed: a backend that nobody uses costs nothing.
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

  // `own`: a directory or file of this user.
  const sweepAs = Effect.fnUntraced(
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

  const sweepBeside = (directory: string) =>
    Effect.ignore(Effect.flatMap(fileSystem.lstat(directory), (own) => sweepAs(own, path.dirname(directory))))

  // Of this process, to be removed when that can be done.
  const undeletable = new Set<string>()
  const removeUndeletable = Effect.suspend(() =>
    Effect.forEach(Array.from(undeletable), (directory) =>
      remove(fileSystem, directory).pipe(
        Effect.andThen(Effect.sync(() => undeletable.delete(directory))),
        Effect.ignore
      ), { discard: true })
  )

  // Files of this process in /proc belong to its user, whoever owns the destination.
  const sweep = (directory: string) =>
    Effect.andThen(
      removeUndeletable,
      Effect.ignore(Effect.flatMap(fileSystem.stat("/proc/self"), (own) => sweepAs(own, directory)))
    )

  const sweepSiblings = Effect.fnUntraced(function*(directory: string) {
    yield* removeUndeletable
    const now = yield* Clock.currentTimeMillis
    const parent = path.dirname(directory)
    // Either way: the clock may have been set back.
    if (Math.abs(now - (sweeps.get(parent) ?? Number.NEGATIVE_INFINITY)) >= Duration.toMillis(sweepInterval)) {
      sweeps.set(parent, now)
      yield* sweepBeside(directory)
    }
  })

  const scoped = Effect.fnUntraced(
    function*(kind: "token" | "submit"): Effect.fn.Return<string, PlatformError.PlatformError, Scope.Scope> {
      const options = { prefix: prefix(kind, yield* self), directory: settings.temporaryDirectory }
      const directory = yield* directoryScoped(fileSystem, options, (one) => undeletable.add(one))
      yield* sweepSiblings(directory)
      return directory
    }
  )

  const scopedBelow = (destination: string) =>
    Effect.flatMap(
      self,
      (owner) =>
        directoryScoped(fileSystem, { prefix: prefix("fetch", owner), directory: destination }, (one) =>
          undeletable.add(one))
    )

  return { scoped, scopedBelow, sweepSiblings, sweep }
})
