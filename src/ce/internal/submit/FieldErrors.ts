/**
 * The errors of a submission, field by field.
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type InvalidField, InvalidSubmission } from "../../../contract/BackendError.ts"

/**
 * - `refuse`: adds an error of a field
 * - `check`: adds an error if the schema rejects the value; returns whether the schema accepts it
 * - `failure`: all errors together; undefined if there are none
 */
export interface Refusals {
  refuse(field: string, detail: string): void
  check<A>(schema: Schema.Codec<A, A>, value: A, field: string): boolean
  failure(): InvalidSubmission | undefined
}

/**
 * An empty list of errors.
 */
export const make = (): Refusals => {
  const issues: Array<InvalidField> = []
  const refuse = (field: string, detail: string): void => {
    issues.push({ field, detail })
  }
  return {
    refuse,
    check: (schema, value, field) => {
      const result = Schema.decodeUnknownResult(schema)(value)
      if (Result.isFailure(result)) refuse(field, result.failure.message)
      return Result.isSuccess(result)
    },
    failure: () => Arr.isArrayNonEmpty(issues) ? new InvalidSubmission({ issues }) : undefined
  }
}

/**
 * The error of one field.
 */
export const one = (field: string, detail: string): InvalidSubmission =>
  new InvalidSubmission({ issues: [{ field, detail }] })

/**
 * Makes every check, and fails with all errors together.
 */
export const all = (
  checks: ReadonlyArray<Effect.Effect<void, InvalidSubmission>>
): Effect.Effect<void, InvalidSubmission> =>
  Effect.mapError(
    Effect.validate(checks, (check) => check, { discard: true }),
    (errors) => new InvalidSubmission({ issues: Arr.flatMap(errors, ({ issues }) => issues) })
  )
