/**
 * Puts the directory of a destination, and the outputs in it, on stable storage, also if another process has made them.
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
 * Makes `ensure` and `settle`.
 */
export const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const storage = yield* DurableFiles.make

  // Syncs the parent of an existing directory. If the parent is not readable, another user has made what is in it.
  const holding = (directory: string) =>
    Effect.catch(
      storage.one(path.dirname(directory)),
      (error) => error.reason._tag === "PermissionDenied" ? Effect.void : Effect.fail(error)
    )

  // Node's recursive mkdir never ends on a file system that forbids new directories, such as /proc.
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
   * Makes a directory and its missing parents, on stable storage. If it exists, the process that made it may have been killed, or
   * may have failed, before its name was on stable storage.
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
   * Puts outputs at their places on stable storage. The process that placed them may have been killed, or may have failed, before
   * it did so. Returns the failures, by the directories of the outputs.
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
