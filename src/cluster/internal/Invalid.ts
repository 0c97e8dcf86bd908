/**
 * A submission that cannot be sent, because it is none.
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { InvalidSubmission } from "../../contract/BackendError.ts"
import { SubmissionSpec } from "../../contract/Submission.ts"

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const field = (path: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> = []): string =>
  path.map((part) => typeof part === "object" ? part.key : part).reduce<string>(
    (text, key) => typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`,
    ""
  )

/** Fails where a value of the right type breaks a check of the schema: the engine would die of it. */
export const check = (spec: SubmissionSpec): Effect.Effect<void, InvalidSubmission> =>
  Schema.encodeEffect(SubmissionSpec)(spec).pipe(
    Effect.asVoid,
    Effect.mapError(({ issue }) => {
      const issues = format(issue).issues.map(({ message, path }) => ({ field: field(path), detail: message }))
      return new InvalidSubmission({
        issues: Arr.isArrayNonEmpty(issues) ? issues : [{ field: "", detail: String(issue) }]
      })
    })
  )
