/**
 * Reads the files that the command line names. Errors have the name of the file and the line, and never its content.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as HTCondorCE from "../ce/HTCondorCE.ts"
import { JobHandle, JobHandleFromString } from "../contract/JobHandle.ts"
import { CopyFromJson, isUrl, SubmissionSpec } from "../contract/Submission.ts"
import * as Errno from "../files/Errno.ts"
import { InvalidFile } from "./Failure.ts"
import * as JsonLines from "./JsonLines.ts"

const AnyHandle = Schema.Union([JobHandleFromString, JobHandle])

/**
 * A list of handles, each in its compact form or as a JSON object; or the output of `submit --json`.
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
 * A list of copies. It must not be empty: submitting nothing is more likely a mistake than intended.
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

const unreadable = (path: string) => (error: PlatformError.PlatformError) =>
  new InvalidFile({ path, detail: Errno.describeAt(path, error) })

const formatIssues = SchemaIssue.makeFormatterStandardSchemaV1()

const pathOf = (path: ReadonlyArray<PropertyKey>): string =>
  path.length === 0
    ? ""
    : ` at ${path.map((key) => `[${JSON.stringify(typeof key === "number" ? key : String(key))}]`).join("")}`

// A generated file may have the same mistake in thousands of copies.
const mostIssues = 10

// The mistakes in a JSON text, each with its line.
const invalidJson = (path: string, text: string) => (error: Schema.SchemaError) => {
  const located = JsonLines.locate(text)
  if (located._tag === "Broken") {
    return new InvalidFile({ path, line: located.line, detail: `is not valid JSON from column ${located.column} on` })
  }
  const issues = formatIssues(error.issue).issues.map((issue) => {
    // A segment may also be an object that contains the key.
    const keys = (issue.path ?? []).map((one) => typeof one === "object" ? one.key : one)
    return { line: located.lineOf(keys), detail: `${issue.message}${pathOf(keys)}` }
  })
  const [first, ...others] = issues.toSorted((one, other) => one.line - other.line)
  const shown = others.slice(0, mostIssues - 1)
  return new InvalidFile({
    path,
    ...(first === undefined ? {} : { line: first.line }),
    detail: [
      first?.detail ?? error.message,
      ...shown.map(({ detail, line }) => `line ${line}: ${detail}`),
      ...(others.length > shown.length ? [`and ${others.length - shown.length} more`] : [])
    ].join("; ")
  })
}

const read = Effect.fnUntraced(function*(path: string): Effect.fn.Return<string, InvalidFile, FileSystem.FileSystem> {
  const fileSystem = yield* FileSystem.FileSystem
  return yield* Effect.mapError(fileSystem.readFileString(path), unreadable(path))
})

const readJson = <A>(path: string, decode: (text: string) => Effect.Effect<A, Schema.SchemaError>) =>
  Effect.flatMap(read(path), (text) => Effect.mapError(decode(text), invalidJson(path, text)))

const strict = { errors: "all", onExcessProperty: "error" } as const

const decodeSpec = Schema.decodeEffect(Schema.fromJsonString(SubmissionSpec), strict)
const decodeCopies = Schema.decodeEffect(Schema.fromJsonString(Copies), strict)
const decodeHandles = Schema.decodeEffect(Schema.fromJsonString(Handles))

/**
 * Reads a `SPEC.json`. Makes its paths absolute: relative ones are relative to the directory of the file.
 *
 * @category constructors
 * @since 0.1.0
 */
export const spec = Effect.fn("cli.Inputs.spec")(function*(file: string) {
  const path = yield* Path.Path
  const decoded = yield* readJson(file, decodeSpec)
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
export const copies = (file: string) => readJson(file, decodeCopies)

const decodeSites = Schema.decodeEffect(Schema.fromJsonString(HTCondorCE.Sites), { errors: "all" })

/**
 * Reads a file of several CEs.
 *
 * @category constructors
 * @since 0.1.0
 */
export const sites = (file: string) => readJson(file, decodeSites)

const decodeHandle = Schema.decodeEffect(JobHandleFromString)

const isBlank = (line: string): boolean => line === "" || line.startsWith("#")

const lines = (path: string, text: string) =>
  Effect.forEach(
    text.split("\n").map((line, index) => ({ line: index + 1, text: line.trim() })).filter(({ text }) =>
      !isBlank(text)
    ),
    ({ line, text }) =>
      Effect.mapError(decodeHandle(text), (error) => new InvalidFile({ path, line, detail: error.message }))
  )

/**
 * The handles of a file, and whether it has one per line.
 *
 * @category models
 * @since 0.1.0
 */
export interface HandlesText {
  readonly handles: ReadonlyArray<JobHandle>
  readonly isLines: boolean
}

const parse = Effect.fnUntraced(function*(path: string, text: string): Effect.fn.Return<HandlesText, InvalidFile> {
  if (!/^\s*[[{]/.test(text)) return { handles: yield* lines(path, text), isLines: true }
  const decoded = yield* Effect.mapError(decodeHandles(text), invalidJson(path, text))
  return { handles: "handles" in decoded ? decoded.handles : decoded, isLines: false }
})

/**
 * Reads a file of handles: JSON (see {@link Handles}), or one handle per line. Skips blank lines, and lines that begin with `#`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const handlesFile = (file: string) => Effect.flatMap(read(file), (text) => parse(file, text))

/**
 * Reads the handles of a file, or of stdin for `-`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const handles = Effect.fnUntraced(function*(
  file: string
): Effect.fn.Return<ReadonlyArray<JobHandle>, InvalidFile, FileSystem.FileSystem | Stdio.Stdio> {
  if (file !== "-") return (yield* handlesFile(file)).handles
  const { stdin } = yield* Stdio.Stdio
  const text = yield* Effect.mapError(Stream.mkString(Stream.decodeText(stdin)), unreadable("stdin"))
  return (yield* parse("stdin", text)).handles
})
