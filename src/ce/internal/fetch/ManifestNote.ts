/**
 * The note in a manifest that the CE has not released the job.
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
 * Makes the function that notes in the manifests of some directories whether their jobs were released.
 *
 * **Details**
 *
 * A manifest has no note, or `"released": false`: the job was at the CE at the last attempt to release it. It never says that a
 * job was released, because this process may be killed before or after the CE releases it. It also has no note if another
 * process has taken the output over: that process releases the job. The file is replaced as a whole. A manifest that does not
 * exist any more, or cannot be written, does not change: the state of the job at the CE decides.
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
