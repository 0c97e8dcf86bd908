/**
 * The files that the command line names, read with their names in every complaint and never with their content.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as Schema from "effect/Schema"
import { JobHandle, JobHandleFromString } from "../contract/JobHandle.ts"
import { CopyFromJson, isUrl, SubmissionSpec } from "../contract/Submission.ts"
import * as Errno from "../files/Errno.ts"
import { InvalidFile } from "./Failure.ts"

const AnyHandle = Schema.Union([JobHandleFromString, JobHandle])

/**
 * A list of handles: each in its compact form or as a JSON object; or what `submit --json` printed.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Handles = Schema.Union([
  Schema.Array(AnyHandle),
  Schema.Struct({ handles: Schema.Array(AnyHandle) })
])

/**
 * @category models
 * @since 0.1.0
 */
export type Handles = typeof Handles.Type

/**
 * A list of copies: never empty, because to submit nothing is more likely a mistake than meant.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Copies = Schema.Array(CopyFromJson).check(Schema.isMinLength(1, { expected: "at least one copy" }))

/**
 * @category models
 * @since 0.1.0
 */
export type Copies = typeof Copies.Type

const invalid = (path: string) => (error: PlatformError.PlatformError | Schema.SchemaError) =>
  new InvalidFile({ path, detail: error._tag === "PlatformError" ? Errno.describe(error) : error.message })

const read = Effect.fnUntraced(function*<A>(
  path: string,
  decode: (text: string) => Effect.Effect<A, Schema.SchemaError>
): Effect.fn.Return<A, InvalidFile, FileSystem.FileSystem> {
  const fileSystem = yield* FileSystem.FileSystem
  return yield* Effect.flatMap(fileSystem.readFileString(path), decode).pipe(Effect.mapError(invalid(path)))
})

const strict = { errors: "all", onExcessProperty: "error" } as const

const decodeSpec = Schema.decodeEffect(Schema.fromJsonString(SubmissionSpec), strict)
const decodeCopies = Schema.decodeEffect(Schema.fromJsonString(Copies), strict)
const decodeHandles = Schema.decodeEffect(Schema.fromJsonString(Handles))

/**
 * Reads a `SPEC.json`. Relative paths in it become absolute: they are relative to the directory of the file.
 *
 * @category constructors
 * @since 0.1.0
 */
export const spec = Effect.fn("cli.Inputs.spec")(function*(file: string) {
  const path = yield* Path.Path
  const decoded = yield* read(file, decodeSpec)
  const directory = path.dirname(path.resolve(file))
  const absolute = (source: string) => isUrl(source) ? source : path.resolve(directory, source)
  return {
    ...decoded,
    executable: absolute(decoded.executable),
    ...(decoded.inputs === undefined
      ? {}
      : { inputs: decoded.inputs.map(({ name, source }) => ({ name, source: absolute(source) })) })
  } satisfies SubmissionSpec
})

/**
 * Reads a `COPIES.json`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const copies = (file: string) => read(file, decodeCopies)

/**
 * Reads a file of handles.
 *
 * @category constructors
 * @since 0.1.0
 */
export const handles = (file: string): Effect.Effect<ReadonlyArray<JobHandle>, InvalidFile, FileSystem.FileSystem> =>
  Effect.map(read(file, decodeHandles), (decoded) => "handles" in decoded ? decoded.handles : decoded)
