/**
 * What is noted in a manifest after it was written: that the CE did not release the job.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as DurableFiles from "../../../files/DurableFiles.ts"
import * as Manifest from "./Manifest.ts"
import * as Tuning from "./tuning.ts"

const Fields = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown))
const decode = Schema.decodeEffect(Fields)
const encode = Schema.encodeEffect(Fields)

/**
 * Notes in the manifests of some directories whether their jobs were released.
 *
 * **Details**
 *
 * A manifest says nothing of it, or `"released": false`: the job was at the CE when that was last tried. It never says that a
 * job was released, because whoever writes it may be killed before or after the CE does so. It says nothing of output that was
 * taken over either: the other process releases the job. The file is replaced as a whole.
 * One that is not there any more, or cannot be written, stays as it is: the CE has the last word.
 */
export const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const storage = yield* DurableFiles.make

  const one = Effect.fnUntraced(function*(directory: string, released: boolean) {
    const manifest = path.join(directory, Manifest.fileName)
    const { released: noted, ...others } = yield* Effect.flatMap(fileSystem.readFileString(manifest), decode)
    if (released ? noted === undefined : noted === false) return
    const text = yield* encode(released ? others : { ...others, released })
    const { mode } = yield* fileSystem.stat(manifest)
    const next = `${manifest}.new`
    yield* Effect.gen(function*() {
      yield* fileSystem.writeFileString(next, text)
      yield* fileSystem.chmod(next, mode & 0o777)
      yield* storage.one(next)
      yield* fileSystem.rename(next, manifest)
    }).pipe(Effect.onError(() => Effect.ignore(fileSystem.remove(next))))
  }, Effect.uninterruptible)

  return (directories: ReadonlyArray<string>, released: boolean): Effect.Effect<void> =>
    Effect.forEach(
      directories,
      (directory) =>
        Effect.catch(one(directory, released), (error) =>
          Effect.logDebug(`the manifest in ${directory} stays as it is: ${error.message}`)),
      { concurrency: Tuning.filesAtOnce, discard: true }
    )
})
