/**
 * What a job ad says about its job: a table from attributes to states.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as HoldReason from "./HoldReason.ts"
import type { JobAd } from "./JobAd.ts"

/**
 * How the payload ended.
 *
 * @category models
 * @since 0.1.0
 */
export const Termination = Schema.TaggedUnion({
  Code: { code: Schema.Natural },
  Signal: { signal: Schema.Natural }
})

/**
 * @category models
 * @since 0.1.0
 */
export type Termination = typeof Termination.Type

/**
 * Why a job waits that is to be handed on to another schedd, and since when (seconds since 1970).
 *
 * - `Unsubmitted`: the other schedd has not got it yet
 * - `ResourceUnavailable`: the gridmanager gets no answer from there
 *
 * @category models
 * @since 0.1.0
 */
export const Delay = Schema.TaggedUnion({
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
 * `Spooling` is a job held with code 16 while its input arrives. `Left` is a completed job that was removed afterwards:
 * the queue and the history call it removed (3), and only `LastJobStatus` 4 tells that it had completed.
 *
 * @category models
 * @since 0.1.0
 */
export const JobState = Schema.TaggedUnion({
  Spooling: {},
  Idle: { delay: Schema.optionalKey(Delay) },
  Running: {},
  TransferringOutput: {},
  Suspended: {},
  Held: { code: Schema.Int, subcode: Schema.Int, reason: Schema.String },
  Completed: { termination: Termination },
  Left: { termination: Termination, reason: Schema.String },
  Removed: { reason: Schema.String }
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
  "ExitBySignal",
  "ExitCode",
  "ExitSignal",
  "HoldReason",
  "HoldReasonCode",
  "HoldReasonSubCode",
  "RemoveReason",
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

/**
 * How the payload of a job ended, or `undefined` where the ad does not say.
 *
 * **Gotchas**
 *
 * Ask only where the job is over: with `max_retries` the exit of an attempt shows while the next one runs.
 *
 * @category getters
 * @since 0.1.0
 */
export const termination = (ad: StateAd): Termination | undefined => {
  if (ad.ExitBySignal === true) {
    return ad.ExitSignal === undefined || ad.ExitSignal < 0
      ? undefined
      : Termination.cases.Signal.make({ signal: ad.ExitSignal })
  }
  return ad.ExitCode === undefined || ad.ExitCode < 0 ? undefined : Termination.cases.Code.make({ code: ad.ExitCode })
}

const terminated = (ad: StateAd, then: (end: Termination) => JobState): Result.Result<JobState, string> => {
  const end = termination(ad)
  return end === undefined
    ? Result.fail(`completed (JobStatus ${ad.JobStatus}) without ExitCode or ExitSignal`)
    : Result.succeed(then(end))
}

const isAtItsEnd = ({ GridJobStatus }: StateAd): boolean =>
  GridJobStatus === "COMPLETED" || GridJobStatus === "TRANSFERRING_OUTPUT"

// Grid universe: what keeps a job here, or has kept it there. One that the gridmanager has not seen at work is idle to it
// until its output is here.
const idle = (ad: StateAd): JobState => {
  if (ad.GridResource === undefined) return idling
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
 * The state that an ad describes, of the queue or of the history; a failure says what the ad lacks.
 *
 * | JobStatus | and | state |
 * | --- | --- | --- |
 * | 1 | | Idle |
 * | 1 | grid universe, GridJobId, GridJobStatus COMPLETED or TRANSFERRING_OUTPUT | TransferringOutput |
 * | 1 | grid universe, GridResourceUnavailableTime | Idle, its resource unavailable |
 * | 1 | grid universe, no GridJobId | Idle, unsubmitted |
 * | 2 | | Running |
 * | 2 | GridJobStatus COMPLETED or TRANSFERRING_OUTPUT | TransferringOutput |
 * | 2 | GridJobStatus SUSPENDED | Suspended |
 * | 3 | LastJobStatus 4 | Left |
 * | 3 | | Removed |
 * | 4 | | Completed |
 * | 5 | HoldReasonCode 16 | Spooling |
 * | 5 | | Held |
 * | 6 | | TransferringOutput |
 * | 7 | | Suspended |
 *
 * Hold reasons count only while the job is held: after a restart of the schedd they reappear on running and completed
 * jobs. A job of the grid universe whose resource does not answer keeps the state that was last heard of. (Manual: "Job
 * ClassAd Attributes", `JobStatus`, `GridJobStatus`.)
 *
 * @category converting
 * @since 0.1.0
 */
export const fromAd = (ad: StateAd): Result.Result<JobState, string> => {
  switch (ad.JobStatus) {
    case 1:
      return Result.succeed(idle(ad))
    case 2:
      return Result.succeed(running(ad))
    case 3:
      return ad.LastJobStatus === 4
        ? terminated(ad, (end) => cases.Left.make({ termination: end, reason: ad.RemoveReason ?? "" }))
        : Result.succeed(cases.Removed.make({ reason: ad.RemoveReason ?? "" }))
    case 4:
      return terminated(ad, (end) => cases.Completed.make({ termination: end }))
    case 5:
      return Result.succeed(
        ad.HoldReasonCode === HoldReason.spoolingInput
          ? spooling
          : cases.Held.make({
            code: ad.HoldReasonCode ?? 0,
            subcode: ad.HoldReasonSubCode ?? 0,
            reason: ad.HoldReason ?? ""
          })
      )
    case 6:
      return Result.succeed(transferring)
    case 7:
      return Result.succeed(suspended)
  }
}
