/**
 * The output of a fetched job.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { LocalFailure } from "./BackendFailure.ts"
import { handle, time } from "./Fields.ts"
import * as HostName from "./HostName.ts"
import type { JobHandle } from "./JobHandle.ts"
import { JobRecord } from "./JobRecord.ts"
import { Exit } from "./JobStatus.ts"

/**
 * One regular file at the destination. The owner of the fetching process can read it.
 *
 * **Details**
 *
 * A payload may give a file a name that is not UTF-8. Such a file has another name at the destination, with `%XX` for each
 * byte that is not text: `name` and `path` have that name. A name that would be too long is cut, and a name that exists
 * already gets a number: `~2`.
 *
 * @category models
 * @since 0.1.0
 */
export const OutputFile = Schema.Struct({
  /** The name of the file, relative to the job's directory. For outputs it is relative to `files/` in that directory. */
  name: Schema.String.annotate({
    description:
      "The name of the file, relative to the job's directory. For outputs it is relative to files/ in that directory."
  }),
  /** The path of the file on this host. */
  path: Schema.String.annotate({ description: "The path of the file on this host." }),
  /** The size in bytes. */
  size: Schema.Natural.annotate({ description: "The size in bytes." }),
  /** The permission bits when the answer was given, for example `0o644`. */
  mode: Schema.Natural.annotate({ description: "The permission bits when the answer was given, as a number." })
})

/**
 * One regular file at the destination.
 *
 * @category models
 * @since 0.1.0
 */
export type OutputFile = typeof OutputFile.Type

/**
 * The output of one job, complete and on stable storage at `directory`.
 *
 * @category models
 * @since 0.1.0
 */
export const JobOutput = Schema.Struct({
  /** The job, as the caller named it. */
  handle,
  /**
   * The job's directory below the destination: `<key>.<copy>.<digits>` ({@link directoryName}). It ends in `.2`, `.3` and so on
   * if an earlier output there is damaged.
   */
  directory: Schema.String.annotate({
    description: "The job's directory below the destination: <key>.<copy>.<digits>."
  }),
  /** The path of this record as JSON, for {@link fromManifest}. */
  manifest: Schema.String.annotate({ description: "The path of this record as JSON." }),
  /** The standard output. */
  stdout: OutputFile.annotate({ description: "The standard output." }),
  /** The standard error. */
  stderr: OutputFile.annotate({ description: "The standard error." }),
  /** The event log of the job, as HTCondor wrote it. */
  log: OutputFile.annotate({ description: "The event log of the job, as HTCondor wrote it." }),
  /** The outputs of the submission. They are below `files/`, so that they cannot overwrite the other files. */
  files: Schema.Array(OutputFile).annotate({ description: "The outputs of the submission. They are below files/." }),
  /** The exit of the payload. */
  exit: Exit.annotate({ description: "The exit of the payload." }),
  /** The time of the fetch, by the clock of this host. */
  retrievedAt: time("The time of the fetch, by the clock of this host."),
  /**
   * Whether the job has left the compute element. `false` if an `OutputRetriever` could not remove it: the output here is
   * complete, and a fetch to another destination would bring it again. The backend tries again after its next operation
   * that changes jobs, and when it is closed. The manifest then has `"released": false`, until a fetch to the same
   * destination finds that the job has left. A `RepeatableOutputRetriever` removes no job, so it always says `false`.
   */
  released: Schema.Boolean.annotate({
    description:
      "Whether the job has left the compute element. If it is false, the output here is complete all the same."
  }),
  /**
   * The times and the usage of the job, as the compute element had them at the fetch. Absent in manifests of versions that
   * did not write it.
   */
  record: Schema.optionalKey(
    JobRecord.annotate({
      description: "The times and the usage of the job, as the compute element had them at the fetch."
    })
  ),
  /**
   * Present if the job was not removed because another process fetches it, or has fetched it, at the same time. The output
   * here is complete, and the other process may have the same. The other process removes the job.
   */
  takenOver: Schema.optionalKey(
    Schema.Literal(true).annotate({
      description:
        "Present if the job was not removed because another process fetches it, or has fetched it, at the same time."
    })
  )
})

/**
 * The output of one job.
 *
 * @category models
 * @since 0.1.0
 */
export type JobOutput = typeof JobOutput.Type

// A manifest has names and no paths, because a user may move the destination. Outputs are named without `files/`.
const NamedFile = OutputFile.mapFields(Struct.omit(["path"]))

/**
 * The content of a manifest, `manifest.json` in a job's directory: the output with the names of its files instead of paths,
 * and the `version` of the format. It never says that the job has left the compute element, because the process may be
 * killed after it has written the manifest and before it removes the job. A manifest may have `"released": false`: the job was
 * still there at the last attempt to remove it. This schema ignores that note.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Manifest = JobOutput.mapFields((fields) => ({
  ...Struct.omit(fields, ["directory", "manifest", "released", "takenOver"]),
  version: Schema.Literal(1).annotate({ description: "The version of the format of manifests. Always 1." }),
  stdout: NamedFile.annotate({ description: "The standard output." }),
  stderr: NamedFile.annotate({ description: "The standard error." }),
  log: NamedFile.annotate({ description: "The event log of the job, as HTCondor wrote it." }),
  files: Schema.Array(NamedFile).annotate({ description: "The outputs of the submission. They are below files/." })
}))

/**
 * The content of a manifest.
 *
 * @category models
 * @since 0.1.0
 */
export type Manifest = typeof Manifest.Type

/**
 * Makes an output from the content of the manifest at the path `manifest`. Its files are in the directory of the manifest.
 * `released` is `false`, because no manifest says that a job has left.
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

// A manifest of another version may differ in everything else.
const decodeVersion = Schema.decodeEffect(Schema.fromJsonString(Schema.Struct({ version: Schema.Literal(1) })))

/**
 * Reads a manifest, and returns the output that it records.
 *
 * **When to use**
 *
 * A fetch answered `AlreadyRetrieved`, and the answer of the first fetch is lost.
 *
 * **Details**
 *
 * It reads only the manifest, and does not check the files: `AlreadyRetrieved` names a manifest only if all of them exist.
 * `released` is always `false`, and the modes are those at the time when the manifest was written. It fails with
 * `LocalFailure` if the file is unreadable, is not a manifest, or has a version that this library does not know.
 *
 * **Example** (Reading the output of an earlier fetch)
 *
 * ```ts
 * import { Effect, FileSystem } from "effect"
 * import { Capability, JobOutput, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { waitFor } = yield* Capability.StatusReporter
 *   const { fetchOne } = yield* Capability.OutputRetriever
 *   const destination = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   yield* waitFor(handles, { until: "Terminal" })
 *   const first = yield* fetchOne(handles[0]!, destination)
 *   const again = yield* fetchOne(handles[0]!, destination).pipe(
 *     Effect.catchTag("AlreadyRetrieved", ({ manifest }) => JobOutput.fromManifest(manifest!))
 *   )
 *   assert.deepStrictEqual(again.stdout, first.stdout)
 * })
 * ```
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
    ({ message }) => failed(`it is not a readable manifest: ${message}`)
  )
  return ofManifest(path, path.resolve(manifest), decoded)
})

// FNV-1a of 32 bits. Its result must never change, because later fetches find directories by it.
const digits = (text: string): string => {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, "0")
}

type Place = Pick<JobHandle, "backend" | "copy" | "endpoint" | "key" | "scheduler">

const asSpelt = ({ backend, copy, endpoint, key, scheduler }: Place): string =>
  `${key}.${copy}.${digits(`${backend}/${endpoint}/${scheduler}`)}`

/**
 * Returns the name of a job's directory below a destination: `<key>.<copy>.<8 hexadecimal digits>`.
 *
 * **Details**
 *
 * The digits are the 32-bit FNV-1a hash of `<backend>/<endpoint>/<scheduler>`, with both names in their canonical form: in
 * lower case, and without a trailing dot. So one key at two compute elements has two directories. If output is fetched
 * again because files of the first fetch are gone, `.2`, `.3`, ... is appended.
 *
 * **Example** (Finding the directory of a job)
 *
 * ```ts
 * import { JobHandle, JobOutput, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * const handle = JobHandle.JobHandle.make({
 *   backend: "htcondor-ce",
 *   endpoint: "ce.example.org:9619",
 *   scheduler: "ce.example.org",
 *   job: "1.0",
 *   key: SubmissionKey.SubmissionKey.make("task-42"),
 *   copy: 0
 * })
 * assert.match(JobOutput.directoryName(handle), /^task-42\.0\.[0-9a-f]{8}$/)
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const directoryName = (job: Place): string =>
  asSpelt({ ...job, endpoint: HostName.canonical(job.endpoint), scheduler: HostName.canonical(job.scheduler) })

/**
 * Returns the names that a job's directory may have: {@link directoryName}, and the name that an older version gave it,
 * which did not treat `CE.Example.org` as `ce.example.org`.
 *
 * @category getters
 * @since 0.1.0
 */
export const directoryNames = (job: Place): ReadonlyArray<string> =>
  Array.from(new Set([directoryName(job), asSpelt(job)]))
