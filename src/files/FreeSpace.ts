/**
 * How much room a file system has left.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/**
 * Gives the bytes that a directory's file system has for this user; none where that cannot be told.
 *
 * **Details**
 *
 * A reference, so that it needs nobody to provide it. Effect's `FileSystem` does not tell: the default asks Node's
 * `statfs`, which Bun and Deno have too. A file system of no blocks at all (some of FUSE) does not tell.
 */
export const FreeSpace = Context.Reference<(directory: string) => Effect.Effect<Option.Option<number>>>(
  "effect-htcondor-ce/ce/FreeSpace",
  {
    defaultValue: () => (directory) =>
      Effect.tryPromise(async () => {
        const { statfs } = await import("node:fs/promises")
        const { bavail, blocks, bsize } = await statfs(directory)
        return blocks === 0 ? Option.none() : Option.some(bavail * bsize)
      }).pipe(Effect.orElseSucceed(() => Option.none<number>()))
  }
)
