/** A file system parts of which are full, or read-only. */
import { Context, Effect, FileSystem, Layer, PlatformError } from "effect"

/** The error of a write. */
export type Reason = "ENOSPC" | "EROFS"

interface Breakdown {
  readonly below: string
  readonly reason: Reason
  readonly after: number
  seen: number
}

export class Disk extends Context.Service<Disk, {
  /** From write number `after` (from 0) on, all writes below a directory fail while the scope is open. */
  readonly breaks: (
    below: string,
    reason: Reason,
    after: number
  ) => Effect.Effect<{ readonly struck: () => boolean; readonly heal: () => void }>
}>()("test/ce/Disk") {}

const words = {
  ENOSPC: "ENOSPC: no space left on device",
  EROFS: "EROFS: read-only file system"
}

export const layer: Layer.Layer<Disk | FileSystem.FileSystem, never, FileSystem.FileSystem> = Layer.effectContext(
  Effect.gen(function*() {
    const real = yield* FileSystem.FileSystem
    const breakdowns = new Set<Breakdown>()
    // `removes`: whether the operation frees space, so that a full disk does not prevent it.
    const failing = (method: string, target: string, removes: boolean): PlatformError.PlatformError | undefined => {
      for (const one of breakdowns) {
        if (target !== one.below && !target.startsWith(`${one.below}/`)) continue
        if (removes && one.reason === "ENOSPC") continue
        if (one.seen++ < one.after) continue
        return PlatformError.systemError({
          _tag: "Unknown",
          module: "FileSystem",
          method,
          description: words[one.reason],
          pathOrDescriptor: target
        })
      }
      return undefined
    }
    const guarded = <A, R>(
      method: string,
      target: string,
      effect: Effect.Effect<A, PlatformError.PlatformError, R>,
      removes = false
    ) =>
      Effect.suspend(() => {
        const error = failing(method, target, removes)
        return error === undefined ? effect : Effect.fail(error)
      })
    const makeTempDirectory: FileSystem.FileSystem["makeTempDirectory"] = (options) =>
      guarded("makeTempDirectory", options?.directory ?? "/tmp", real.makeTempDirectory(options))
    const remove: FileSystem.FileSystem["remove"] = (path, options) =>
      guarded("remove", path, real.remove(path, options), true)
    const fileSystem = FileSystem.make({
      ...real,
      makeTempDirectory,
      // The same as in Node's file system.
      makeTempDirectoryScoped: (options) =>
        Effect.acquireRelease(
          makeTempDirectory(options),
          (directory) => Effect.orDie(remove(directory, { recursive: true, force: true }))
        ),
      remove,
      makeDirectory: (path, options) => guarded("makeDirectory", path, real.makeDirectory(path, options)),
      chmod: (path, mode) => guarded("chmod", path, real.chmod(path, mode), true),
      rename: (from, to) => guarded("rename", to, real.rename(from, to)),
      symlink: (from, to) => guarded("symlink", to, real.symlink(from, to)),
      writeFile: (path, data, options) => guarded("writeFile", path, real.writeFile(path, data, options)),
      open: (path, options) =>
        options?.flag === undefined || options.flag === "r"
          ? real.open(path, options)
          : Effect.suspend(() => {
            const error = failing("write", path, false)
            if (error === undefined) return real.open(path, options)
            // On a full disk a new file can be created.
            return error.message.includes("ENOSPC")
              ? Effect.andThen(Effect.scoped(real.open(path, options)), Effect.fail(error))
              : Effect.fail(error)
          })
    })
    return Context.make(FileSystem.FileSystem, fileSystem).pipe(
      Context.add(Disk, {
        breaks: (below, reason, after) =>
          Effect.sync(() => {
            const one = { below, reason, after, seen: 0 }
            breakdowns.add(one)
            return { struck: () => one.seen > after, heal: () => void breakdowns.delete(one) }
          })
      })
    )
  })
)
