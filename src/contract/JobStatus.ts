/**
 * What a job is doing, in the words of grid computing.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"

/**
 * How a payload ended.
 *
 * **Details**
 *
 * - `Code`: with this exit code; a batch system behind the compute element may use negative ones for failures of its own
 * - `Signal`: killed by the signal of this number
 * - `Unknown`: the compute element does not say, or says nothing that can be understood
 *
 * @category models
 * @since 0.1.0
 */
export const Exit = Schema.TaggedUnion({
  Code: { code: Schema.Int },
  Signal: { signal: Schema.Natural },
  Unknown: {}
})

/**
 * @category models
 * @since 0.1.0
 */
export type Exit = typeof Exit.Type

/**
 * Whether the output of a completed job is at the compute element: `Kept` until it is fetched, purged, expired, or removed by
 * the site, and then `Gone`. What a fetch has brought stands at its destination.
 *
 * @category models
 * @since 0.1.0
 */
export const Output = Schema.Literals(["Kept", "Gone"])

/**
 * @category models
 * @since 0.1.0
 */
export type Output = typeof Output.Type

const since = Schema.optionalKey(Schema.DateTimeUtcFromString)

/**
 * Who or what is behind a hold: what a program can switch on.
 *
 * **Details**
 *
 * - `Request`: somebody asked for it, the job's owner or an administrator; the reason says who
 * - `Submission`: the job cannot run as it was submitted: its program, its image, or a condition that came with it
 * - `Payload`: the payload ran, and did not do what was submitted: an output that it was to leave is missing, or is no file
 * - `Resources`: the job used or moved more than it asked for, or than the site allows: memory, disk, time or bytes
 * - `Credential`: the credential that the job carries is not valid
 * - `Transfer`: a file did not reach the job or come from it: a server did not give it, or the connection broke
 * - `Policy`: a rule of the site
 * - `Site`: something at the site is broken
 * - `Unknown`: the compute element does not say, or says what this library does not know
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
 * @category models
 * @since 0.1.0
 */
export type HoldCause = typeof HoldCause.Type

/**
 * Why a job left the compute element before it completed: what a program can switch on.
 *
 * **Details**
 *
 * - `Cancelled`: this library cancelled it, in this process or another
 * - `Retrieved`, `Purged`: this library let it go when its output had been fetched, or was given up. The compute element
 *   does not say that it had completed
 * - `SubmissionFailed`: its submission was cut off before all of its input had arrived, or was taken back
 * - `Interrupted`: the batch system stopped it after it had started, or somebody held and released it. The compute element
 *   does not start a job twice
 * - `WallTime`: it ran longer than it asked for, or than the site allows
 * - `HeldTooLong`: it was held for longer than the site keeps held jobs
 * - `Expired`: it had completed, and nobody fetched it for as long as the site keeps output
 * - `Disappeared`: the compute element lost it, or its administrator removed it without a word
 * - `Request`: somebody removed it, the job's owner or an administrator; the reason says who
 * - `Policy`: another rule of the site, or of the job itself
 * - `Unknown`: the compute element does not say, or says what this library does not know
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
 * @category models
 * @since 0.1.0
 */
export type RemovalCause = typeof RemovalCause.Type

/**
 * The states of a job.
 *
 * **Details**
 *
 * - `Staging`: its input is on the way to the compute element
 * - `Waiting`: queued; `diagnosis` says why, where more is known than that
 * - `Running`; `diagnosis` says so where the compute element calls it something that this library does not know
 * - `Suspended`
 * - `Finishing`: the payload has ended, its output is on the way to the compute element
 * - `Held`: stopped by the site, by policy or by an error, until somebody releases or removes it. `code` and `subcode` are the
 *   compute element's numbers for the reason, `name` its name for the code, `reason` its words. `cause` says who or what is
 *   behind it, and `advice` in a sentence what to do. `copied` says whether the batch system behind the compute element holds
 *   the job: then a release at the compute element alone does not last
 * - `Completed`: the payload ran to its end, whatever its exit was. `output` says whether its output is at the compute element
 * - `Removed`: it left the compute element before it completed. `reason` says how: it was cancelled, the site took it away, or
 *   the compute element has lost it; `cause` says so in one word, and `advice` in a sentence what to do
 * - `Unknown`: the compute element answered, and knows nothing of this job
 *
 * `since` says when the job came into the state, by the clock of the compute element, in whole seconds. It is absent where the
 * compute element does not know the time. A backend says in its own documentation which times it has. Of a job that runs it is
 * the start of its current run, so that a job that was started again has another one. Of a completed job it is the end of the
 * payload.
 *
 * @category models
 * @since 0.1.0
 */
export const JobStatus = Schema.TaggedUnion({
  Staging: { since },
  Waiting: { since, diagnosis: Schema.optionalKey(Schema.String) },
  Running: { since, diagnosis: Schema.optionalKey(Schema.String) },
  Finishing: { since },
  Suspended: { since },
  Held: {
    since,
    code: Schema.Int,
    subcode: Schema.Int,
    name: Schema.String,
    reason: Schema.String,
    cause: HoldCause,
    advice: Schema.String,
    copied: Schema.Boolean
  },
  Completed: { since, exit: Exit, output: Output },
  Removed: { since, reason: Schema.String, cause: RemovalCause, advice: Schema.String },
  Unknown: {}
})

/**
 * @category models
 * @since 0.1.0
 */
export type JobStatus = typeof JobStatus.Type

/**
 * Whether the payload has begun to run: it runs, is suspended, or has ended. Of a job that is `Held` or `Removed` a compute
 * element does not say.
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
 * Whether nothing more will happen to the job by itself.
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
 * When the job came into its state, where the compute element knows it.
 *
 * @category getters
 * @since 0.1.0
 */
export const sinceOf = (status: JobStatus): DateTime.Utc | undefined => "since" in status ? status.since : undefined

/**
 * The same state without the time: for whoever compares what jobs are doing, and not since when.
 *
 * @category converting
 * @since 0.1.0
 */
export const withoutSince = (status: JobStatus): JobStatus => {
  if (sinceOf(status) === undefined) return status
  const { since: _, ...rest } = { since: undefined, ...status }
  return rest
}
