/**
 * The verdict on a job, which decides the exit code of a command.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type { JobStatus } from "../contract/JobStatus.ts"
import { canRepeat, type Retry } from "../contract/Retry.ts"

/**
 * - `Open`: the job has not ended, or its status is temporarily not available
 * - `Held`: the job waits until it is released or cancelled
 * - `Succeeded`: the payload exited with 0, or the CE does not know its exit code
 * - `Failed`: the payload exited otherwise, the job left the queue without completing, or its status cannot be known
 *
 * @category models
 * @since 0.1.0
 */
export type Verdict = "Open" | "Held" | "Succeeded" | "Failed"

/**
 * The verdict on the outcome of a status query.
 *
 * @category converting
 * @since 0.1.0
 */
export const of = (outcome: Result.Result<JobStatus, { readonly retry?: Retry }>): Verdict => {
  if (Result.isFailure(outcome)) {
    const { retry } = outcome.failure
    return retry !== undefined && canRepeat({ retry }) ? "Open" : "Failed"
  }
  const status = outcome.success
  switch (status._tag) {
    case "Held":
      return "Held"
    case "Completed":
      return status.exit._tag === "Signal" || (status.exit._tag === "Code" && status.exit.code !== 0)
        ? "Failed"
        : "Succeeded"
    case "Removed":
    case "Unknown":
      return "Failed"
    default:
      return "Open"
  }
}

/**
 * The number of jobs for each verdict.
 *
 * @category models
 * @since 0.1.0
 */
export type Tally = { readonly [V in Verdict]: number }

/**
 * Counts verdicts.
 *
 * @category converting
 * @since 0.1.0
 */
export const tally = (verdicts: Iterable<Verdict>): Tally => {
  const counts = { Open: 0, Held: 0, Succeeded: 0, Failed: 0 }
  for (const verdict of verdicts) counts[verdict] += 1
  return counts
}

/**
 * True if all jobs that have not ended are held.
 *
 * @category guards
 * @since 0.1.0
 */
export const onlyHeld = ({ Held, Open }: Tally): boolean => Held > 0 && Open === 0

/**
 * The number of jobs that count as failures: the failed ones, and the held ones if no others are open.
 *
 * @category converting
 * @since 0.1.0
 */
export const failures = (tally: Tally): number => tally.Failed + (onlyHeld(tally) ? tally.Held : 0)
