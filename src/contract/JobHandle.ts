/**
 * The durable identity of one job at one compute element.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as HostName from "./HostName.ts"
import { SubmissionKey } from "./SubmissionKey.ts"

// A lone surrogate cannot be encoded as UTF-8, so a handle with one could not be stored or sent.
const Segment = Schema.NonEmptyString.check(Schema.isPattern(/^\P{Cs}+$/u, { expected: "Unicode text" }))

/**
 * Identifies one job. You can store it and send it to another host: an operation needs only the handle.
 *
 * **Details**
 *
 * A scheduler that is reinstalled uses its job numbers again. So `key` and `copy` belong to the identity, and a backend
 * compares them with the job that it finds under the number.
 *
 * Two handles with the same content are equal (`Equal.equals`), and are the same key of a `HashMap`. `endpoint` and
 * `scheduler` are compared as names: `CE.Example.org:9619` and `ce.example.org.:9619` are the same.
 *
 * **Example** (Storing a handle as text)
 *
 * ```ts
 * import { Effect, Equal } from "effect"
 * import { Capability, JobHandle, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { statusOf } = yield* Capability.StatusReporter
 *   const key = SubmissionKey.SubmissionKey.make("task-42")
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key })
 *   const text = String(handles[0])
 *   assert.strictEqual(text, "htcondor-ce/1/ce.example.org:9619/ce.example.org/1.0/task-42/0")
 *   // Later, in another process:
 *   const handle = yield* Effect.fromResult(JobHandle.fromText(text))
 *   assert.strictEqual(Equal.equals(handle, handles[0]), true)
 *   assert.notStrictEqual((yield* statusOf(handle))._tag, "Unknown")
 * })
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class JobHandle extends Schema.Class<JobHandle>("effect-htcondor-ce/contract/JobHandle")({
  /** The version of the format of handles. Always `1`, which is the default of the constructor. */
  version: Schema.Literal(1).annotate({ description: "The version of the format of handles. Always 1." }).pipe(
    Schema.withConstructorDefault(Effect.succeed(1))
  ),
  /**
   * The kind of backend and its route: `"htcondor-ce"` for jobs that were sent to the CE itself, `"htcondor-ce-grid"` for jobs
   * through a submit host.
   */
  backend: Segment.annotate({
    description:
      "The kind of backend and its route: htcondor-ce for jobs that were sent to the CE itself, htcondor-ce-grid through a submit host."
  }),
  /** The address of the compute element, `<host>:<port>`, for example `ce.example.org:9619`. */
  endpoint: Segment.annotate({
    description: "The address of the compute element, <host>:<port>, for example ce.example.org:9619."
  }),
  /**
   * The scheduler that numbered the job. With HTCondor: the name of the CE's schedd, or `<schedd>@<host>:<port>` of the submit
   * host.
   */
  scheduler: Segment.annotate({
    description:
      "The scheduler that numbered the job. With HTCondor: the name of the CE's schedd, or <schedd>@<host>:<port> of the submit host."
  }),
  /** The number of the job at the scheduler. With HTCondor: `<cluster>.<proc>`, for example `12.3`. */
  job: Segment.annotate({
    description: "The number of the job at the scheduler. With HTCondor: <cluster>.<proc>, for example 12.3."
  }),
  /** The key of the submission that the job belongs to. */
  key: SubmissionKey.annotate({ description: "The key of the submission that the job belongs to." }),
  /** The index of the job in the list of copies that was submitted, from 0. */
  copy: Schema.Natural.annotate({
    description: "The index of the job in the list of copies that was submitted, from 0."
  })
}) {
  override toString(): string {
    return toText(this)
  }

  // Programs hash thousands of handles. The default hash of a class costs ten times as much.
  [Hash.symbol](): number {
    return Hash.combine(Hash.string(this.key), Hash.string(this.job))
  }

  [Equal.symbol](that: Equal.Equal): boolean {
    return that instanceof JobHandle && this.job === that.job && this.key === that.key && this.copy === that.copy &&
      this.backend === that.backend && HostName.same(this.endpoint, that.endpoint) &&
      HostName.same(this.scheduler, that.scheduler)
  }
}

// encodeURIComponent leaves these six characters, which have a meaning in a shell or a URL. ":" and "@" are safe there.
const encodeSegment = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%3A", ":")
    .replaceAll("%40", "@")

/**
 * Writes a handle as one line of text: `htcondor-ce/1/ce.example.org:9619/ce.example.org/12.3/my-key/3`.
 *
 * The text needs no quotes in a shell. {@link fromText} gives an equal handle.
 *
 * @category converting
 * @since 0.1.0
 */
export const toText = (handle: typeof JobHandle.Encoded): string =>
  [handle.backend, handle.version, handle.endpoint, handle.scheduler, handle.job, handle.key, handle.copy]
    .map((part) => encodeSegment(String(part)))
    .join("/")

const parts = Schema.Tuple([
  Schema.StringFromUriComponent,
  Schema.Literal("1").transform(1),
  Schema.StringFromUriComponent,
  Schema.StringFromUriComponent,
  Schema.StringFromUriComponent,
  Schema.StringFromUriComponent,
  Schema.String.check(Schema.isPattern(/^(?:0|[1-9]\d{0,15})$/, { expected: "a copy index" }))
])

const decodeParts = Schema.decodeUnknownEffect(parts)

/**
 * The codec between a handle and its text.
 *
 * @category schemas
 * @since 0.1.0
 */
export const JobHandleFromString = Schema.String.pipe(
  Schema.decodeTo(
    JobHandle,
    SchemaTransformation.transformEffect({
      decode: (text, options) =>
        decodeParts(text.split("/")).pipe(
          Effect.map(([backend, version, endpoint, scheduler, job, key, copy]) => ({
            version,
            backend,
            endpoint,
            scheduler,
            job,
            key,
            copy: Number(copy)
          })),
          Effect.mapError(() =>
            new SchemaIssue.InvalidValue(
              { message: "Expected a job handle: \"<backend>/1/<endpoint>/<scheduler>/<job>/<key>/<copy>\"" },
              text,
              options
            )
          )
        ),
      encode: (handle) => Effect.succeed(toText(handle))
    })
  )
)

/**
 * A handle that was decoded from its text.
 *
 * @category models
 * @since 0.1.0
 */
export type JobHandleFromString = typeof JobHandleFromString.Type

/**
 * Reads the text of a handle, as {@link toText} wrote it.
 *
 * @category converting
 * @since 0.1.0
 */
export const fromText = Schema.decodeResult(JobHandleFromString)
