/**
 * What a job ad says about its job: a table from attributes to states.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as HoldReason from "./HoldReason.ts"
import type { JobAd } from "./JobAd.ts"

/**
 * How the payload ended. `Unknown` where the ad says nothing that can be understood.
 *
 * @category models
 * @since 0.1.0
 */
export const Termination = Schema.TaggedUnion({
  Code: { code: Schema.Int },
  Signal: { signal: Schema.Natural },
  Unknown: {}
})

/**
 * @category models
 * @since 0.1.0
 */
export type Termination = typeof Termination.Type

/**
 * Why a job waits that is to be handed on, and since when (seconds since 1970).
 *
 * - `Unrouted`: the JobRouter of the CE has not taken it for half an hour
 * - `Unsubmitted`: the other schedd has not got it yet
 * - `ResourceUnavailable`: the gridmanager gets no answer from there
 *
 * @category models
 * @since 0.1.0
 */
export const Delay = Schema.TaggedUnion({
  Unrouted: { since: Schema.Natural },
  Unsubmitted: { since: Schema.Natural },
  ResourceUnavailable: { since: Schema.Natural }
})

/**
 * @category models
 * @since 0.1.0
 */
export type Delay = typeof Delay.Type

/**
 * The states of a job in a schedd, in HTCondor's words.
 *
 * **Details**
 *
 * `Spooling` is a job held with code 16 while its input arrives. `CompletedThenRemoved` is a completed job that was removed
 * afterwards: the queue and the history call it removed (3), and only `LastJobStatus` 4 tells that it had completed. `copied`
 * is true for a job that the batch system behind the CE holds.
 *
 * - `Blocked`: the schedd has it wait until the input that it has in common with other jobs is there (from 25.13)
 * - `Preparing`: the schedd does something for its cluster first (from 25.13)
 * - `Other`: `JobStatus` is a number that this library does not know; `begun` says whether the job has been started
 *
 * @category models
 * @since 0.1.0
 */
export const JobState = Schema.TaggedUnion({
  Spooling: {},
  Idle: { delay: Schema.optionalKey(Delay) },
  Blocked: {},
  Preparing: {},
  Running: {},
  TransferringOutput: {},
  Suspended: {},
  Held: {
    code: Schema.Int,
    subcode: Schema.Int,
    reason: Schema.String,
    copied: Schema.optionalKey(Schema.Literal(true))
  },
  Completed: { termination: Termination },
  CompletedThenRemoved: { termination: Termination, reason: Schema.String },
  Removed: { reason: Schema.String },
  Other: { status: Schema.Int, begun: Schema.Boolean }
})

/**
 * @category models
 * @since 0.1.0
 */
export type JobState = typeof JobState.Type

/**
 * What a job ad has to show for its state.
 *
 * @category constants
 * @since 0.1.0
 */
export const attributes = [
  "JobStatus",
  "LastJobStatus",
  "EnteredCurrentStatus",
  "JobCurrentStartDate",
  "CompletionDate",
  "ServerTime",
  "ExitBySignal",
  "ExitCode",
  "ExitSignal",
  "HoldReason",
  "HoldReasonCode",
  "HoldReasonSubCode",
  "HoldCopiedFromTargetJob",
  "RemoveReason",
  "RoutedToJobId",
  "GridResource",
  "GridJobId",
  "GridJobStatus",
  "GridResourceUnavailableTime"
] as const satisfies ReadonlyArray<keyof JobAd>

/**
 * The part of a job ad that these attributes are.
 *
 * @category models
 * @since 0.1.0
 */
export type StateAd = Pick<JobAd, typeof attributes[number]>

const { cases } = JobState

// Most jobs are in these states, by the thousand.
const [spooling, idling, transferring, atWork, suspended] = [
  cases.Spooling.make({}),
  cases.Idle.make({}),
  cases.TransferringOutput.make({}),
  cases.Running.make({}),
  cases.Suspended.make({})
]

const unknownEnd = Termination.cases.Unknown.make({})

/**
 * How the payload of a job ended.
 *
 * **Details**
 *
 * A batch system behind the CE may leave a negative `ExitCode` (PBS: -1 to -13), or none at all.
 *
 * **Gotchas**
 *
 * Ask only where the job is over: with `max_retries` the exit of an attempt shows while the next one runs.
 *
 * @category getters
 * @since 0.1.0
 */
export const termination = ({ ExitBySignal, ExitCode, ExitSignal }: StateAd): Termination => {
  if (ExitBySignal === true) {
    return ExitSignal === undefined || ExitSignal < 0
      ? unknownEnd
      : Termination.cases.Signal.make({ signal: ExitSignal })
  }
  return ExitCode === undefined ? unknownEnd : Termination.cases.Code.make({ code: ExitCode })
}

const isAtItsEnd = ({ GridJobStatus }: StateAd): boolean =>
  GridJobStatus === "COMPLETED" || GridJobStatus === "TRANSFERRING_OUTPUT"

// After this time an HTCondor-CE itself takes a job for one that no route fits. A mistake in the SYSTEM_PERIODIC_HOLD that it
// comes with keeps it from holding such jobs, so that they are idle for ever.
const routingTime = 1_800

const queued = ({ EnteredCurrentStatus: since, RoutedToJobId, ServerTime }: StateAd): JobState =>
  RoutedToJobId === undefined && since !== undefined && ServerTime !== undefined && ServerTime - since > routingTime
    ? cases.Idle.make({ delay: Delay.cases.Unrouted.make({ since }) })
    : idling

// Grid universe: what keeps a job here, or has kept it there. One that the gridmanager has not seen at work is idle to it
// until its output is here.
const idle = (ad: StateAd): JobState => {
  if (ad.GridResource === undefined) return queued(ad)
  if (ad.GridJobId !== undefined && isAtItsEnd(ad)) return transferring
  if (ad.GridResourceUnavailableTime !== undefined) {
    return cases.Idle.make({ delay: Delay.cases.ResourceUnavailable.make({ since: ad.GridResourceUnavailableTime }) })
  }
  return ad.GridJobId === undefined
    ? cases.Idle.make({ delay: Delay.cases.Unsubmitted.make({ since: ad.EnteredCurrentStatus ?? 0 }) })
    : idling
}

// The gridmanager knows three states at work, and copies the other schedd's word for its own.
const running = (ad: StateAd): JobState =>
  isAtItsEnd(ad)
    ? transferring
    : ad.GridJobStatus === "SUSPENDED"
    ? suspended
    : atWork

/**
 * The state that an ad describes, of the queue or of the history.
 *
 * | JobStatus | and | state |
 * | --- | --- | --- |
 * | 1 | | Idle |
 * | 1 | no RoutedToJobId, idle for more than half an hour by ServerTime | Idle, unrouted |
 * | 1 | grid universe, GridJobId, GridJobStatus COMPLETED or TRANSFERRING_OUTPUT | TransferringOutput |
 * | 1 | grid universe, GridResourceUnavailableTime | Idle, its resource unavailable |
 * | 1 | grid universe, no GridJobId | Idle, unsubmitted |
 * | 2 | | Running |
 * | 2 | GridJobStatus COMPLETED or TRANSFERRING_OUTPUT | TransferringOutput |
 * | 2 | GridJobStatus SUSPENDED | Suspended |
 * | 3 | LastJobStatus 4 | CompletedThenRemoved |
 * | 3 | | Removed |
 * | 4 | | Completed |
 * | 5 | HoldReasonCode 16 | Spooling |
 * | 5 | | Held |
 * | 6 | | TransferringOutput |
 * | 7 | | Suspended |
 * | 9 | | Blocked |
 * | 10 | | Preparing |
 * | any other | JobCurrentStartDate or CompletionDate | Other, begun |
 * | any other | | Other |
 *
 * Hold reasons count only while the job is held: after a restart of the schedd they reappear on running and completed
 * jobs. A schedd without a JobRouter routes no job, and there all that wait for so long are unrouted. A job of the grid
 * universe whose resource does not answer keeps the state that was last heard of. (Manual: "Job
 * ClassAd Attributes", `JobStatus`, `GridJobStatus`.)
 *
 * @category converting
 * @since 0.1.0
 */
export const fromAd = (ad: StateAd): JobState => {
  switch (ad.JobStatus) {
    case 1:
      return idle(ad)
    case 2:
      return running(ad)
    case 3:
      return ad.LastJobStatus === 4
        ? cases.CompletedThenRemoved.make({ termination: termination(ad), reason: ad.RemoveReason ?? "" })
        : cases.Removed.make({ reason: ad.RemoveReason ?? "" })
    case 4:
      return cases.Completed.make({ termination: termination(ad) })
    case 5:
      return ad.HoldReasonCode === HoldReason.spoolingInput
        ? spooling
        : cases.Held.make({
          code: ad.HoldReasonCode ?? 0,
          subcode: ad.HoldReasonSubCode ?? 0,
          reason: ad.HoldReason ?? "",
          ...(ad.HoldCopiedFromTargetJob === true ? { copied: true } : {})
        })
    case 6:
      return transferring
    case 7:
      return suspended
    case 9:
      return cases.Blocked.make({})
    case 10:
      return cases.Preparing.make({})
    default:
      return cases.Other.make({
        status: ad.JobStatus,
        begun: (ad.JobCurrentStartDate ?? 0) > 0 || (ad.CompletionDate ?? 0) > 0
      })
  }
}
