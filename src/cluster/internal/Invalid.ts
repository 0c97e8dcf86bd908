/**
 * Checks a submission before it is sent.
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { InvalidSubmission } from "../../contract/BackendError.ts"
import { Copy, SubmissionSpec } from "../../contract/Submission.ts"

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const field = (path: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> = []): string =>
  path.map((part) => typeof part === "object" ? part.key : part).reduce<string>(
    (text, key) => typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`,
    ""
  )

// Copies are only checked, because encoding them needs the sealer.
const Whole = Schema.Struct({ spec: SubmissionSpec, copies: Schema.toType(Schema.Array(Copy)) })

/** Fails if a value of the right type breaks a check of the schema, or has another field. The engine would die of it. */
export const check = (spec: SubmissionSpec, copies: ReadonlyArray<Copy>): Effect.Effect<void, InvalidSubmission> =>
  Schema.encodeEffect(Whole)({ spec, copies }).pipe(
    Effect.asVoid,
    Effect.mapError(({ issue }) => {
      const issues = format(issue).issues.map(({ message, path }) => ({
        field: field(path).replace(/^spec\./, ""),
        detail: message
      }))
      return new InvalidSubmission({
        issues: Arr.isArrayNonEmpty(issues) ? issues : [{ field: "", detail: String(issue) }]
      })
    })
  )
