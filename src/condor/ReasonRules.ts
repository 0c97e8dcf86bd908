/**
 * The form of the rules that say what a hold or a removal means. They can stand in a configuration file.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { closed } from "../contract/Closed.ts"
import { HoldCause, RemovalCause } from "../contract/JobStatus.ts"

/**
 * What a kind of hold means. The rule is for holds that have all that it names.
 *
 * - `code`, `subcode`: `HoldReasonCode`, `HoldReasonSubCode`
 * - `copied`: whether the batch system holds the job (`HoldCopiedFromTargetJob`)
 * - `includes`: words of `HoldReason`, letter for letter
 * - `cause`, `advice`: what the status says then; the advice is one sentence
 *
 * @category models
 * @since 0.1.0
 */
export const HoldRule = closed(Schema.Struct({
  code: Schema.optionalKey(Schema.Int),
  subcode: Schema.optionalKey(Schema.Int),
  copied: Schema.optionalKey(Schema.Boolean),
  includes: Schema.optionalKey(Schema.NonEmptyString),
  cause: HoldCause,
  advice: Schema.NonEmptyString
}))

/**
 * @category models
 * @since 0.1.0
 */
export type HoldRule = typeof HoldRule.Type

/**
 * What a kind of removal means. The rule is for removals whose `RemoveReason` begins with `begins` and has the words of
 * `includes`, letter for letter.
 *
 * @category models
 * @since 0.1.0
 */
export const RemovalRule = closed(Schema.Struct({
  begins: Schema.optionalKey(Schema.NonEmptyString),
  includes: Schema.optionalKey(Schema.NonEmptyString),
  cause: RemovalCause,
  advice: Schema.NonEmptyString
}))

/**
 * @category models
 * @since 0.1.0
 */
export type RemovalRule = typeof RemovalRule.Type

/**
 * The rules of one site. They come before those of this library, and the first that fits counts.
 *
 * @category models
 * @since 0.1.0
 */
export const Rules = closed(Schema.Struct({
  holds: Schema.optionalKey(Schema.Array(HoldRule)),
  removals: Schema.optionalKey(Schema.Array(RemovalRule))
}))

/**
 * @category models
 * @since 0.1.0
 */
export type Rules = typeof Rules.Type
