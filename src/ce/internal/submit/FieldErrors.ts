/**
 * Why a submission cannot be honoured, field by field.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { InvalidSubmission } from "../../../contract/BackendError.ts"

/**
 * - `refuse`: a field, and what is wrong with it
 * - `check`: refuses what a schema does not take, and says whether it took it
 * - `first`: what was refused first, if anything was
 */
export interface Refusals {
  refuse(field: string, detail: string): void
  check<A>(schema: Schema.Codec<A, A>, value: A, field: string): boolean
  first(): InvalidSubmission | undefined
}

/**
 * None as yet.
 */
export const make = (): Refusals => {
  let first: InvalidSubmission | undefined
  const refuse = (field: string, detail: string): void => {
    first ??= new InvalidSubmission({ field, detail })
  }
  return {
    refuse,
    check: (schema, value, field) => {
      const result = Schema.decodeUnknownResult(schema)(value)
      if (Result.isFailure(result)) refuse(field, result.failure.message)
      return Result.isSuccess(result)
    },
    first: () => first
  }
}
