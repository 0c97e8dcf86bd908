/**
 * What a job is doing, in the words of grid computing.
 *
 * @since 0.1.0
 */
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
 * - `Held`: stopped by the site, by policy or by an error, until somebody releases or removes it; `diagnosis` says what the
 *   reason leaves open
 * - `Completed`: the payload ran to its end, whatever its exit was. `output` says whether its output is at the compute element
 * - `Removed`: it left the compute element before it completed. `reason` says how: it was cancelled, the site took it away, or
 *   the compute element has lost it; `diagnosis` says what the reason means where it is not plain
 * - `Unknown`: the compute element answered, and knows nothing of this job
 *
 * @category models
 * @since 0.1.0
 */
export const JobStatus = Schema.TaggedUnion({
  Staging: {},
  Waiting: { diagnosis: Schema.optionalKey(Schema.String) },
  Running: { diagnosis: Schema.optionalKey(Schema.String) },
  Finishing: {},
  Suspended: {},
  Held: { code: Schema.Int, subcode: Schema.Int, reason: Schema.String, diagnosis: Schema.optionalKey(Schema.String) },
  Completed: { exit: Exit, output: Output },
  Removed: { reason: Schema.String, diagnosis: Schema.optionalKey(Schema.String) },
  Unknown: {}
})

/**
 * @category models
 * @since 0.1.0
 */
export type JobStatus = typeof JobStatus.Type

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
