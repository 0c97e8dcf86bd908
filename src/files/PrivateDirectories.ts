/**
 * Private directories for tokens, secrets and unfinished output, and the removal of those whose process was killed.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import type * as Scope from "effect/Scope"
import * as Errno from "./Errno.ts"
import * as Orphans from "./Orphans.ts"

const sweepInterval = Duration.minutes(1)

/**
 * Makes a directory with mode 0700 that is removed with its scope. If the removal fails, for example because the file system has
 * become read-only, it logs a warning and calls `onUndeletable`: the operation that used the directory has ended.
 */
export const directoryScoped = (
  fileSystem: FileSystem.FileSystem,
  options: { readonly directory?: string | undefined; readonly prefix: string },
  onUndeletable: (directory: string) => void = () => undefined
): Effect.Effect<string, PlatformError.PlatformError, Scope.Scope> =>
  Effect.acquireRelease(
    fileSystem.makeTempDirectory(options),
    (directory) =>
      Effect.catch(Orphans.remove(fileSystem, directory), (error) => {
        onUndeletable(directory)
        return Effect.logWarning(`${directory} is left behind: ${Errno.describeAt(directory, error)}`)
      })
  )

/**
 * - `scoped`: makes a directory with mode 0700, for as long as the scope lives. Its path is absolute.
 * - `scopedBelow`: makes one at a destination, for output
 * - `sweepSiblings`: looks, at most once a minute, for abandoned directories beside one; `scoped` does this each time
 * - `sweep`: removes abandoned directories from a directory
 */
export interface Temporary {
  scoped(kind: "token" | "submit"): Effect.Effect<string, PlatformError.PlatformError, Scope.Scope>
  scopedBelow(destination: string): Effect.Effect<string, PlatformError.PlatformError, Scope.Scope>
  sweepSiblings(directory: string): Effect.Effect<void>
  sweep(directory: string): Effect.Effect<void>
}

// The time of the last search for leftovers in each temporary directory, in milliseconds since the epoch.
type Sweeps = Map<string, number>

const SharedSweeps = Context.Reference<Sweeps | undefined>("effect-htcondor-ce/files/SharedSweeps", {
  defaultValue: () => undefined
})

/**
 * Backends with this layer search a temporary directory for abandoned directories together. Without it, each backend searches.
 */
export const layerShared = (): Layer.Layer<never> => Layer.succeed(SharedSweeps, new Map())

/**
 * Makes private directories that are removed with their scope, and removes abandoned ones. A process that was killed could not
 * remove its directory, which has a token or secrets.
 *
 * **Details**
 *
 * In the temporary directory, the removal is a side effect of making or keeping a directory, at most once a minute. It only
 * touches directories of the same user, and never those of a process that may still run.
 */
export const make = Effect.fnUntraced(function*(
  settings: { readonly temporaryDirectory: string | undefined }
) {
  const sweeps = (yield* SharedSweeps) ?? new Map<string, number>()
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path

  const { self, sweep: sweepAs } = yield* Orphans.make

  const { temporaryDirectory } = settings
  const configured = temporaryDirectory === undefined ? undefined : path.resolve(temporaryDirectory)

  const sweepBeside = (directory: string) =>
    Effect.ignore(Effect.flatMap(fileSystem.lstat(directory), (own) => sweepAs(own, path.dirname(directory))))

  // Directories of this process whose removal has failed. It is tried again later.
  const undeletable = new Set<string>()
  const removeUndeletable = Effect.suspend(() =>
    Effect.forEach(Array.from(undeletable), (directory) =>
      Orphans.remove(fileSystem, directory).pipe(
        Effect.andThen(Effect.sync(() => undeletable.delete(directory))),
        Effect.ignore
      ), { discard: true })
  )

  // /proc/self belongs to the user of this process, even if the destination does not.
  const sweep = (directory: string) =>
    Effect.andThen(
      removeUndeletable,
      Effect.ignore(Effect.flatMap(fileSystem.stat("/proc/self"), (own) => sweepAs(own, directory)))
    )

  const sweepSiblings = Effect.fnUntraced(function*(directory: string) {
    yield* removeUndeletable
    const now = yield* Clock.currentTimeMillis
    const parent = path.dirname(directory)
    // In both directions: the clock may have been set back.
    if (Math.abs(now - (sweeps.get(parent) ?? Number.NEGATIVE_INFINITY)) >= Duration.toMillis(sweepInterval)) {
      sweeps.set(parent, now)
      yield* sweepBeside(directory)
    }
  })

  const scoped = Effect.fnUntraced(
    function*(kind: "token" | "submit"): Effect.fn.Return<string, PlatformError.PlatformError, Scope.Scope> {
      const options = { prefix: Orphans.prefix(kind, yield* self), directory: configured }
      const made = yield* directoryScoped(fileSystem, options, (one) => undeletable.add(one))
      // The tools run in other directories, and TMPDIR may be a relative path.
      const directory = path.resolve(made)
      yield* sweepSiblings(directory)
      return directory
    }
  )

  const scopedBelow = (destination: string) =>
    Effect.flatMap(
      self,
      (owner) =>
        directoryScoped(fileSystem, { prefix: Orphans.prefix("fetch", owner), directory: destination }, (one) =>
          undeletable.add(one))
    )

  return { scoped, scopedBelow, sweepSiblings, sweep }
})
