/**
 * The answer of a bulk operation: one outcome for every job asked about.
 *
 * @since 0.1.0
 */
import * as HashMap from "effect/HashMap"
import type * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { JobHandle } from "./JobHandle.ts"

/**
 * One `Result` per handle asked: no handle is left out, none is added, and a handle asked twice is answered once.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcomes<A, E> = HashMap.HashMap<JobHandle, Result.Result<A, E>>

/**
 * @category constructors
 * @since 0.1.0
 */
export const fromIterable: <A, E>(
  entries: Iterable<readonly [JobHandle, Result.Result<A, E>]>
) => Outcomes<A, E> = HashMap.fromIterable

/**
 * The outcome of one job: `Option.none()` only for a handle that was not asked.
 *
 * @category getters
 * @since 0.1.0
 */
export const get = <A, E>(outcomes: Outcomes<A, E>, handle: JobHandle): Option.Option<Result.Result<A, E>> =>
  HashMap.get(outcomes, handle)

/**
 * The jobs for which the operation succeeded, with their values.
 *
 * @category getters
 * @since 0.1.0
 */
export const successes = <A, E>(outcomes: Outcomes<A, E>): Array<readonly [JobHandle, A]> =>
  Array.from(outcomes).flatMap(([handle, result]) =>
    Result.isSuccess(result) ? [[handle, result.success] as const] : []
  )

/**
 * The jobs for which the operation failed, with their errors.
 *
 * @category getters
 * @since 0.1.0
 */
export const failures = <A, E>(outcomes: Outcomes<A, E>): Array<readonly [JobHandle, E]> =>
  Array.from(outcomes).flatMap(([handle, result]) =>
    Result.isFailure(result) ? [[handle, result.failure] as const] : []
  )
