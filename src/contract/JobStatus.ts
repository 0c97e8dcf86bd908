/**
 * The states of a job.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { time } from "./Fields.ts"

/**
 * The exit of a payload.
 *
 * @category models
 * @since 0.1.0
 */
export const Exit = Schema.TaggedUnion({
  /** An exit code. A batch system behind the compute element may report its own failures as negative codes. */
  Code: {
    code: Schema.Int.annotate({
      description:
        "The exit code. A batch system behind the compute element may report its own failures as negative codes."
    })
  },
  /** The number of the signal that killed the payload. */
  Signal: { signal: Schema.Natural.annotate({ description: "The number of the signal that killed the payload." }) },
  /** The compute element does not report the exit, or reports an unknown one. */
  Unknown: {}
})

/**
 * The exit of a payload.
 *
 * @category models
 * @since 0.1.0
 */
export type Exit = typeof Exit.Type

/**
 * Whether the output of a completed job is at the compute element. It is `Kept` until it is fetched, purged, expired, or
 * removed by the site, and then `Gone`. Fetched output is at the destination of the fetch.
 *
 * @category models
 * @since 0.1.0
 */
export const Output = Schema.Literals(["Kept", "Gone"])

/**
 * Whether the output of a completed job is at the compute element.
 *
 * @category models
 * @since 0.1.0
 */
export type Output = typeof Output.Type

const since = Schema.optionalKey(
  time(
    "The time at which the job entered the state, by the clock of the compute element, in whole seconds. Absent if unknown."
  )
)
const advice = Schema.String.annotate({ description: "A sentence that says what to do." })

/**
 * The cause of a hold, for a program to switch on. The library derives it from the code and the reason of the hold.
 *
 * **Details**
 *
 * - `Request`: a person held the job, its owner or an administrator. The reason names the person
 * - `Submission`: the job cannot run as submitted, because of its program, its image, or a condition in its description
 * - `Payload`: the payload ran, and an output that it should leave is missing, or is not a file
 * - `Resources`: the job used or transferred more than it requested, or than the site allows: memory, disk, time or bytes
 * - `Credential`: the credential that the job carries is invalid
 * - `Transfer`: a file did not reach the job, or did not come back. A server refused it, or the connection broke
 * - `Policy`: a rule of the site
 * - `Site`: a fault at the site
 * - `Unknown`: the compute element gives no reason, or a reason that this library does not know
 *
 * @category models
 * @since 0.1.0
 */
export const HoldCause = Schema.Literals([
  "Request",
  "Submission",
  "Payload",
  "Resources",
  "Credential",
  "Transfer",
  "Policy",
  "Site",
  "Unknown"
])

/**
 * The cause of a hold.
 *
 * @category models
 * @since 0.1.0
 */
export type HoldCause = typeof HoldCause.Type

/**
 * The cause of a removal before the job completed, for a program to switch on. The library derives it from the reason of
 * the removal.
 *
 * **Details**
 *
 * - `Cancelled`: this library cancelled the job, in this process or another
 * - `Retrieved`, `Purged`: this library removed the job after its output had been fetched, or to purge it. The compute
 *   element does not show that it had completed
 * - `SubmissionFailed`: the submission was interrupted before all of its input had arrived, or was rolled back
 * - `Interrupted`: the batch system stopped the job after its start, or a person held and released it. The compute element
 *   does not start a job twice
 * - `WallTime`: the job ran longer than it requested, or than the site allows
 * - `HeldTooLong`: the job was held for longer than the site keeps held jobs
 * - `Expired`: the job had completed, and no fetch came in the time for which the site keeps output
 * - `Disappeared`: the compute element lost the job, or its administrator removed it without a reason
 * - `Request`: a person removed the job, its owner or an administrator. The reason names the person
 * - `Policy`: another rule of the site, or of the job itself
 * - `Unknown`: the compute element gives no reason, or a reason that this library does not know
 *
 * @category models
 * @since 0.1.0
 */
export const RemovalCause = Schema.Literals([
  "Cancelled",
  "Retrieved",
  "Purged",
  "SubmissionFailed",
  "Interrupted",
  "WallTime",
  "HeldTooLong",
  "Expired",
  "Disappeared",
  "Request",
  "Policy",
  "Unknown"
])

/**
 * The cause of a removal before the job completed.
 *
 * @category models
 * @since 0.1.0
 */
export type RemovalCause = typeof RemovalCause.Type

/**
 * The states of a job.
 *
 * **Details**
 *
 * `since` is the time at which the job entered the state, by the clock of the compute element, in whole seconds. It is
 * absent if the compute element does not know it. The documentation of a backend says which times it has. For a running
 * job it is the start of the current run, so a second run has another time. For a completed job it is the end of the
 * payload.
 *
 * **Example** (Showing the status of a job)
 *
 * ```ts
 * import { JobStatus } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * const show = JobStatus.JobStatus.match({
 *   Staging: () => "its input is being transferred",
 *   Waiting: ({ diagnosis }) => diagnosis ?? "queued",
 *   Running: () => "running",
 *   Suspended: () => "suspended",
 *   Finishing: () => "its output is being transferred",
 *   Held: ({ advice, reason }) => `held: ${reason}; ${advice}`,
 *   Completed: ({ exit }) => exit._tag === "Code" ? `exit code ${exit.code}` : exit._tag,
 *   Removed: ({ cause }) => `removed: ${cause}`,
 *   Unknown: () => "no record of it"
 * })
 * assert.strictEqual(show({ _tag: "Completed", exit: { _tag: "Code", code: 0 }, output: "Kept" }), "exit code 0")
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export const JobStatus = Schema.TaggedUnion({
  /** The input of the job is being transferred to the compute element. */
  Staging: { since },
  /** The job is queued. `diagnosis` gives the reason, if one is known. */
  Waiting: {
    since,
    diagnosis: Schema.optionalKey(
      Schema.String.annotate({ description: "The reason for which the job waits. Absent if none is known." })
    )
  },
  /** The job runs. `diagnosis` has the state of the compute element, if this library does not know that state. */
  Running: {
    since,
    diagnosis: Schema.optionalKey(
      Schema.String.annotate({
        description: "The state of the compute element, if this library does not know that state."
      })
    )
  },
  /** The payload has ended, and its output is being transferred to the compute element. */
  Finishing: { since },
  /** The batch system has suspended the payload. */
  Suspended: { since },
  /** The site, a policy or an error stopped the job until it is released or removed. */
  Held: {
    since,
    /** The code of the hold (HTCondor: `HoldReasonCode`). */
    code: Schema.Int.annotate({ description: "The code of the hold (HTCondor: HoldReasonCode)." }),
    /** The subcode of the hold (HTCondor: `HoldReasonSubCode`). */
    subcode: Schema.Int.annotate({ description: "The subcode of the hold (HTCondor: HoldReasonSubCode)." }),
    /** The compute element's name for `code`, for example `TransferOutputError`. */
    name: Schema.String.annotate({
      description: "The compute element's name for the code, for example TransferOutputError."
    }),
    /** The reason of the hold (HTCondor: `HoldReason`). */
    reason: Schema.String.annotate({ description: "The reason of the hold (HTCondor: HoldReason)." }),
    /** The cause of the hold. */
    cause: HoldCause.annotate({ description: "The cause of the hold." }),
    /** A sentence that says what to do. */
    advice,
    /**
     * Whether the batch system behind the compute element holds the job. If so, a release only at the compute element does
     * not last.
     */
    copied: Schema.Boolean.annotate({
      description:
        "Whether the batch system behind the compute element holds the job. If so, a release only at the compute element does not last."
    })
  },
  /** The payload ended, with any exit. `output` says whether its output is at the compute element. */
  Completed: {
    since,
    exit: Exit.annotate({ description: "The exit of the payload." }),
    output: Output.annotate({ description: "Whether the output is at the compute element." })
  },
  /**
   * The job left the compute element before it completed. `reason` says how: it was cancelled, the site removed it, or the
   * compute element lost it. `cause` says the same in one word. `advice` is a sentence that says what to do.
   */
  Removed: {
    since,
    reason: Schema.String.annotate({
      description: "How the job left: it was cancelled, the site removed it, or the compute element lost it."
    }),
    cause: RemovalCause.annotate({ description: "The cause of the removal." }),
    advice
  },
  /** The compute element answered, and has no record of this job. */
  Unknown: {}
})

/**
 * The status of a job.
 *
 * @category models
 * @since 0.1.0
 */
export type JobStatus = typeof JobStatus.Type

/**
 * Whether the payload has started: it runs, is suspended, or has ended. `false` for `Held` and `Removed` jobs, because a
 * compute element does not report it for these.
 *
 * @category guards
 * @since 0.1.0
 */
export const hasStarted: (status: JobStatus) => boolean = JobStatus.isAnyOf([
  "Running",
  "Suspended",
  "Finishing",
  "Completed"
])

/**
 * Whether the job has ended: `true` for `Completed`, `Removed` and `Unknown`. A `Held` job has not ended, because it can be
 * released.
 *
 * @category guards
 * @since 0.1.0
 */
export const isTerminal: (status: JobStatus) => boolean = JobStatus.isAnyOf([
  "Completed",
  "Removed",
  "Unknown"
])

/**
 * The time at which the job entered its state. `undefined` if the compute element does not know it.
 *
 * @category getters
 * @since 0.1.0
 */
export const sinceOf = (status: JobStatus): DateTime.Utc | undefined => "since" in status ? status.since : undefined

/**
 * The same status without `since`. Use it to compare states and ignore their times.
 *
 * @category converting
 * @since 0.1.0
 */
export const withoutSince = (status: JobStatus): JobStatus => {
  if (sinceOf(status) === undefined) return status
  const { since: _, ...rest } = { since: undefined, ...status }
  return rest
}
