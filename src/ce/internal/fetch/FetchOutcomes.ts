/**
 * The outcomes of the jobs of a fetch. Pure.
 */
import * as Result from "effect/Result"
import type { BackendError, LocalFailure } from "../../../contract/BackendError.ts"
import { TransferFailed } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import type { JobOutput } from "../../../contract/JobOutput.ts"
import type { Target } from "../query/LookupResult.ts"
import type * as Claim from "./Claim.ts"
import type { Policy } from "./FetchPlan.ts"

/**
 * A job, with its output or the error.
 */
export type Outcome<E> = readonly [JobHandle, Result.Result<JobOutput, E>]

/**
 * Whether there is output. The caller must get it even if the operation fails later, because its job has left the CE.
 */
export const hasOutput = (outcomes: ReadonlyArray<Outcome<unknown>>): boolean =>
  outcomes.some(([, outcome]) => Result.isSuccess(outcome))

/**
 * The outcomes of jobs that were not fetched because the operation failed first.
 */
export const unreached = (
  jobs: ReadonlyArray<Pick<Target, "handle">>,
  { message, retry }: BackendError | LocalFailure
): ReadonlyArray<Outcome<TransferFailed>> =>
  jobs.map(({ handle }) => [handle, Result.fail(new TransferFailed({ handle, detail: message, retry }))])

/**
 * The outcomes of a fetch, after the jobs were released. `stood` are the outputs that were complete at their places before the
 * fetch: their outcomes depend on whether their jobs are still at the CE.
 */
export const withReleases = <E>(
  { alreadyAt }: Policy<E>,
  outcomes: ReadonlyArray<Outcome<E>>,
  stood: ReadonlyArray<readonly [JobHandle, JobOutput]>,
  answers: Claim.Answers
): ReadonlyArray<Outcome<E>> => {
  const answerOf = new Map(Array.from(answers, ([{ handle }, answer]) => [handle, answer]))
  return [
    ...outcomes.map(([handle, outcome]): Outcome<E> => {
      const answer = answerOf.get(handle)
      const released = {
        released: answer === "Released",
        ...(answer === "TakenOver" ? { takenOver: true as const } : {})
      }
      return [handle, Result.map(outcome, (output) => ({ ...output, ...released }))]
    }),
    ...stood.flatMap(([handle, output]): ReadonlyArray<Outcome<E>> =>
      answerOf.get(handle) === "Kept" ? [[handle, alreadyAt(output, true)]] : []
    )
  ]
}
