/**
 * Decides from the ad of a held job whether it has left files to fetch. Pure.
 */
import * as Result from "effect/Result"
import * as HoldReason from "../../../condor/HoldReason.ts"
import type { JobAd } from "../../../condor/JobAd.ts"
import type { JobId } from "../../../condor/JobId.ts"
import * as JobState from "../../../condor/JobState.ts"
import type { Rules } from "../../../condor/ReasonRules.ts"
import { type HeldFetchError, NotHeld, NothingLeft, NotOwner, UnknownJob } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import type { Exit, JobStatus } from "../../../contract/JobStatus.ts"
import type { LookupResult } from "../query/LookupResult.ts"
import * as StatusMapping from "../query/StatusMapping.ts"
import * as FetchDecision from "./FetchDecision.ts"

/**
 * A held job that may have left files.
 *
 * - `job`: the names of its files
 * - `hold`: why it is held
 * - `exit`: the exit of its payload, if it has ended
 * - `isWhole`: whether those of its files that exist are complete
 */
export interface Held {
  readonly job: FetchDecision.Candidate
  readonly hold: Extract<JobStatus, { readonly _tag: "Held" }>
  readonly exit: Exit | undefined
  readonly isWhole: boolean
}

// The codes of holds before the payload ran: FailedToCreateProcess, TransferInputError, IwdError, SpoolingInput, SystemPolicy.
// Such a job has only its log.
const before: ReadonlySet<number> = new Set([6, HoldReason.input, 14, HoldReason.spoolingInput, 26])

// The codes of holds after the payload ended: JobPolicy (on_exit_hold), TransferOutputError, MaxTransferOutputSizeExceeded.
const after: ReadonlySet<number> = new Set([3, HoldReason.output, 33])

// `ENOENT`: one output did not exist, and the others were transferred without an error.
const noSuchFile = 2

const hasRun = ({ NumJobStarts = 0 }: JobAd, code: number): boolean => NumJobStarts >= 1 || after.has(code)

/**
 * The files that the job may have left, or the reason why there is nothing to fetch. `rules` are the site's explanations of
 * reasons.
 */
export const decide = (
  handle: JobHandle,
  id: JobId,
  found: LookupResult,
  rules?: Rules
): Result.Result<Held, HeldFetchError> => {
  if (found._tag === "Absent") return Result.fail(new UnknownJob({ handle }))
  if (found._tag === "Failed") return Result.fail(found.error)
  const { ad } = found
  if (found._tag === "Queue" && !found.own) {
    return Result.fail(new NotOwner({ handle, owner: ad.User ?? "another identity" }))
  }
  const status = StatusMapping.fromFound(found, rules)
  if (Result.isFailure(status)) return Result.fail(status.failure)
  const hold = status.success
  if (found._tag === "History" || hold._tag !== "Held") return Result.fail(new NotHeld({ handle, status: hold }))
  const { code, copied, reason, subcode } = hold
  // The gridmanager does not bring back files of a job that is held at the CE.
  if (before.has(code) || !hasRun(ad, code) || ad.GridResource !== undefined) {
    return Result.fail(new NothingLeft({ handle, code, subcode, reason }))
  }
  const exit = JobState.termination(ad)
  return Result.map(FetchDecision.candidateOf(handle, id, ad, exit), (job) => ({
    job,
    hold,
    // The exit of a job that the batch system holds. With other codes, the exit may come from an earlier run.
    exit: copied && after.has(code) && exit._tag !== "Unknown" ? exit : undefined,
    isWhole: code === HoldReason.output && subcode === noSuchFile
  }))
}
