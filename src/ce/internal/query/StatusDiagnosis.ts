/**
 * What there is to say of a job's state beyond what the schedd says of it.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as HoldReason from "../../../condor/HoldReason.ts"
import type * as JobState from "../../../condor/JobState.ts"

const delays: Readonly<Record<JobState.Delay["_tag"], string>> = {
  Unrouted:
    "not routed to the batch system: no route of the compute element fits the job, or the routes are at their limits",
  Unsubmitted: "not handed over to the compute element yet",
  ResourceUnavailable: "the compute element has not answered the submit host, or has refused its credential"
}

/**
 * Why a job waits, and since when.
 */
export const ofDelay = ({ _tag, since }: JobState.Delay): string => {
  // Whoever may edit a job's ad may write any number there.
  const when = Option.match(DateTime.make(since * 1_000), {
    onNone: () => "",
    onSome: (time) => `, since ${DateTime.formatIso(time)}`
  })
  return `${delays[_tag]}${when}`
}

/**
 * What the code of a hold does not say.
 *
 * **Details**
 *
 * `condor_hold` writes code 1 and a new reason over those of an earlier hold, and leaves the mark of a job that the batch
 * system holds. (Measured on 23.9 and 25.14.)
 */
export const ofHold = (
  { code, copied }: Pick<Extract<JobState.JobState, { readonly _tag: "Held" }>, "code" | "copied">
): string | undefined =>
  code !== HoldReason.request
    ? undefined
    : copied === true
    ? "the batch system holds the job; if somebody has used condor_hold since, the first reason is lost"
    : "somebody used condor_hold; if the job was held before, the reason of that hold is lost"

/**
 * What the reason of a removal means, where that is not plain.
 *
 * **Details**
 *
 * An HTCondor-CE whose administrator has not set `ENABLE_JOB_RETRIES` removes a job that is idle again after a start, or
 * starts once more. An eviction, a drained machine and a removal by the batch system all show as this at the CE.
 */
export const ofRemoval = (reason: string): string | undefined =>
  reason.includes("disabled job retries")
    ? "the batch system lost or evicted the job after it had started, or somebody held and released it: the compute element " +
      "starts no job twice"
    : undefined
