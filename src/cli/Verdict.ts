/**
 * What has become of jobs, as far as it decides how a command ends.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type { JobStatus } from "../contract/JobStatus.ts"
import { canRepeat, type Retry } from "../contract/Retry.ts"

/**
 * - `Open`: something will happen to the job by itself, or it could not be asked for just now
 * - `Held`: until somebody does something about it
 * - `Succeeded`: its payload ended with 0, or the compute element does not say with what
 * - `Failed`: its payload ended otherwise, it has gone without completing, or nothing can be known of it
 *
 * @category models
 * @since 0.1.0
 */
export type Verdict = "Open" | "Held" | "Succeeded" | "Failed"

/**
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
 * How many of which.
 *
 * @category models
 * @since 0.1.0
 */
export type Tally = { readonly [V in Verdict]: number }

/**
 * @category converting
 * @since 0.1.0
 */
export const tally = (verdicts: Iterable<Verdict>): Tally => {
  const counts = { Open: 0, Held: 0, Succeeded: 0, Failed: 0 }
  for (const verdict of verdicts) counts[verdict] += 1
  return counts
}

/**
 * Whether nothing but held jobs are left to wait for.
 *
 * @category guards
 * @since 0.1.0
 */
export const onlyHeld = ({ Held, Open }: Tally): boolean => Held > 0 && Open === 0

/**
 * How many jobs keep a command from success: those that failed, and held ones if nothing else is left.
 *
 * @category converting
 * @since 0.1.0
 */
export const failures = (tally: Tally): number => tally.Failed + (onlyHeld(tally) ? tally.Held : 0)
