/**
 * Where the secrets of a copy come from, for those who submit again: a workflow keeps none.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { closed } from "../contract/Closed.ts"
import { line } from "../contract/Line.ts"
import { byDefault } from "../contract/Retry.ts"
import { Copy, type Secret } from "../contract/Submission.ts"
import { SubmissionKey } from "../contract/SubmissionKey.ts"

/**
 * A copy without secrets: what a workflow keeps. A `Submission.Copy`, which may have some, does not fit, in its type either.
 *
 * @category models
 * @since 0.1.0
 */
export const PlainCopy = closed(Schema.Struct({
  environment: Copy.fields.environment,
  secrets: Schema.optionalKey(Schema.Never)
}))

/**
 * @category models
 * @since 0.1.0
 */
export type PlainCopy = typeof PlainCopy.Type

/**
 * The secrets of a copy could not be had. `retry` is `Later` unless something else is said.
 *
 * @category errors
 * @since 0.1.0
 */
export class SecretUnavailable
  extends Schema.TaggedError<SecretUnavailable>("effect-htcondor-ce/cluster/SecretUnavailable")("SecretUnavailable", {
    key: SubmissionKey,
    copy: Schema.Natural,
    detail: Schema.String,
    retry: byDefault("Later")
  })
{
  override get message(): string {
    return line`no secrets for copy ${this.copy} of submission ${this.key}: ${this.detail}`
  }
}

/**
 * Gives the secrets of the copies of a submission: name of the file -> content.
 *
 * **Details**
 *
 * Whoever submits asks, each time that it submits, on the machine where the workflow runs. The answer crosses to the owner of the
 * compute element sealed, and is stored nowhere. It may be another one each time: a token, for example, that is issued anew. Copies
 * that are at the compute element already keep the secrets that they have.
 *
 * @category services
 * @since 0.1.0
 */
export class SecretSource extends Context.Service<SecretSource, {
  secretsFor(
    key: SubmissionKey,
    copy: number
  ): Effect.Effect<Readonly<Record<string, Secret>>, SecretUnavailable>
}>()("effect-htcondor-ce/cluster/SecretSource") {}

/**
 * Secrets by a function of the key and the number of the copy.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (secretsFor: SecretSource["Service"]["secretsFor"]): Layer.Layer<SecretSource> =>
  Layer.succeed(SecretSource, { secretsFor })

/**
 * No copy has secrets.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerNone: Layer.Layer<SecretSource> = layer(() => Effect.succeed({}))

/**
 * Gives each copy its secrets.
 *
 * @category combinators
 * @since 0.1.0
 */
export const fill = (
  key: SubmissionKey,
  copies: ReadonlyArray<PlainCopy>
): Effect.Effect<ReadonlyArray<Copy>, SecretUnavailable, SecretSource> =>
  Effect.flatMap(SecretSource, ({ secretsFor }) =>
    Effect.forEach(
      copies,
      (copy, index) => Effect.map(secretsFor(key, index), (secrets): Copy => ({ ...copy, secrets })),
      { concurrency: 16 }
    ))
