/**
 * What a held job left behind.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { JobHandle } from "./JobHandle.ts"
import { OutputFile } from "./JobOutput.ts"
import { Exit, JobStatus } from "./JobStatus.ts"

/**
 * What one held job has left, on stable storage at `directory`. It is no output: the job is at the compute element yet, and a fetch
 * of it fails with `NotFinished`.
 *
 * **Details**
 *
 * - `directory`: a directory of its own below the destination, with `.held` in its name
 * - `record`: the path of this record as JSON. It is no manifest, and no fetch takes it for one
 * - `stdout`, `stderr`, `log`: the job's own, as far as they are there
 * - `files`: what is there of the outputs, below `files/`
 * - `missing`: the names that the submission asked for and that are not there, of stdout, stderr and the log too
 * - `exit`: how the payload ended, if it did before the job was held (`ExitCode`, `ExitSignal`)
 * - `hold`: why the job is held
 * - `whole`: whether each file that is there is whole. It is `true` only where the job is held because another output was not
 *   there (code 12, subcode 2). Else files may be cut off, and nothing shows where
 * - `complete`: never
 *
 * @category models
 * @since 0.1.0
 */
export const PartialOutput = Schema.Struct({
  handle: JobHandle,
  directory: Schema.String,
  record: Schema.String,
  stdout: Schema.optionalKey(OutputFile),
  stderr: Schema.optionalKey(OutputFile),
  log: Schema.optionalKey(OutputFile),
  files: Schema.Array(OutputFile),
  missing: Schema.Array(Schema.String),
  exit: Schema.optionalKey(Exit),
  hold: JobStatus.cases.Held,
  whole: Schema.Boolean,
  complete: Schema.Literal(false),
  fetchedAt: Schema.DateTimeUtcFromString
})

/**
 * @category models
 * @since 0.1.0
 */
export type PartialOutput = typeof PartialOutput.Type
