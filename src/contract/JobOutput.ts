/**
 * What a fetched job left behind.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { LocalFailure } from "./BackendFailure.ts"
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

// A file by its name alone, because a destination may be moved. What lies below `files/` is named without it.
const NamedFile = OutputFile.mapFields(Struct.omit(["path"]))

/**
 * What a manifest holds, `manifest.json` in a job's directory: the output with the names of its files instead of paths, and the
 * `version` of the format. It does not say that the job has left the compute element: whoever writes it may be killed before that.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Manifest = JobOutput.mapFields((fields) => ({
  ...Struct.omit(fields, ["directory", "manifest", "released", "takenOver"]),
  version: Schema.Literal(1),
  stdout: NamedFile,
  stderr: NamedFile,
  log: NamedFile,
  files: Schema.Array(NamedFile)
}))

/**
 * @category models
 * @since 0.1.0
 */
export type Manifest = typeof Manifest.Type

/**
 * The output of a manifest that is the file `manifest`: its files are where the manifest stands. It is not `released`, because no
 * manifest says so.
 *
 * @category converting
 * @since 0.1.0
 */
export const ofManifest = (
  path: Path.Path,
  manifest: string,
  content: Manifest
): JobOutput => {
  const { files, log, stderr, stdout } = content
  const directory = path.dirname(manifest)
  const at = (...place: ReadonlyArray<string>) => (file: typeof NamedFile.Type): OutputFile => ({
    ...file,
    path: path.join(directory, ...place, file.name)
  })
  const own = at()
  return {
    ...Struct.omit(content, ["version"]),
    directory,
    manifest,
    released: false,
    stdout: own(stdout),
    stderr: own(stderr),
    log: own(log),
    files: files.map(at("files"))
  }
}

const decodeManifest = Schema.decodeEffect(Schema.fromJsonString(Manifest))

// What another version has written may differ in all else.
const decodeVersion = Schema.decodeEffect(Schema.fromJsonString(Schema.Struct({ version: Schema.Literal(1) })))

/**
 * The output that a manifest records, by the path of the manifest: for a caller that was told `AlreadyRetrieved` and has lost the first
 * answer.
 *
 * **Details**
 *
 * It reads the manifest alone, and does not look at the files: `AlreadyRetrieved` names a manifest only where all of them are there.
 * `released` is `false` in any case, and the modes are those of the time when the manifest was written. It fails with `LocalFailure` if
 * the file cannot be read, is no manifest, or has a version that this library does not know.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromManifest = Effect.fnUntraced(function*(
  manifest: string
): Effect.fn.Return<JobOutput, LocalFailure, FileSystem.FileSystem | Path.Path> {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const failed = (detail: string) => new LocalFailure({ path: manifest, detail })
  const text = yield* Effect.mapError(fileSystem.readFileString(manifest), ({ message }) => failed(message))
  const decoded = yield* Effect.mapError(
    Effect.andThen(decodeVersion(text), decodeManifest(text)),
    ({ message }) => failed(`it is no manifest that can be read: ${message}`)
  )
  return ofManifest(path, path.resolve(manifest), decoded)
})

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
