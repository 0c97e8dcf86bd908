/**
 * The directory of a destination, and the outputs that stand there: on stable storage, whoever has made them.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import type { JobOutput } from "../../../contract/JobOutput.ts"
import * as DurableFiles from "../../../files/DurableFiles.ts"
import * as OutputLayout from "./OutputLayout.ts"
import * as Tuning from "./tuning.ts"

/**
 * What makes sure of both.
 */
export const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const storage = yield* DurableFiles.make

  // The directory that holds one which was there before. Where it cannot be read, somebody else has made what is in it.
  const holding = (directory: string) =>
    Effect.catch(
      storage.one(path.dirname(directory)),
      (error) => error.reason._tag === "PermissionDenied" ? Effect.void : Effect.fail(error)
    )

  // Node never ends its recursive mkdir where a file system forbids new directories, as /proc does.
  const made = (directory: string) =>
    Effect.catchIf(
      fileSystem.makeDirectory(directory),
      ({ reason }) => reason._tag === "AlreadyExists",
      (error) =>
        Effect.flatMap(
          fileSystem.stat(directory),
          ({ type }) => type === "Directory" ? Effect.void : Effect.fail(error)
        )
    )

  /**
   * Makes a directory and what is missing above it, on stable storage. One that is there may have been made by somebody who
   * was killed, or failed, before its name was there, too.
   */
  const ensure: (directory: string) => Effect.Effect<void, PlatformError.PlatformError> = Effect.fnUntraced(
    function*(directory) {
      if (yield* fileSystem.exists(directory)) {
        yield* made(directory)
        return yield* holding(directory)
      }
      const parent = path.dirname(directory)
      if (parent !== directory) yield* ensure(parent)
      yield* made(directory)
      yield* storage.one(parent)
    }
  )

  /**
   * Puts output that stands at its place on stable storage: whoever placed it may have been killed, or have failed, before it
   * was there. Gives the failures, by the directories of the outputs.
   */
  const settle = Effect.fnUntraced(function*(
    outputs: ReadonlyArray<JobOutput>
  ): Effect.fn.Return<ReadonlyMap<string, PlatformError.PlatformError>> {
    const failures = new Map<string, PlatformError.PlatformError>()
    const destinations = Map.groupBy(outputs, ({ directory }) => path.dirname(directory))
    for (const [destination, some] of destinations) {
      const all = some.map((output) => ({ output, parts: OutputLayout.partsOf(path, output) }))
      const isWhole = yield* storage.whole(destination, all.flatMap(({ parts }) => parts))
      const above = yield* Effect.result(Effect.andThen(storage.one(destination), holding(destination)))
      yield* Effect.forEach(all, ({ output: { directory }, parts }) =>
        Effect.fromResult(above).pipe(
          Effect.andThen(isWhole ? Effect.void : storage.each(parts)),
          Effect.catch((error) => Effect.sync(() => failures.set(directory, error)))
        ), { concurrency: Tuning.filesAtOnce, discard: true })
    }
    return failures
  })

  return { ensure, settle }
})
