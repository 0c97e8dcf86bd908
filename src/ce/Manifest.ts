/**
 * The record that makes a directory the output of a job: its name, its text, and what stands at a job's place.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { TransferFailed } from "../contract/JobError.ts"
import type { JobHandle } from "../contract/JobHandle.ts"
import { JobOutput } from "../contract/JobOutput.ts"

/**
 * The file that says that a job's directory is complete.
 *
 * @category constants
 * @since 0.1.0
 */
export const name = "manifest.json"

const ManifestFromJson = Schema.fromJsonString(JobOutput)
const encodeText = Schema.encodeEffect(ManifestFromJson)
const decodeText = Schema.decodeUnknownResult(ManifestFromJson)

/**
 * The directory of one job below a destination.
 *
 * @category getters
 * @since 0.1.0
 */
export const directoryName = (handle: JobHandle): string => `${handle.key}.${handle.copy}`

/**
 * The text of a manifest.
 *
 * @category converting
 * @since 0.1.0
 */
export const encode = (output: JobOutput): Effect.Effect<string, TransferFailed> =>
  Effect.mapError(
    encodeText(output),
    (error) => new TransferFailed({ handle: output.handle, detail: error.message })
  )

/**
 * What reads the manifests of a destination.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path

  // What stands at a job's place already: its output, something that is not its output, or nothing.
  const standing = Effect.fnUntraced(function*(
    destination: string,
    handle: JobHandle
  ): Effect.fn.Return<Result.Result<JobOutput, TransferFailed> | undefined> {
    const directory = path.join(destination, directoryName(handle))
    const exists = yield* Effect.orElseSucceed(fileSystem.exists(directory), () => false)
    if (!exists) return undefined
    const text = yield* Effect.orElseSucceed(
      fileSystem.readFileString(path.join(directory, name)),
      () => ""
    )
    const output = decodeText(text)
    return Result.isSuccess(output) && Equal.equals(output.success.handle, handle)
      ? Result.succeed(output.success)
      : Result.fail(new TransferFailed({ handle, detail: `${directory} exists and is not the output of this job` }))
  })

  /** The same for any number of jobs: what the destination has no name of is not looked for. */
  const standings = (destination: string) =>
    fileSystem.readDirectory(destination).pipe(
      Effect.map((names) => new Set(names)),
      Effect.match({
        onFailure: () => () => true,
        onSuccess: (names) => (handle: JobHandle) => names.has(directoryName(handle))
      }),
      Effect.map((isThere) => (handle: JobHandle) =>
        isThere(handle) ? standing(destination, handle) : Effect.succeed(undefined)
      )
    )

  return { standings }
})
