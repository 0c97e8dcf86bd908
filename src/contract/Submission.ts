/**
 * Submissions: the payload, its copies, and the answer.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { closed } from "./Closed.ts"
import { JobHandle } from "./JobHandle.ts"
import { OutputMember } from "./OutputMember.ts"
import { SubmissionKey } from "./SubmissionKey.ts"

export * from "./OutputMember.ts"

/**
 * Text that an argument or an environment value can carry: Unicode without NUL, carriage return and newline.
 *
 * @category schemas
 * @since 0.1.0
 */
export const OneLine = Schema.String.check(
  Schema.isPattern(/^[^\0\r\n\p{Cs}]*$/u, { expected: "Unicode text on one line, without NUL" })
)

/**
 * @category models
 * @since 0.1.0
 */
export type OneLine = typeof OneLine.Type

/**
 * The name of an environment variable.
 *
 * @category schemas
 * @since 0.1.0
 */
export const EnvironmentName = Schema.String.check(
  Schema.isPattern(/^[A-Za-z_][A-Za-z0-9_]*$/, {
    expected: "the name of an environment variable: letters, digits and \"_\", not beginning with a digit"
  })
)

/**
 * @category models
 * @since 0.1.0
 */
export type Environment = typeof Environment.Type

/**
 * @category models
 * @since 0.1.0
 */
export type EnvironmentName = typeof EnvironmentName.Type

/**
 * Environment variables of the payload.
 *
 * **Gotchas**
 *
 * A site can read them: a secret belongs into `Copy.secrets`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Environment = Schema.Record(Schema.String, Schema.String)

/**
 * Whether the source of an input, or the destination of an output, is a URL and not a path.
 *
 * @category guards
 * @since 0.1.0
 */
export const isUrl = (text: string): boolean => /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text)

/**
 * The schema of a {@link FileRef}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const FileRef = closed(Schema.Struct({
  name: Schema.String,
  source: Schema.NonEmptyString
}))

/**
 * A file that the job finds in its working directory under `name`. `source` is a path on the submitting host, or a URL
 * that the resource reads from.
 *
 * **Gotchas**
 *
 * A site can read URLs: one that is a secret in itself, such as a signed one, is not kept.
 *
 * @category models
 * @since 0.1.0
 */
export interface FileRef {
  /** The name of the file in the job's working directory. */
  readonly name: string
  /** A path on the submitting host, or a URL that the resource reads. */
  readonly source: string
}

const Positive = Schema.Int.check(Schema.isGreaterThan(0))

/**
 * The schema of {@link Resources}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Resources = closed(Schema.Struct({
  cpus: Schema.optionalKey(Positive),
  memoryMiB: Schema.optionalKey(Positive),
  diskMiB: Schema.optionalKey(Positive),
  wallTimeSeconds: Schema.optionalKey(Positive),
  gpus: Schema.optionalKey(Schema.Natural),
  queue: Schema.optionalKey(Schema.NonEmptyString)
}))

/**
 * The resources of one copy. The site's default holds for each field that is absent.
 *
 * @category models
 * @since 0.1.0
 */
export interface Resources {
  /** The number of cores. */
  readonly cpus?: number
  /** The memory in MiB. */
  readonly memoryMiB?: number
  /** The disk space in MiB. */
  readonly diskMiB?: number
  /** The longest run time in seconds. */
  readonly wallTimeSeconds?: number
  /** The number of GPUs. */
  readonly gpus?: number
  /** The name of a queue of the site. */
  readonly queue?: string
}

/**
 * The schema of a {@link SubmissionSpec}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SubmissionSpec = closed(Schema.Struct({
  executable: Schema.NonEmptyString,
  arguments: Schema.optionalKey(Schema.Array(Schema.String)),
  inputs: Schema.optionalKey(Schema.Array(FileRef)),
  outputs: Schema.optionalKey(Schema.Array(OutputMember)),
  environment: Schema.optionalKey(Environment),
  resources: Schema.optionalKey(Resources),
  container: Schema.optionalKey(closed(Schema.Struct({ image: Schema.NonEmptyString }))),
  stdout: Schema.optionalKey(Schema.String),
  stderr: Schema.optionalKey(Schema.String),
  tag: Schema.optionalKey(Schema.String)
}))

/**
 * One payload, to be submitted in any number of copies.
 *
 * **Details**
 *
 * The schema takes every value that has the right shape, and refuses an unknown field. `submit` refuses a submission that the
 * backend cannot honour, with `InvalidSubmission`, which names every wrong field.
 *
 * @category models
 * @since 0.1.0
 */
export interface SubmissionSpec {
  /** The path of the payload on the submitting host. */
  readonly executable: string
  /** The arguments of the payload, one string each. */
  readonly arguments?: ReadonlyArray<string>
  /** The files that the payload finds in its working directory. */
  readonly inputs?: ReadonlyArray<FileRef>
  /**
   * The files that come back. A file that is named without `optional` must exist when the payload ends: HTCondor holds
   * the job if it does not (hold code 12). Use `{ directory }`, `{ name, optional: true }` or `{ glob }` for output
   * that may be absent.
   */
  readonly outputs?: ReadonlyArray<OutputMember>
  /** Environment variables of every copy. The site can read them: put secrets in `Copy.secrets`. */
  readonly environment?: Environment
  /** The resources of one copy. The site's defaults hold for what is absent. */
  readonly resources?: Resources
  /**
   * The container image, as the site's machines know it: a path there, or a URL. The configuration of the CE says how
   * the site runs images.
   */
  readonly container?: { readonly image: string }
  /** The name of the file with the standard output. Default: `stdout`. */
  readonly stdout?: string
  /** The name of the file with the standard error. Default: `stderr`. */
  readonly stderr?: string
  /** Free text, which the site can read. `list` can select jobs by it. */
  readonly tag?: string
}

/**
 * The content of a secret file. Never printed, never encoded.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Secret = Schema.Redacted(Schema.Union([Schema.String, Schema.Uint8Array]), { disallowJsonEncode: true })

/**
 * @category models
 * @since 0.1.0
 */
export type Secret = typeof Secret.Type

/**
 * The schema of a {@link Copy}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Copy = closed(Schema.Struct({
  environment: Schema.optionalKey(Environment),
  secrets: Schema.optionalKey(Schema.Record(Schema.String, Secret))
}))

/**
 * The environment variables and the secrets of one copy.
 *
 * @category models
 * @since 0.1.0
 */
export interface Copy {
  /** Environment variables of this copy. They override those of the spec. The site can read them. */
  readonly environment?: Environment
  /**
   * Secret files: name and content. The payload finds them in its working directory, with mode 0600. No job attribute,
   * command line or log has the content.
   */
  readonly secrets?: { readonly [name: string]: Secret }
}

/**
 * A copy as JSON, where a secret is text. Decoding only: to encode one fails.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CopyFromJson = closed(Schema.Struct({
  environment: Schema.optionalKey(Environment),
  secrets: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.RedactedFromValue(Schema.String, { disallowEncode: true }))
  )
}))

/**
 * @category models
 * @since 0.1.0
 */
export type CopyFromJson = typeof CopyFromJson.Type

/**
 * What may go wrong with jobs that were submitted.
 *
 * - `CredentialExpiresEarly`: the credential that the jobs take with them expires before a job that started now could use
 *   its wall time up
 * - `HistoryHidden`: jobs of this key may have left the queue before, because the history was not searched to its end, or is
 *   not shown; then they have run twice
 * - `SubmitWarning`: what HTCondor's `condor_submit` warned of: a rule of the site that the jobs do not keep, or a command that
 *   it does not know
 *
 * @category models
 * @since 0.1.0
 */
export const SubmissionWarning = Schema.TaggedUnion({
  CredentialExpiresEarly: {
    kind: Schema.Literal("X509Proxy"),
    expiresAt: Schema.DateTimeUtcFromString,
    wallTimeSeconds: Schema.Int
  },
  HistoryHidden: { detail: Schema.String },
  SubmitWarning: { detail: Schema.String }
})

/**
 * @category models
 * @since 0.1.0
 */
export type SubmissionWarning = typeof SubmissionWarning.Type

/**
 * What became of a submission: `handles[i]` belongs to `copies[i]`.
 *
 * **Details**
 *
 * `failures` lists the copies that could not be submitted, for backends that submit one by one; where a submission
 * succeeds or fails as a whole it is empty. `adopted` says that the jobs were there already under this key. A warning is not
 * given again for jobs that were adopted.
 *
 * @category models
 * @since 0.1.0
 */
export const Submission = Schema.Struct({
  key: SubmissionKey,
  handles: Schema.Array(JobHandle),
  failures: Schema.Array(Schema.Struct({ copy: Schema.Natural, message: Schema.String })),
  warnings: Schema.Array(SubmissionWarning),
  adopted: Schema.Boolean
})

/**
 * @category models
 * @since 0.1.0
 */
export type Submission = typeof Submission.Type

const handles = { handles: Schema.Array(JobHandle) }

/**
 * What a compute element knows of a submission.
 *
 * **Details**
 *
 * - `Absent`: nothing; the key is free
 * - `HistoryHidden`: it has none of its jobs in its queue, and its history does not show whether some have left; `submit`
 *   takes the key for a free one, unless its options say `onHiddenHistory: "Fail"`
 * - `Staging`: jobs that wait for their input; somebody is submitting, or was killed in the middle of it. `since` is when the last of
 *   them began to wait (`EnteredCurrentStatus`, by the compute element's clock): it tells an old submission from a new one
 * - `Incomplete`: a part of its jobs; the next `submit` with it submits the others. `hidden` says why these may have left
 *   the queue all the same
 * - `Submitted`: all its jobs, in the order of the copies, whatever has become of them since
 * - `Duplicated`: the jobs of more than one submission with this key; the next `submit` with it resolves that, or says
 *   that it cannot
 * - `OtherRoute`: none by this route, but a submit host has handed on jobs with this key, which have the numbers `jobs` at
 *   the compute element; `submit` fails with `SubmissionConflict`. It is found only by those who talk to the compute element
 *   itself, and as the same identity there as the submit host has. A submit host does not see the compute element's queue
 *
 * @category models
 * @since 0.1.0
 */
export const SubmissionState = Schema.TaggedUnion({
  Absent: {},
  HistoryHidden: { detail: Schema.String },
  Staging: { ...handles, since: Schema.optionalKey(Schema.DateTimeUtcFromString) },
  Incomplete: { ...handles, hidden: Schema.optionalKey(Schema.String) },
  Submitted: handles,
  Duplicated: handles,
  OtherRoute: { detail: Schema.String, jobs: Schema.Array(Schema.String) }
})

/**
 * @category models
 * @since 0.1.0
 */
export type SubmissionState = typeof SubmissionState.Type
