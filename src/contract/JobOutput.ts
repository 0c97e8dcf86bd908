/**
 * What a fetched job left behind.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { JobHandle } from "./JobHandle.ts"
import { Exit } from "./JobStatus.ts"

/**
 * One regular file: its name relative to the job's directory, its path on this host, its size in bytes and its
 * permission bits.
 *
 * @category models
 * @since 0.1.0
 */
export const OutputFile = Schema.Struct({
  name: Schema.String,
  path: Schema.String,
  size: Schema.Natural,
  mode: Schema.Natural
})

/**
 * @category models
 * @since 0.1.0
 */
export type OutputFile = typeof OutputFile.Type

/**
 * The output of one job, complete and on stable storage at `directory`.
 *
 * **Details**
 *
 * `stdout`, `stderr` and `log` (the job's event log) are the job's own; `files` are what the payload was asked to
 * leave, below `files/` in the job's directory so that they cannot overwrite anything. `manifest` is the path of this
 * record as JSON.
 *
 * @category models
 * @since 0.1.0
 */
export const JobOutput = Schema.Struct({
  handle: JobHandle,
  directory: Schema.String,
  manifest: Schema.String,
  stdout: OutputFile,
  stderr: OutputFile,
  log: OutputFile,
  files: Schema.Array(OutputFile),
  exit: Exit,
  retrievedAt: Schema.DateTimeUtcFromString
})

/**
 * @category models
 * @since 0.1.0
 */
export type JobOutput = typeof JobOutput.Type
