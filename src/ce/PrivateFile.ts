/**
 * Files that only their owner may read.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as PlatformError from "effect/PlatformError"

/**
 * Makes a new file with mode 0600, and returns when its content is on the disk.
 *
 * @category constructors
 * @since 0.1.0
 */
export const write = (
  fileSystem: FileSystem.FileSystem,
  path: string,
  content: Uint8Array
): Effect.Effect<void, PlatformError.PlatformError> =>
  Effect.scoped(
    Effect.flatMap(
      fileSystem.open(path, { flag: "wx", mode: 0o600 }),
      (file) => Effect.andThen(file.writeAll(content), file.sync)
    )
  )
