/**
 * The name that a caller gives to one submission, so that submitting again after a crash adopts what is already there.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"

/**
 * 1 to 128 letters, digits, `.`, `_` and `-`, beginning with a letter or a digit.
 *
 * **Details**
 *
 * The alphabet is the part that file names, job attributes and command lines all carry without quoting. A key names one
 * submission for ever: choose a new one for every new submission.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SubmissionKey = Schema.String.check(
  Schema.isPattern(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, {
    expected: "a submission key of 1 to 128 letters, digits, \".\", \"_\" or \"-\", beginning with a letter or a digit"
  })
).pipe(Schema.brand("SubmissionKey"))

/**
 * @category models
 * @since 0.1.0
 */
export type SubmissionKey = typeof SubmissionKey.Type

/**
 * A key that nobody has used: 96 random bits in hexadecimal.
 *
 * **Gotchas**
 *
 * A generated key protects from a crash only if the caller stores it before it submits. A `Random` with a fixed seed generates
 * keys that were used before.
 *
 * @category constructors
 * @since 0.1.0
 */
export const generate: Effect.Effect<SubmissionKey> = Random.nextIntBetween(0, 0xffffff).pipe(
  Effect.replicateEffect(4),
  Effect.map((parts) => SubmissionKey.make(`k-${parts.map((part) => part.toString(16).padStart(6, "0")).join("")}`))
)
