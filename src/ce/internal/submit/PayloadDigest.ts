/**
 * The digest of a submission's payload. A repeated submission with the same key must have the same digest.
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"
import type { InvalidSubmission } from "../../../contract/BackendError.ts"
import type { OutputMember } from "../../../contract/OutputMember.ts"
import { type Copy, isUrl, type SubmissionSpec } from "../../../contract/Submission.ts"
import * as Errno from "../../../files/Errno.ts"
import * as FieldErrors from "./FieldErrors.ts"

/**
 * The version of the encoding. Digests of different versions cannot be compared.
 */
export const version = 1

// Sorts by code units: the same order on every machine.
const byName = ([a]: readonly [string, ...ReadonlyArray<unknown>], [b]: readonly [string, ...ReadonlyArray<unknown>]) =>
  a < b ? -1 : a > b ? 1 : 0

const entries = (record: Readonly<Record<string, unknown>> | undefined): ReadonlyArray<readonly [string, unknown]> =>
  Object.entries(record ?? {}).toSorted(byName)

const contentOf = Effect.fnUntraced(function*(
  fileSystem: FileSystem.FileSystem,
  source: string,
  field: string
): Effect.fn.Return<string, InvalidSubmission> {
  const hash = createHash("sha256")
  yield* Stream.runForEach(
    fileSystem.stream(source, { chunkSize: 1 << 18 }),
    (chunk) => Effect.sync(() => hash.update(chunk))
  ).pipe(Effect.mapError((error) => FieldErrors.one(field, Errno.describe(error))))
  return hash.digest("hex")
})

// Kinds of outputs that were added later have the kind as a third value, so that the digests of older kinds stay the same.
const outputOf = (output: OutputMember): readonly [string, string | null, ...ReadonlyArray<string>] =>
  output.directory !== undefined
    ? [output.directory, null, "directory"]
    : output.glob !== undefined
    ? [output.glob, null, "glob"]
    : output.optional === true
    ? [output.name, null, "optional"]
    : [output.name, output.destination ?? null]

/**
 * Reads the executable and the inputs, and returns the digest of the payload.
 *
 * **Details**
 *
 * SHA-256 over lines of JSON in a fixed order. A file counts by its content, a URL by its text, and an absent field by its
 * default. The names of secrets count, their content does not: a submission with new secrets is the same submission. The
 * configuration of the backend does not count: a submission by another route is the same submission.
 */
export const make = Effect.fnUntraced(function*(
  fileSystem: FileSystem.FileSystem,
  spec: SubmissionSpec,
  copies: ReadonlyArray<Copy>
): Effect.fn.Return<string, InvalidSubmission> {
  const executable = yield* contentOf(fileSystem, spec.executable, "executable")
  const inputs = yield* Effect.forEach(
    spec.inputs ?? [],
    Effect.fnUntraced(function*({ name, source }, index) {
      if (isUrl(source)) return [name, "url", source] as const
      return [name, "sha256", yield* contentOf(fileSystem, source, `inputs[${index}].source`)] as const
    })
  )
  const { container, environment, outputs, resources, stderr, stdout, tag } = spec
  const hash = createHash("sha256")
  // JSON text contains no newline, so that two payloads never make the same lines.
  const line = (...values: ReadonlyArray<unknown>) => hash.update(`${JSON.stringify(values)}\n`)
  line("executable", executable)
  line("arguments", spec.arguments ?? [])
  line("environment", entries(environment))
  line("inputs", inputs.toSorted(byName))
  line("outputs", (outputs ?? []).map(outputOf).toSorted(byName))
  line("resources", entries({ cpus: 1, gpus: 0, ...resources }))
  line("container", container?.image ?? null)
  line("streams", stdout ?? "stdout", stderr ?? "stderr")
  line("tag", tag ?? null)
  line("copies", copies.length)
  for (const copy of copies) line(entries(copy.environment), Object.keys(copy.secrets ?? {}).toSorted())
  return `${version}.${hash.digest("hex")}`
})
