/**
 * Maps the states of jobs to the contract's `JobStatus`.
 */
import type * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Epoch from "../../../condor/Epoch.ts"
import * as Explanation from "../../../condor/Explanation.ts"
import * as HoldReason from "../../../condor/HoldReason.ts"
import * as JobState from "../../../condor/JobState.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { Rules } from "../../../condor/ReasonRules.ts"
import * as JobStatus from "../../../contract/JobStatus.ts"
import type { LookupResult, NotFound } from "./LookupResult.ts"
import * as StatusDiagnosis from "./StatusDiagnosis.ts"
import * as Tuning from "./tuning.ts"

const { cases } = JobStatus.JobStatus

// One value for thousands of jobs.
const staging = cases.Staging.make({})
const waiting = cases.Waiting.make({})
const blocked = cases.Waiting.make({
  diagnosis: "blocked: the input that it has in common with other jobs is not there yet"
})
const preparing = cases.Waiting.make({ diagnosis: "the schedd prepares its cluster" })
const running = cases.Running.make({})
const finishing = cases.Finishing.make({})
const suspended = cases.Suspended.make({})

/**
 * The contract's status for the state of a job in the queue.
 *
 * | state | status |
 * | --- | --- |
 * | Spooling | Staging |
 * | Idle | Waiting, with a diagnosis if the JobRouter or a gridmanager has not handed it on |
 * | Blocked, Preparing | Waiting, with a diagnosis |
 * | Running | Running |
 * | TransferringOutput | Finishing |
 * | Suspended | Suspended |
 * | Held | Held, with its cause and an advice |
 * | Completed | Completed, and its output is kept |
 * | CompletedThenRemoved | Completed, and its output is gone |
 * | Removed | Removed, with its cause and an advice |
 * | Other | Running, if it has started, or Waiting, with a diagnosis |
 *
 * `rules` are the site's explanations of reasons. They take precedence over those of the library.
 */
export const fromState = (state: JobState.JobState, rules?: Rules): JobStatus.JobStatus =>
  JobState.JobState.match(state, {
    Spooling: () => staging,
    Idle: ({ delay }) =>
      delay === undefined ? waiting : cases.Waiting.make({ diagnosis: StatusDiagnosis.ofDelay(delay) }),
    Blocked: () => blocked,
    Preparing: () => preparing,
    Running: () => running,
    TransferringOutput: () => finishing,
    Suspended: () => suspended,
    Held: (state) => {
      const { code, copied = false, reason, subcode } = state
      const hold = { code, subcode, name: HoldReason.nameOf(code), reason, copied }
      return cases.Held.make({ ...hold, ...Explanation.ofHold(hold, rules) })
    },
    Completed: ({ termination }) => cases.Completed.make({ exit: termination, output: "Kept" }),
    CompletedThenRemoved: ({ termination }) => cases.Completed.make({ exit: termination, output: "Gone" }),
    Removed: ({ reason }) => cases.Removed.make({ reason, ...Explanation.ofRemoval(reason, rules) }),
    Other: ({ begun, status }) => {
      const diagnosis = `the compute element gives it the state ${status}, which this library does not know`
      return begun ? cases.Running.make({ diagnosis }) : cases.Waiting.make({ diagnosis })
    }
  })

const waitsForInput = `HoldReasonCode == ${HoldReason.spoolingInput}`
const handedOn = "GridJobStatus =!= undefined"

/**
 * For each status, the condition for a schedd that a job may have it. It is false only for jobs with another status. A schedd
 * cannot distinguish all statuses: {@link fromState} decides.
 */
export const mayBe: Readonly<Record<JobStatus.JobStatus["_tag"], string>> = {
  Staging: `JobStatus == 5 && ${waitsForInput}`,
  Waiting: "JobStatus == 1 || JobStatus < 1 || JobStatus > 7",
  Running: "JobStatus == 2 || JobStatus < 1 || JobStatus > 7",
  Finishing: `JobStatus == 6 || (JobStatus == 1 || JobStatus == 2) && ${handedOn}`,
  Suspended: `JobStatus == 7 || JobStatus == 2 && ${handedOn}`,
  Held: `JobStatus == 5 && (${waitsForInput}) =!= true`,
  Completed: "JobStatus == 4 || JobStatus == 3 && LastJobStatus == 4",
  Removed: "JobStatus == 3 && LastJobStatus =!= 4",
  Unknown: "false"
}

/**
 * When a job entered its state, in seconds since 1970.
 *
 * | status | attribute |
 * | --- | --- |
 * | Staging, Waiting, Held, Removed | EnteredCurrentStatus |
 * | Running | JobCurrentStartDate |
 * | Completed | CompletionDate |
 * | Finishing, Suspended | none |
 *
 * **Details**
 *
 * A job waits since its input arrived, or since it came back into the queue.
 *
 * The JobRouter writes `EnteredCurrentStatus` when the pool reports that a job is idle, runs or is held. This is later by up to
 * one of its polls (10 seconds by default). It writes nothing when a job is suspended or completes: the attribute is then the
 * start of the run. The gridmanager has no state for a job whose output is being transferred. (Measured on 23.9 and 25.14.)
 *
 * The ad has `JobCurrentStartDate` as soon as a job is seen to run, and its value changes with each run. No other attribute
 * replaces it, because a second time for the same run would look like another run.
 */
const secondsOf = ({ _tag }: JobStatus.JobStatus, ad: JobState.StateAd): number | undefined => {
  switch (_tag) {
    case "Staging":
    case "Waiting":
    case "Held":
    case "Removed":
      return ad.EnteredCurrentStatus
    case "Running":
      return ad.JobCurrentStartDate
    case "Completed":
      return ad.CompletionDate
    case "Finishing":
    case "Suspended":
    case "Unknown":
      return undefined
  }
}

const withSince = (status: JobStatus.JobStatus, since: DateTime.Utc | undefined): JobStatus.JobStatus =>
  since === undefined || status._tag === "Unknown" ? status : { ...status, since }

// One value for all jobs that entered such a status in the same second. A watcher then compares it with the last answer by
// reference.
const shared: ReadonlyMap<JobStatus.JobStatus, Map<number, JobStatus.JobStatus>> = new Map(
  [staging, waiting, running].map((status) => [status, new Map()])
)

const dated = (status: JobStatus.JobStatus, seconds: number): JobStatus.JobStatus => {
  const known = shared.get(status)
  const same = known?.get(seconds)
  if (same !== undefined) return same
  const made = withSince(status, Epoch.toDateTime(seconds))
  if (known !== undefined) {
    if (known.size >= Tuning.mostSeconds) known.clear()
    known.set(seconds, made)
  }
  return made
}

/**
 * The status of the job that an ad describes, with its `since`.
 */
export const fromAd = (ad: JobState.StateAd, rules?: Rules): JobStatus.JobStatus => {
  const status = fromState(JobState.fromAd(ad), rules)
  const seconds = secondsOf(status, ad)
  return seconds === undefined ? status : dated(status, seconds)
}

/**
 * The attributes to query in the queue: the state of a job, and its identity. Without the attributes that only a fetch needs, an
 * answer is half as long.
 */
export const attributes: ReadonlyArray<string> = [
  "ClusterId",
  "ProcId",
  OwnAttributes.names.key,
  OwnAttributes.names.copy,
  OwnAttributes.names.format,
  ...JobState.attributes
]

/**
 * Whether the output of a completed job is at the CE. The schedd has it as long as the job is in the queue and is not being
 * removed.
 */
export const outputOf = (found: LookupResult): JobStatus.Output =>
  found._tag === "Queue" && found.ad.JobStatus === 4 ? "Kept" : "Gone"

/**
 * The status of a job from its lookup.
 */
export const fromFound = (
  found: LookupResult,
  rules?: Rules
): Result.Result<JobStatus.JobStatus, NotFound> => {
  switch (found._tag) {
    case "Absent":
      return Result.succeed(cases.Unknown.make({}))
    case "Failed":
      return Result.fail(found.error)
    case "Queue":
    case "History": {
      const status = fromAd(found.ad, rules)
      return Result.succeed(
        // The history may have the ad of a completed job as it was in the queue.
        status._tag === "Completed" && status.output !== outputOf(found)
          ? { ...status, output: outputOf(found) }
          : status
      )
    }
  }
}
