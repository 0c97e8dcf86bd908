/**
 * The files of a held job.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { handle, time } from "./Fields.ts"
import { OutputFile } from "./JobOutput.ts"
import { Exit, JobStatus } from "./JobStatus.ts"

/**
 * The files of one held job, on stable storage at `directory`. They are not its output: the job is still at the compute
 * element, and `fetch` answers `NotFinished`.
 *
 * @category models
 * @since 0.1.0
 */
export const PartialOutput = Schema.Struct({
  /** The job, as the caller named it. */
  handle,
  /** The job's directory below the destination: `<key>.<copy>.<digits>.held`, or with `.2`, `.3`, ... appended. */
  directory: Schema.String.annotate({
    description: "The job's directory below the destination: <key>.<copy>.<digits>.held, or with .2, .3, ... appended."
  }),
  /** The path of this record as JSON. It is not a manifest, and a fetch does not read it. */
  record: Schema.String.annotate({ description: "The path of this record as JSON." }),
  /** The standard output. Absent if the scheduler does not have it. */
  stdout: Schema.optionalKey(
    OutputFile.annotate({ description: "The standard output. Absent if the scheduler does not have it." })
  ),
  /** The standard error. Absent if the scheduler does not have it. */
  stderr: Schema.optionalKey(
    OutputFile.annotate({ description: "The standard error. Absent if the scheduler does not have it." })
  ),
  /** The event log of the job. Absent if the scheduler does not have it. */
  log: Schema.optionalKey(
    OutputFile.annotate({ description: "The event log of the job. Absent if the scheduler does not have it." })
  ),
  /** The outputs that exist, below `files/`. */
  files: Schema.Array(OutputFile).annotate({ description: "The outputs that exist, below files/." }),
  /** The names that the submission asked for and that do not exist, including stdout, stderr and the log. */
  missing: Schema.Array(Schema.String).annotate({
    description: "The names that the submission asked for and that do not exist, including stdout, stderr and the log."
  }),
  /** The exit of the payload, if it ended before the hold (`ExitCode`, `ExitSignal`). */
  exit: Schema.optionalKey(
    Exit.annotate({ description: "The exit of the payload, if it ended before the hold (ExitCode, ExitSignal)." })
  ),
  /** The hold, with its code, reason and cause. */
  hold: JobStatus.cases.Held.annotate({ description: "The hold, with its code, reason and cause." }),
  /**
   * Whether each file is whole. `true` only if the job is held because an output was missing (code 12, subcode 2).
   * Otherwise files may be truncated, and nothing shows which.
   */
  whole: Schema.Boolean.annotate({
    description: "Whether each file is whole. If it is false, files may be truncated, and nothing shows which."
  }),
  /** Always `false`: the files are never the complete output. */
  complete: Schema.Literal(false).annotate({ description: "Always false: the files are never the complete output." }),
  /** The time of the fetch, by the clock of this host. */
  fetchedAt: time("The time of the fetch, by the clock of this host.")
})

/**
 * The files of one held job.
 *
 * @category models
 * @since 0.1.0
 */
export type PartialOutput = typeof PartialOutput.Type
