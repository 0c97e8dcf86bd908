/**
 * The source of the secrets of copies. A workflow stores none, and asks the source each time that it submits.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { closed } from "../contract/Closed.ts"
import { key } from "../contract/Fields.ts"
import { line } from "../contract/Line.ts"
import { byDefault } from "../contract/Retry.ts"
import { Copy, type Secret } from "../contract/Submission.ts"
import type { SubmissionKey } from "../contract/SubmissionKey.ts"

/**
 * A copy without secrets, which a workflow may store. A `Submission.Copy`, which may have secrets, does not compile as one.
 *
 * @category models
 * @since 0.1.0
 */
export const PlainCopy = closed(Schema.Struct({
  /** Environment variables of this copy. They are stored in clear. */
  environment: Copy.fields.environment,
  /** Never present. */
  secrets: Schema.optionalKey(Schema.Never.annotate({ description: "Never present." }))
}))

/**
 * @category models
 * @since 0.1.0
 */
export type PlainCopy = typeof PlainCopy.Type

/**
 * The source could not give the secrets of a copy.
 *
 * @category errors
 * @since 0.1.0
 */
export class SecretUnavailable
  extends Schema.TaggedError<SecretUnavailable>("effect-htcondor-ce/cluster/SecretUnavailable")("SecretUnavailable", {
    /** The key of the submission. */
    key,
    /** The number of the copy, from 0. */
    copy: Schema.Natural.annotate({ description: "The number of the copy, from 0." }),
    /** The reason, for people. */
    detail: Schema.String.annotate({ description: "The reason, for people." }),
    /** Whether to ask again. Default: `Later`. A batch that gets `Never` fails. */
    retry: byDefault("Later")
  })
{
  override get message(): string {
    return line`no secrets for copy ${this.copy} of submission ${this.key}: ${this.detail}`
  }
}

/**
 * Gives the secrets of the copies of a submission.
 *
 * **Details**
 *
 * A batch asks each time that it submits, in the process that runs the workflow. The secrets are sealed for the way to the owner of
 * the compute element, and stored nowhere. The answer may differ each time, for example a newly issued token. Copies that are already
 * at the compute element keep their secrets.
 *
 * @category services
 * @since 0.1.0
 */
export class SecretSource extends Context.Service<SecretSource, {
  /** The secrets of one copy: the name of each secret file and its content. `copy` counts from 0. */
  secretsFor(
    key: SubmissionKey,
    copy: number
  ): Effect.Effect<Readonly<Record<string, Secret>>, SecretUnavailable>
}>()("effect-htcondor-ce/cluster/SecretSource") {}

/**
 * A source that calls a function with the key and the number of the copy.
 *
 * **Example** (A token for each pilot)
 *
 * ```ts
 * import { Effect, Redacted } from "effect"
 * import { SubmissionKey } from "effect-htcondor-ce"
 * import { SecretSource } from "effect-htcondor-ce/cluster"
 * import * as assert from "node:assert"
 *
 * const source = SecretSource.layer((key, copy) =>
 *   Effect.succeed({ "pilot.token": Redacted.make(`token of ${key}, copy ${copy}`) })
 * )
 *
 * export const program = Effect.gen(function*() {
 *   const key = SubmissionKey.SubmissionKey.make("task-42")
 *   const copies = yield* SecretSource.fill(key, [{ environment: { PILOT: "a" } }, {}])
 *   assert.deepStrictEqual(
 *     copies.map(({ secrets = {} }) => Object.values(secrets).map(Redacted.value)),
 *     [["token of task-42, copy 0"], ["token of task-42, copy 1"]]
 *   )
 * }).pipe(Effect.provide(source))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (secretsFor: SecretSource["Service"]["secretsFor"]): Layer.Layer<SecretSource> =>
  Layer.succeed(SecretSource, { secretsFor })

/**
 * A source for batches without secrets.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerNone: Layer.Layer<SecretSource> = layer(() => Effect.succeed({}))

/**
 * Asks the source for the secrets of each copy, up to 16 at once, and returns the copies with them.
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
