/**
 * Decides from the ad of a job whether there is output to fetch. Pure.
 */
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Epoch from "../../../condor/Epoch.ts"
import type { JobAd } from "../../../condor/JobAd.ts"
import type { JobId } from "../../../condor/JobId.ts"
import * as JobState from "../../../condor/JobState.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { Rules } from "../../../condor/ReasonRules.ts"
import {
  AlreadyRetrieved,
  type DepositFailed,
  type FetchError,
  NotFinished,
  NotOwner,
  OutputMissing,
  TransferFailed,
  UnknownJob
} from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import type { JobRecord } from "../../../contract/JobRecord.ts"
import type { Exit } from "../../../contract/JobStatus.ts"
import type { LookupResult } from "../query/LookupResult.ts"
import * as RecordMapping from "../query/RecordMapping.ts"
import * as StatusMapping from "../query/StatusMapping.ts"

/**
 * A completed job whose output is at the CE.
 *
 * - `stdout`, `stderr`, `log`, `promised`: names of files in the job's spool directory, without those that were sent to a URL
 * - `bytes`: the bytes that came back from the execution point, if the ad has them
 * - `record`: for the manifest
 * - `beside`: the name of its directory at the destination, if it is not the usual one
 */
export interface Candidate {
  readonly handle: JobHandle
  readonly id: JobId
  readonly exit: Exit
  readonly stdout: string
  readonly stderr: string
  readonly log: string
  readonly promised: ReadonlyArray<string>
  readonly bytes: number | undefined
  readonly record: JobRecord
  readonly beside?: string | undefined
}

const at = (epochSeconds: number | undefined): DateTime.Utc => Epoch.toDateTime(epochSeconds) ?? DateTime.makeUnsafe(0)

/**
 * Whether the last transfer of a completed job's output was complete, by any client.
 *
 * **Details**
 *
 * The schedd notes when a transfer begins (`StageOutStart`) and, only on success, when it ends (`StageOutFinish`). If a second
 * attempt fails, the ad still has the end of the first one, which is before the second beginning. A schedd of 23.9 also notes
 * transfers from running jobs. Its `EnteredCurrentStatus` of a completed job is the start of the run.
 */
export const transferCompleted = (ad: JobAd): boolean =>
  ad.StageOutFinish !== undefined && ad.StageOutFinish >= (ad.StageOutStart ?? 0) &&
  ad.StageOutFinish >= (ad.CompletionDate ?? 0)

// A plain file name. The ad of the CE must not choose a path.
const isName = (name: string | undefined): name is string =>
  name !== undefined && name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name)

// condor_submit trims only blanks: other white space is part of a name.
const trimmed = (text: string): string => text.replace(/^ +| +$/g, "")

const listed = (text: string | undefined, separator: string): Array<string> =>
  (text ?? "").split(separator).map(trimmed).filter((one) => one !== "")

// The names of outputs that the execution point sent to a URL. For a spooled job the attribute has no other entries.
const sent = ({ TransferOutputRemaps }: JobAd): ReadonlySet<string> =>
  new Set(
    listed(TransferOutputRemaps, ";").flatMap((one) => {
      const at = one.indexOf("=")
      return at > 0 && /^\s*[A-Za-z][\w+.-]*:\/\//.test(one.slice(at + 1)) ? [trimmed(one.slice(0, at))] : []
    })
  )

// The shadow adds up the bytes of all runs of a job. The shadow of 25.x also counts outputs that were sent to URLs.
const bytesOf = ({ BytesSent = -1, NumJobStarts }: JobAd): number | undefined => {
  const bytes = Math.ceil(BytesSent)
  return NumJobStarts === 1 && bytes >= 0 && Number.isSafeInteger(bytes) ? bytes : undefined
}

/**
 * The candidate that the ad of a job describes. Fails if a file name in the ad is not a plain name.
 */
export const candidateOf = (
  handle: JobHandle,
  id: JobId,
  ad: JobAd,
  exit: Exit
): Result.Result<Candidate, TransferFailed> => {
  const { Err: stderr, Out: stdout, UserLog: log } = ad
  const elsewhere = sent(ad)
  const promised = listed(ad.TransferOutput, ",").filter((name) => !elsewhere.has(name))
  const wrong = [stdout, stderr, log, ...promised].find((name) => !isName(name))
  return isName(stdout) && isName(stderr) && isName(log) && promised.every(isName)
    ? Result.succeed({
      handle,
      id,
      exit,
      stdout,
      stderr,
      log,
      promised,
      bytes: elsewhere.size === 0 ? bytesOf(ad) : undefined,
      record: RecordMapping.fromAd(handle, StatusMapping.fromAd(ad), ad)
    })
    : Result.fail(
      new TransferFailed({
        handle,
        detail: `the CE names an output file ${JSON.stringify(wrong ?? null)}`,
        retry: "Never"
      })
    )
}

/**
 * The errors of a job without output to fetch.
 */
export type NoOutput = Exclude<FetchError, DepositFailed>

/**
 * The candidate, or the reason why there is no output to fetch.
 *
 * **Details**
 *
 * A fetched job leaves the queue in one of two ways. This library acknowledges it: it removes the job with a reason that says so.
 * Or another client's `condor_transfer_data` succeeded (`StageOutFinish`), and then the job was removed, or left because of the
 * `LeaveJobInQueue` expression that `condor_submit` of 25.8 and later writes. If this library did the last transfer
 * (`EffectCEFetch`), only its acknowledgement counts: without it, the output may have been rejected. A completed job that left
 * in any other way took its output with it.
 */
export const decide = (
  handle: JobHandle,
  id: JobId,
  found: LookupResult,
  rules?: Rules
): Result.Result<Candidate, NoOutput> => {
  if (found._tag === "Absent") return Result.fail(new UnknownJob({ handle }))
  if (found._tag === "Failed") return Result.fail(found.error)
  const { ad } = found
  if (found._tag === "Queue" && !found.own) {
    return Result.fail(new NotOwner({ handle, owner: ad.User ?? "another identity" }))
  }
  const state = JobState.fromAd(ad)
  switch (state._tag) {
    case "CompletedThenRemoved":
      if (state.reason.startsWith(OwnAttributes.reasons.retrieved)) {
        return Result.fail(new AlreadyRetrieved({ handle, retrievedAt: at(ad.EnteredCurrentStatus) }))
      }
      // The schedd may set the reason later than the status.
      if (found._tag === "Queue" && ad.RemoveReason === undefined) {
        return Result.fail(new TransferFailed({ handle, detail: "it is leaving the queue, ask again" }))
      }
      return Result.fail(
        ad.EffectCEFetch === undefined && ad.StageOutFinish !== undefined &&
          ad.StageOutFinish >= (ad.CompletionDate ?? 0)
          ? new AlreadyRetrieved({ handle, retrievedAt: at(ad.StageOutFinish) })
          : new OutputMissing({ handle, detail: `it was removed after it had completed: ${state.reason}` })
      )
    case "Completed":
      if (found._tag === "Queue") return candidateOf(handle, id, ad, state.termination)
      return Result.fail(
        ad.EffectCEFetch === undefined && transferCompleted(ad)
          ? new AlreadyRetrieved({ handle, retrievedAt: at(ad.StageOutFinish) })
          : new OutputMissing({ handle, detail: "it left the queue unfetched, when its retention was over" })
      )
    case "Removed":
      return Result.fail(
        new OutputMissing({ handle, detail: `it left the queue before it completed: ${state.reason}` })
      )
    default:
      return Result.fail(new NotFinished({ handle, status: StatusMapping.fromAd(ad, rules) }))
  }
}
