/**
 * A file system whose operations count as work, so that `TimeLapse` can wait for them.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Activity from "./Activity.ts"

const watched =
  <Args extends ReadonlyArray<unknown>, A, E, R>(operation: (...args: Args) => Effect.Effect<A, E, R>) =>
  (...args: Args): Effect.Effect<A, E, R> => Activity.during(operation(...args))

const file = (one: FileSystem.File): FileSystem.File => ({
  [FileSystem.FileTypeId]: FileSystem.FileTypeId,
  stat: Activity.during(one.stat),
  sync: Activity.during(one.sync),
  seek: (offset, from) => one.seek(offset, from),
  read: watched((buffer: Uint8Array, options?: FileSystem.File.ReadOptions) => one.read(buffer, options)),
  readAlloc: watched((size: number, options?: FileSystem.File.ReadOptions) => one.readAlloc(size, options)),
  truncate: watched((length?: number) => one.truncate(length)),
  write: watched((buffer: Uint8Array) => one.write(buffer)),
  writeAll: watched((buffer: Uint8Array) => one.writeAll(buffer))
})

/** The same file system, with all operations counted as work. */
export const make = (inner: FileSystem.FileSystem): FileSystem.FileSystem => {
  const makeTempDirectory = watched(inner.makeTempDirectory)
  const remove = watched(inner.remove)
  return FileSystem.make({
    ...inner,
    access: watched(inner.access),
    chmod: watched(inner.chmod),
    chown: watched(inner.chown),
    copy: watched(inner.copy),
    copyFile: watched(inner.copyFile),
    link: watched(inner.link),
    lstat: watched(inner.lstat),
    makeDirectory: watched(inner.makeDirectory),
    makeTempDirectory,
    makeTempDirectoryScoped: (options) =>
      Effect.acquireRelease(
        makeTempDirectory(options),
        (directory) => Effect.orDie(remove(directory, { recursive: true }))
      ),
    makeTempFile: watched(inner.makeTempFile),
    makeTempFileScoped: watched(inner.makeTempFileScoped),
    open: (path, options) => Effect.map(Activity.during(inner.open(path, options)), file),
    readDirectory: watched(inner.readDirectory),
    readDirectoryEntries: watched(inner.readDirectoryEntries),
    readFile: watched(inner.readFile),
    readLink: watched(inner.readLink),
    realPath: watched(inner.realPath),
    remove,
    rename: watched(inner.rename),
    stat: watched(inner.stat),
    symlink: watched(inner.symlink),
    truncate: watched(inner.truncate),
    utimes: watched(inner.utimes),
    writeFile: watched(inner.writeFile)
  })
}
