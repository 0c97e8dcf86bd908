/**
 * Measures the free space of a file system.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/**
 * Returns the free bytes of a directory's file system for this user. `None` if they are not known.
 *
 * **Details**
 *
 * A reference with a default, so that no layer has to provide it. Effect's `FileSystem` has no such call: the default uses Node's
 * `statfs`, which Bun and Deno have, too. It returns `None` for a file system with no blocks (some of FUSE).
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
