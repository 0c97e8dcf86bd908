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

// Half a surrogate pair cannot be written as UTF-8, so it cannot be stored or sent either.
const Segment = Schema.NonEmptyString.check(Schema.isPattern(/^\P{Cs}+$/u, { expected: "Unicode text" }))

/**
 * Names one job: store it, send it to another host, and every operation works with it alone.
 *
 * **Details**
 *
 * `endpoint` and `scheduler` say where the job is, `job` is its number there. Numbers are reused when a scheduler is
 * installed anew, so `key` and `copy` (the index in the list of copies that was submitted) belong to the identity, and
 * a backend compares them with what it finds under the number.
 *
 * Two handles with the same content are equal (`Equal.equals`) and are the same key of a `HashMap`. `endpoint` and `scheduler`
 * are compared as names are: `CE.Example.org:9619` and `ce.example.org.:9619` are the same.
 *
 * @category models
 * @since 0.1.0
 */
export class JobHandle extends Schema.Class<JobHandle>("effect-htcondor-ce/contract/JobHandle")({
  version: Schema.Literal(1).pipe(Schema.withConstructorDefault(Effect.succeed(1))),
  backend: Segment,
  endpoint: Segment,
  scheduler: Segment,
  job: Segment,
  key: SubmissionKey,
  copy: Schema.Natural
}) {
  override toString(): string {
    return toText(this)
  }

  // Handles are hashed by the thousand: what comparing any two values costs is ten times this.
  [Hash.symbol](): number {
    return Hash.combine(Hash.string(this.key), Hash.string(this.job))
  }

  [Equal.symbol](that: Equal.Equal): boolean {
    return that instanceof JobHandle && this.job === that.job && this.key === that.key && this.copy === that.copy &&
      this.backend === that.backend && HostName.same(this.endpoint, that.endpoint) &&
      HostName.same(this.scheduler, that.scheduler)
  }
}

// encodeURIComponent leaves these six, and a shell or a URL gives them a meaning; ":" and "@" are safe in a path segment.
const encodeSegment = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%3A", ":")
    .replaceAll("%40", "@")

/**
 * The compact form: `htcondor-ce/1/ce.example.org:9619/ce.example.org/12.3/my-key/3`.
 *
 * Needs no quoting in a shell. Reading it back with {@link JobHandleFromString} gives an equal handle.
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
 * A handle as one line of text, both ways.
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
 * @category models
 * @since 0.1.0
 */
export type JobHandleFromString = typeof JobHandleFromString.Type

/**
 * Reads what {@link toText} wrote.
 *
 * @category converting
 * @since 0.1.0
 */
export const fromText = Schema.decodeResult(JobHandleFromString)
