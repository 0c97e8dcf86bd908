/**
 * The name that a caller gives to one submission. To submit again with it after a crash adopts the jobs that exist.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"

/**
 * A submission key: 1 to 128 letters, digits, `.`, `_` and `-`, beginning with a letter or a digit.
 *
 * **Details**
 *
 * File names, job attributes and command lines carry all of these characters without quotes. A key names one submission
 * permanently: choose a new one for every new submission.
 *
 * **Example** (Deriving the key from the id of a task)
 *
 * ```ts
 * import { Schema } from "effect"
 * import { SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * const keyOf = (task: number) => SubmissionKey.SubmissionKey.make(`task-${task}`)
 * assert.strictEqual(keyOf(42), "task-42")
 *
 * // A text from outside is decoded.
 * const isKey = Schema.is(SubmissionKey.SubmissionKey)
 * assert.strictEqual(isKey("task-42"), true)
 * assert.strictEqual(isKey("task 42"), false)
 * ```
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
 * A submission key.
 *
 * @category models
 * @since 0.1.0
 */
export type SubmissionKey = typeof SubmissionKey.Type

/**
 * Generates a new key: `k-` and 96 random bits in hexadecimal.
 *
 * **Gotchas**
 *
 * Store the key before you submit. Otherwise nobody knows it after a crash. A `Random` with a fixed seed generates the same
 * keys again.
 *
 * **Example** (Storing a key before the submission)
 *
 * ```ts
 * import { Effect, FileSystem } from "effect"
 * import { Capability, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const fileSystem = yield* FileSystem.FileSystem
 *   const file = `${yield* fileSystem.makeTempDirectoryScoped()}/key`
 *   const key = yield* SubmissionKey.generate
 *   yield* fileSystem.writeFileString(file, key)
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key })
 *   assert.strictEqual(handles[0]!.key, yield* fileSystem.readFileString(file))
 * })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const generate: Effect.Effect<SubmissionKey> = Random.nextIntBetween(0, 0xffffff).pipe(
  Effect.replicateEffect(4),
  Effect.map((parts) => SubmissionKey.make(`k-${parts.map((part) => part.toString(16).padStart(6, "0")).join("")}`))
)
