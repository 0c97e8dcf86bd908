/**
 * Writes files that only their owner may read.
 */
import type * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as PlatformError from "effect/PlatformError"

/**
 * Makes a new file with mode 0600. It is for tools that run next, and is not put on stable storage.
 */
export const write = (
  fileSystem: FileSystem.FileSystem,
  path: string,
  content: Uint8Array
): Effect.Effect<void, PlatformError.PlatformError> => fileSystem.writeFile(path, content, { flag: "wx", mode: 0o600 })
