/**
 * Copies whose secrets are sealed: what crosses between runners, and what the database holds.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { closed } from "../contract/Closed.ts"
import { Copy, Secret } from "../contract/Submission.ts"
import { SecretSealer } from "./SecretSealer.ts"

/**
 * The content of a secret file, which is text when it is encoded: sealed. Both directions need `SecretSealer`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SealedSecret = Schema.String.pipe(Schema.decodeTo(
  Schema.toType(Secret),
  SchemaTransformation.transformEffect({
    decode: (sealed: string, options) =>
      Effect.flatMap(SecretSealer, ({ open }) => open(sealed)).pipe(
        Effect.mapError(({ message }) => new SchemaIssue.InvalidValue({ message }, sealed, options))
      ),
    encode: (secret: Secret) => Effect.flatMap(SecretSealer, ({ seal }) => seal(secret))
  })
))

/**
 * @category models
 * @since 0.1.0
 */
export type SealedSecret = typeof SealedSecret.Type

/**
 * A `Submission.Copy` whose secrets are sealed when it is encoded. Its environment is not.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SealedCopy = closed(Schema.Struct({
  environment: Copy.fields.environment,
  secrets: Schema.optionalKey(Schema.Record(Schema.String, SealedSecret))
}))

/**
 * @category models
 * @since 0.1.0
 */
export type SealedCopy = typeof SealedCopy.Type
