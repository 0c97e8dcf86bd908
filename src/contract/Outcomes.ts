/**
 * The result of a bulk operation: one outcome for each job.
 *
 * @since 0.1.0
 */
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Inspectable from "effect/Inspectable"
import * as MutableHashMap from "effect/MutableHashMap"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { JobHandle } from "./JobHandle.ts"

/**
 * One `Result` for each handle of the call, in the order of the handles. No handle is missing, and none is added. A handle
 * that the call named twice has one outcome, at its first place.
 *
 * **Details**
 *
 * It is immutable. Iterate over it, or use the functions of this module. Two are equal (`Equal.equals`) if they have the
 * same outcomes of the same jobs, in any order.
 *
 * @category models
 * @since 0.1.0
 */
export class Outcomes<A, E> extends Inspectable.Class
  implements Iterable<readonly [JobHandle, Result.Result<A, E>]>, Equal.Equal
{
  // Effect's MutableHashMap compares keys by their content, and keeps the order of insertion.
  readonly #results: MutableHashMap.MutableHashMap<JobHandle, Result.Result<A, E>>

  constructor(entries: Iterable<readonly [JobHandle, Result.Result<A, E>]>) {
    super()
    this.#results = MutableHashMap.fromIterable(entries)
  }

  /**
   * The number of jobs.
   *
   * @since 0.1.0
   */
  get size(): number {
    return MutableHashMap.size(this.#results)
  }

  /**
   * Returns the outcome of one job. It is `Option.none()` only for a handle that was not in the call.
   *
   * @since 0.1.0
   */
  get(handle: JobHandle): Option.Option<Result.Result<A, E>> {
    return MutableHashMap.get(this.#results, handle)
  }

  [Symbol.iterator](): Iterator<readonly [JobHandle, Result.Result<A, E>]> {
    return this.#results[Symbol.iterator]()
  }

  [Equal.symbol](that: Equal.Equal): boolean {
    return that instanceof Outcomes && that.size === this.size &&
      Array.from(this).every(([handle, result]) => Equal.equals(that.get(handle), Option.some(result)))
  }

  [Hash.symbol](): number {
    return Array.from(this).reduce((sum, [handle]) => sum ^ Hash.hash(handle), this.size)
  }

  override toJSON(): unknown {
    return { _id: "Outcomes", values: Array.from(this, Inspectable.toJson) }
  }
}

/**
 * Makes outcomes from entries, in their order. If two entries have one handle, the later outcome replaces the earlier one,
 * at the place of the first.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromIterable = <A, E>(
  entries: Iterable<readonly [JobHandle, Result.Result<A, E>]>
): Outcomes<A, E> => new Outcomes(entries)

/**
 * Returns the outcome of one job. It is `Option.none()` only for a handle that was not in the call.
 *
 * @category getters
 * @since 0.1.0
 */
export const get = <A, E>(outcomes: Outcomes<A, E>, handle: JobHandle): Option.Option<Result.Result<A, E>> =>
  outcomes.get(handle)

/**
 * Returns only the outcomes of these handles, in their order, each once. A handle that was not in the call is left out.
 *
 * @category combinators
 * @since 0.1.0
 */
export const inOrder = <A, E>(outcomes: Outcomes<A, E>, handles: Iterable<JobHandle>): Outcomes<A, E> =>
  fromIterable(
    Array.from(handles).flatMap((handle) =>
      Option.toArray(outcomes.get(handle)).map((result) => [handle, result] as const)
    )
  )

/**
 * Splits the outcomes into failures and successes, each with its handle, in the order of the call.
 *
 * **Example** (Fetching completed jobs, and logging the failures)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, type JobHandle, Outcomes, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * const fetch = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>) {
 *   const retriever = yield* Capability.OutputRetriever
 *   const [failures, outputs] = Outcomes.partition(yield* retriever.fetch(handles, "/tmp/output"))
 *   for (const [handle, error] of failures) yield* Effect.logDebug(String(handle), error.message, error.retry)
 *   return outputs.map(([, output]) => output.directory)
 * })
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}, {}], { key: yield* SubmissionKey.generate })
 *   // The jobs have not completed.
 *   assert.deepStrictEqual(yield* fetch(handles), [])
 * })
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const partition = <A, E>(
  outcomes: Outcomes<A, E>
): readonly [failures: Array<readonly [JobHandle, E]>, successes: Array<readonly [JobHandle, A]>] => {
  const failures: Array<readonly [JobHandle, E]> = []
  const successes: Array<readonly [JobHandle, A]> = []
  for (const [handle, result] of outcomes) {
    if (Result.isSuccess(result)) successes.push([handle, result.success])
    else failures.push([handle, result.failure])
  }
  return [failures, successes]
}

/**
 * Returns one value for each job, in the order of the call: the result of `onSuccess` or `onFailure`.
 *
 * **Example** (Showing each status)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, Outcomes, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { waitFor } = yield* Capability.StatusReporter
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}, {}], { key: yield* SubmissionKey.generate })
 *   const lines = Outcomes.match(yield* waitFor(handles, { until: "Terminal" }), {
 *     onSuccess: ({ _tag }, { copy }) => `copy ${copy}: ${_tag}`,
 *     onFailure: ({ message }, { copy }) => `copy ${copy}: ${message}`
 *   })
 *   assert.deepStrictEqual(lines, ["copy 0: Completed", "copy 1: Completed"])
 * })
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const match = <A, E, B, C = B>(
  outcomes: Outcomes<A, E>,
  options: {
    readonly onSuccess: (value: A, handle: JobHandle) => B
    readonly onFailure: (error: E, handle: JobHandle) => C
  }
): Array<B | C> =>
  Array.from(
    outcomes,
    ([handle, result]) =>
      Result.isSuccess(result) ? options.onSuccess(result.success, handle) : options.onFailure(result.failure, handle)
  )

/**
 * Returns the jobs for which the operation succeeded, with their values, in the order of the call.
 *
 * @category getters
 * @since 0.1.0
 */
export const successes = <A, E>(outcomes: Outcomes<A, E>): Array<readonly [JobHandle, A]> => partition(outcomes)[1]

/**
 * Returns the jobs for which the operation failed, with their errors, in the order of the call.
 *
 * @category getters
 * @since 0.1.0
 */
export const failures = <A, E>(outcomes: Outcomes<A, E>): Array<readonly [JobHandle, E]> => partition(outcomes)[0]
