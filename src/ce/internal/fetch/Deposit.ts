/**
 * Runs a caller's `deposit` for each output before its job leaves the CE.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { DepositFailed } from "../../../contract/JobError.ts"
import type { JobOutput } from "../../../contract/JobOutput.ts"
import type { FetchOptions } from "../../../contract/OutputRetriever.ts"
import * as Tuning from "./tuning.ts"

/**
 * Deposits one output. A failure becomes the outcome of its job.
 */
export type Deposit<E> = (output: JobOutput) => Effect.Effect<void, E>

/**
 * Outputs stay where they are.
 */
export const none: Deposit<never> = () => Effect.void

/**
 * The `deposit` option of a caller. Its failure becomes `DepositFailed`.
 */
export const make = ({ deposit }: FetchOptions = {}): Deposit<DepositFailed> =>
  deposit === undefined ?
    none :
    (output) =>
      Effect.mapError(deposit(output), ({ message }) =>
        new DepositFailed({ handle: output.handle, directory: output.directory, detail: message }))

/**
 * Deposits some outputs, and returns the failures.
 */
export const all = Effect.fnUntraced(function*<E>(deposit: Deposit<E>, outputs: ReadonlyArray<JobOutput>) {
  const failures = new Map<JobOutput, E>()
  yield* Effect.forEach(
    outputs,
    (output) =>
      Effect.map(Effect.result(deposit(output)), (result) => {
        if (Result.isFailure(result)) failures.set(output, result.failure)
      }),
    { concurrency: Tuning.depositsAtOnce, discard: true }
  )
  return failures
})
