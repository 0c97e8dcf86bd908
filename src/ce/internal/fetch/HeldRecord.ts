/**
 * The local end of a fetch of a held job's files: their directory, and the record in it.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as OutputWrapper from "../../../condor/OutputWrapper.ts"
import { type LimitExceeded, TransferFailed } from "../../../contract/JobError.ts"
import { directoryName, OutputFile } from "../../../contract/JobOutput.ts"
import type { Limits } from "../../../contract/Limits.ts"
import { PartialOutput } from "../../../contract/PartialOutput.ts"
import * as DurableFiles from "../../../files/DurableFiles.ts"
import * as Destination from "./Destination.ts"
import type * as HeldDecision from "./HeldDecision.ts"
import * as OutputLayout from "./OutputLayout.ts"
import * as Staged from "./Staged.ts"

/**
 * The name of the record file in the directory.
 */
export const fileName = "partial.json"

/**
 * The suffix of the directory's name. A number may follow it.
 */
const suffix = ".held"

// A file without its path, as in a manifest.
const File = OutputFile.mapFields(Struct.omit(["path"]))

const Record = PartialOutput.mapFields((fields) => ({
  ...Struct.omit(fields, ["directory", "record"]),
  version: Schema.Literal(1),
  stdout: Schema.optionalKey(File),
  stderr: Schema.optionalKey(File),
  log: Schema.optionalKey(File),
  files: Schema.Array(File)
}))

const encodeText = Schema.encodeEffect(Schema.fromJsonString(Record))

/**
 * Makes `place`.
 */
export const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const storage = yield* DurableFiles.make
  const staged = yield* Staged.make

  // The first name that does not exist yet at the destination.
  const freeName = Effect.fnUntraced(function*(destination: string, { job }: HeldDecision.Held) {
    const name = `${directoryName(job.handle)}${suffix}`
    let free = name
    for (let number = 2; yield* fileSystem.exists(path.join(destination, free)); number++) free = `${name}.${number}`
    return path.join(destination, free)
  })

  const describe = (
    { exit, hold, isWhole, job }: HeldDecision.Held,
    directory: string,
    { entries, files }: Staged.Checked,
    isClean: boolean,
    fetchedAt: DateTime.Utc
  ): PartialOutput => {
    const output = OutputLayout.describe(path, job, directory, files, fetchedAt)
    const there = new Set(entries.map(({ name }) => name))
    const [stdout, stderr, log] = [output.stdout, output.stderr, output.log].map((file) =>
      files.has(file.name) ? file : undefined
    )
    return {
      handle: job.handle,
      directory,
      record: path.join(directory, fileName),
      ...(stdout === undefined ? {} : { stdout }),
      ...(stderr === undefined ? {} : { stderr }),
      ...(log === undefined ? {} : { log }),
      files: output.files,
      missing: [...OutputLayout.ownFiles(job), ...job.promised].filter((name) =>
        !there.has(name) && name !== OutputWrapper.names.directory
      ),
      ...(exit === undefined ? {} : { exit }),
      hold,
      whole: isWhole && isClean,
      complete: false,
      fetchedAt
    }
  }

  /**
   * Checks the transferred files in a private directory, and moves this directory, with the record, to a free name at the
   * destination. `begun` is the result of `Destination.begin` before the transfer.
   */
  const place = Effect.fnUntraced(
    function*(
      held: HeldDecision.Held,
      staging: string,
      destination: string,
      limits: Limits,
      isClean: boolean,
      begun: number
    ) {
      const { job } = held
      const { handle } = job
      const checked = yield* staged.check(job, staging, limits)
      if (checked.entries.length === 0) {
        return yield* new TransferFailed({ handle, detail: "the schedd sent nothing" })
      }
      const directory = yield* freeName(destination, held)
      const output = describe(held, directory, checked, isClean, yield* DateTime.now)
      const text = yield* Effect.mapError(
        encodeText({ ...output, version: 1 }),
        (error) => new TransferFailed({ handle, detail: error.message })
      )
      yield* staged.arrange(job, staging, checked.entries)
      yield* staged.write(path.join(staging, fileName), text)
      const places = OutputLayout.placesOf(job, checked.entries)
      const written = ["", "files", fileName, ...places].map((name) => path.join(staging, name))
      if (!(yield* storage.whole(staging, written, begun))) yield* storage.each(written)
      yield* fileSystem.rename(staging, directory)
      yield* storage.one(destination)
      return output
    },
    (effect, { job }): Effect.Effect<PartialOutput, TransferFailed | LimitExceeded> =>
      // Uninterruptible: an interrupted fibre would not stop a move in progress, and the end of the scope would race with it.
      effect.pipe(
        Effect.catchTag("PlatformError", (error) => Effect.fail(Destination.failed(job.handle)(error))),
        Effect.uninterruptible
      )
  )

  return { place }
})
