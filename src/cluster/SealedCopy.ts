/**
 * Copies whose secrets are sealed when they are encoded, for messages between processes and for databases.
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
 * The content of a secret file. Its encoded form is sealed text. Encoding and decoding need `SecretSealer`.
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
 * A `Submission.Copy` whose secrets are sealed in its encoded form. Its environment is not sealed.
 *
 * **Example** (Storing a copy)
 *
 * ```ts
 * import { Effect, Layer, Redacted, Schema } from "effect"
 * import { SealedCopy, SecretSealer } from "effect-htcondor-ce/cluster"
 * import * as assert from "node:assert"
 *
 * const codec = Schema.fromJsonString(SealedCopy.SealedCopy)
 *
 * export const program = Effect.gen(function*() {
 *   const text = yield* Schema.encodeEffect(codec)({ secrets: { token: Redacted.make("swordfish") } })
 *   assert.ok(!text.includes("swordfish"))
 *   const { secrets = {} } = yield* Schema.decodeEffect(codec)(text)
 *   assert.deepStrictEqual(Object.values(secrets).map(Redacted.value), ["swordfish"])
 * }).pipe(Effect.provide(
 *   Layer.unwrap(Effect.map(SecretSealer.generateKey("2027-01"), (key) => SecretSealer.layer([key])))
 * ))
 * ```
 *
 * @category schemas
 * @since 0.1.0
 */
export const SealedCopy = closed(Schema.Struct({
  /** Environment variables of this copy, in clear. */
  environment: Copy.fields.environment,
  /** The name of each secret file and its content. */
  secrets: Schema.optionalKey(
    Schema.Record(Schema.String, SealedSecret).annotate({
      description: "The secret files of this copy: name and content, each sealed."
    })
  )
}))

/**
 * @category models
 * @since 0.1.0
 */
export type SealedCopy = typeof SealedCopy.Type
