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
 * The states of a job.
 *
 * **Details**
 *
 * - `Staging`: its input is on the way to the compute element
 * - `Waiting`: queued; `diagnosis` says why, where more is known than that
 * - `Running`, `Suspended`
 * - `Finishing`: the payload has ended, its output is on the way to the compute element
 * - `Held`: stopped by the site, by policy or by an error, until somebody releases or removes it; `diagnosis` says what the
 *   reason leaves open
 * - `Completed`: the payload ran to its end, whatever its exit was
 * - `Failed`: the payload's own failure, where the submission asked for such jobs to be marked
 * - `Removed`: cancelled, or taken away by the site, before it completed; `diagnosis` says what the reason means where it is
 *   not plain
 * - `Unknown`: the compute element answered, and knows nothing of this job
 *
 * @category models
 * @since 0.1.0
 */
export const JobStatus = Schema.TaggedUnion({
  Staging: {},
  Waiting: { diagnosis: Schema.optionalKey(Schema.String) },
  Running: {},
  Finishing: {},
  Suspended: {},
  Held: { code: Schema.Int, subcode: Schema.Int, reason: Schema.String, diagnosis: Schema.optionalKey(Schema.String) },
  Completed: { exit: Exit },
  Failed: { reason: Schema.String, exit: Schema.optionalKey(Exit) },
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
  "Failed",
  "Removed",
  "Unknown"
])
