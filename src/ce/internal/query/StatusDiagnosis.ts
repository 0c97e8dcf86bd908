/**
 * Explains why a job waits, where the schedd's ads show it.
 */
import * as DateTime from "effect/DateTime"
import * as Epoch from "../../../condor/Epoch.ts"
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
  const time = Epoch.toDateTime(since)
  return time === undefined ? delays[_tag] : `${delays[_tag]}, since ${DateTime.formatIso(time)}`
}
