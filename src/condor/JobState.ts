/**
 * The state of a job, from the attributes of its ad.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as HoldReason from "./HoldReason.ts"
import type { JobAd } from "./JobAd.ts"

/**
 * The end of a payload.
 *
 * @category models
 * @since 0.1.0
 */
export const Termination = Schema.TaggedUnion({
  /** The exit code. A batch system behind the CE may report negative codes. */
  Code: { code: Schema.Int },
  /** The number of the signal that ended the payload. */
  Signal: { signal: Schema.Natural },
  /** The ad has no exit, or one that is not understood. */
  Unknown: {}
})

/**
 * @category models
 * @since 0.1.0
 */
export type Termination = typeof Termination.Type

/**
 * The reason why a job still waits at this schedd, and the time since when (seconds since 1970).
 *
 * @category models
 * @since 0.1.0
 */
export const Delay = Schema.TaggedUnion({
  /** The JobRouter of the CE has not taken the job for half an hour. */
  Unrouted: { since: Schema.Natural },
  /** The gridmanager of the submit host has not submitted the job to the CE yet. */
  Unsubmitted: { since: Schema.Natural },
  /** The gridmanager gets no answer from the CE. */
  ResourceUnavailable: { since: Schema.Natural }
})

/**
 * @category models
 * @since 0.1.0
 */
export type Delay = typeof Delay.Type

/**
 * The states of a job in a schedd, in HTCondor's terms.
 *
 * @category models
 * @since 0.1.0
 */
export const JobState = Schema.TaggedUnion({
  /** The input of the job is being spooled: HTCondor holds it with code 16. */
  Spooling: {},
  /** The job is queued. `delay` is present if a known reason delays it. */
  Idle: { delay: Schema.optionalKey(Delay) },
  /** The schedd waits for the input that the job shares with other jobs (from 25.13). */
  Blocked: {},
  /** The schedd prepares the job's cluster (from 25.13). */
  Preparing: {},
  /** The job runs. */
  Running: {},
  /** The payload has ended, and its output is being transferred to the schedd. */
  TransferringOutput: {},
  /** The batch system has suspended the job. */
  Suspended: {},
  /** The job is held. `copied` is `true` if the batch system behind the CE holds it. */
  Held: {
    code: Schema.Int,
    subcode: Schema.Int,
    reason: Schema.String,
    copied: Schema.optionalKey(Schema.Literal(true))
  },
  /** The job has completed, and is in the queue. */
  Completed: { termination: Termination },
  /**
   * The job had completed and was then removed. Its `JobStatus` is 3 (removed), in the queue and in the history. Only
   * `LastJobStatus` 4 shows that it had completed.
   */
  CompletedThenRemoved: { termination: Termination, reason: Schema.String },
  /** The job was removed before it completed. */
  Removed: { reason: Schema.String },
  /** `JobStatus` is a number that this library does not know. `begun` says whether the job has started. */
  Other: { status: Schema.Int, begun: Schema.Boolean }
})

/**
 * @category models
 * @since 0.1.0
 */
export type JobState = typeof JobState.Type

/**
 * The attributes that the state of a job depends on.
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
 * The part of a job's ad with {@link attributes}.
 *
 * @category models
 * @since 0.1.0
 */
export type StateAd = Pick<JobAd, typeof attributes[number]>

const { cases } = JobState

// Thousands of jobs share these states.
const [spooling, idling, transferring, atWork, suspended] = [
  cases.Spooling.make({}),
  cases.Idle.make({}),
  cases.TransferringOutput.make({}),
  cases.Running.make({}),
  cases.Suspended.make({})
]

const unknownEnd = Termination.cases.Unknown.make({})

/**
 * Returns the end of a job's payload.
 *
 * **Details**
 *
 * A batch system behind the CE may leave a negative `ExitCode` (PBS: -1 to -13), or none.
 *
 * **Gotchas**
 *
 * Use it only for jobs that have ended. With `max_retries` an ad has the exit of one attempt while the next one runs.
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

// After this time an HTCondor-CE itself assumes that no route matches the job. A mistake in its default
// SYSTEM_PERIODIC_HOLD keeps it from holding such jobs, so they stay idle without a limit.
const routingTime = 1_800

const queued = ({ EnteredCurrentStatus: since, RoutedToJobId, ServerTime }: StateAd): JobState =>
  RoutedToJobId === undefined && since !== undefined && ServerTime !== undefined && ServerTime - since > routingTime
    ? cases.Idle.make({ delay: Delay.cases.Unrouted.make({ since }) })
    : idling

// The grid universe. If the gridmanager has never seen the job run, it leaves the job idle until its output is here.
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

// The gridmanager has one state for three states of the CE, and copies the name of the CE's state.
const running = (ad: StateAd): JobState =>
  isAtItsEnd(ad)
    ? transferring
    : ad.GridJobStatus === "SUSPENDED"
    ? suspended
    : atWork

/**
 * Returns the state of a job from its ad, from the queue or the history.
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
 * Hold reasons count only for held jobs: after a restart of the schedd they reappear on running and completed jobs. A schedd
 * without a JobRouter routes no job, so all jobs that wait for that time are unrouted. A job of the grid universe keeps its
 * last known state while the CE does not answer. (Manual: "Job ClassAd Attributes", `JobStatus`, `GridJobStatus`.)
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
