/**
 * The rules that give holds and removals a cause and an advice. A configuration file can have them.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { closed } from "../contract/Closed.ts"
import { HoldCause, RemovalCause } from "../contract/JobStatus.ts"

/**
 * A rule for holds. It applies to a hold that meets all of its conditions.
 *
 * @category models
 * @since 0.1.0
 */
export const HoldRule = closed(Schema.Struct({
  /** The value of `HoldReasonCode`. Default: any. */
  code: Schema.optionalKey(Schema.Int),
  /** The value of `HoldReasonSubCode`. Default: any. */
  subcode: Schema.optionalKey(Schema.Int),
  /** Whether the batch system behind the CE holds the job (`HoldCopiedFromTargetJob`). Default: any. */
  copied: Schema.optionalKey(Schema.Boolean),
  /** A part of `HoldReason`. Case matters. Default: any reason. */
  includes: Schema.optionalKey(Schema.NonEmptyString),
  /** The `cause` of the status `Held`. */
  cause: HoldCause,
  /** The `advice` of the status `Held`: one sentence. */
  advice: Schema.NonEmptyString
}))

/**
 * @category models
 * @since 0.1.0
 */
export type HoldRule = typeof HoldRule.Type

/**
 * A rule for removals. It applies to a removal that meets all of its conditions.
 *
 * @category models
 * @since 0.1.0
 */
export const RemovalRule = closed(Schema.Struct({
  /** The beginning of `RemoveReason`. Case matters. Default: any. */
  begins: Schema.optionalKey(Schema.NonEmptyString),
  /** A part of `RemoveReason`. Case matters. Default: any reason. */
  includes: Schema.optionalKey(Schema.NonEmptyString),
  /** The `cause` of the status `Removed`. */
  cause: RemovalCause,
  /** The `advice` of the status `Removed`: one sentence. */
  advice: Schema.NonEmptyString
}))

/**
 * @category models
 * @since 0.1.0
 */
export type RemovalRule = typeof RemovalRule.Type

/**
 * The rules of one site. They come before those of this library, and the first that applies counts.
 *
 * @category models
 * @since 0.1.0
 */
export const Rules = closed(Schema.Struct({
  /** The rules for holds, in the order in which they are tried. */
  holds: Schema.optionalKey(Schema.Array(HoldRule)),
  /** The rules for removals, in the order in which they are tried. */
  removals: Schema.optionalKey(Schema.Array(RemovalRule))
}))

/**
 * @category models
 * @since 0.1.0
 */
export type Rules = typeof Rules.Type
