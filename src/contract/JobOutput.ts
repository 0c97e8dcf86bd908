/**
 * What a fetched job left behind.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as HostName from "./HostName.ts"
import { JobHandle } from "./JobHandle.ts"
import { JobRecord } from "./JobRecord.ts"
import { Exit } from "./JobStatus.ts"

/**
 * One regular file: its name relative to the job's directory, its path on this host, its size in bytes and its
 * permission bits there when the answer was given. Its owner may read it when it is fetched.
 *
 * **Details**
 *
 * A payload may give a file a name that is not UTF-8. Such a file has another name at the destination, with `%XX` for each
 * byte that is no text: `name` and `path` say that one, and the path can be opened. A name that would be too long is cut, and
 * one that is taken gets a number: `~2`.
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
 * `record` says when things happened to the job and what it used, as the compute element had it when the output was fetched. It is
 * absent in manifests of versions that did not write it.
 *
 * `released` says whether the job has left the compute element. An `OutputRetriever` that could not release a job says
 * `false`, and so does the manifest, until a fetch to the same place finds that the job has left. The output here is
 * complete, and a fetch to another place would bring it again. The backend tries again after its next operation that changes
 * jobs, and when it is closed. A `RepeatableOutputRetriever` releases no job, so that it always says `false`, and its
 * manifests do not speak of it.
 *
 * `takenOver` is there if the job was not released because another process fetches it, or has fetched it, at the same time:
 * the output here is complete, and the other process may have the same. The manifest does not speak of it: it is for the other
 * process to release the job.
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
  retrievedAt: Schema.DateTimeUtcFromString,
  released: Schema.Boolean,
  record: Schema.optionalKey(JobRecord),
  takenOver: Schema.optionalKey(Schema.Literal(true))
})

/**
 * @category models
 * @since 0.1.0
 */
export type JobOutput = typeof JobOutput.Type

// FNV-1a of 32 bits. What it gives must never change: directories are found again by it.
const digits = (text: string): string => {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, "0")
}

type Place = Pick<JobHandle, "backend" | "copy" | "endpoint" | "key" | "scheduler">

const asSpelt = ({ backend, copy, endpoint, key, scheduler }: Place): string =>
  `${key}.${copy}.${digits(`${backend}/${endpoint}/${scheduler}`)}`

/**
 * The name of a job's directory below a destination: `<key>.<copy>.<8 hexadecimal digits>`.
 *
 * **Details**
 *
 * The digits are the FNV-1a hash (32 bits) of `<backend>/<endpoint>/<scheduler>`, the two names as handles compare them: in
 * lower case, and without a dot at the end. One key at two compute elements so has two directories. Output that is fetched
 * again, because files of the first are gone, has `.2`, `.3`, ... after it.
 *
 * @category getters
 * @since 0.1.0
 */
export const directoryName = (job: Place): string =>
  asSpelt({ ...job, endpoint: HostName.canonical(job.endpoint), scheduler: HostName.canonical(job.scheduler) })

/**
 * The names that a job's directory may have: {@link directoryName}, and the one of a version that did not know that
 * `CE.Example.org` is `ce.example.org`.
 *
 * @category getters
 * @since 0.1.0
 */
export const directoryNames = (job: Place): ReadonlyArray<string> =>
  Array.from(new Set([directoryName(job), asSpelt(job)]))
