/**
 * Submissions: the payload, its copies, and the result.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { closed } from "./Closed.ts"
import { key, time } from "./Fields.ts"
import { JobHandle } from "./JobHandle.ts"
import { OutputMember } from "./OutputMember.ts"

export * from "./OutputMember.ts"

/**
 * Text for an argument or an environment value: Unicode without NUL, carriage return and newline.
 *
 * @category schemas
 * @since 0.1.0
 */
export const OneLine = Schema.String.check(
  Schema.isPattern(/^[^\0\r\n\p{Cs}]*$/u, { expected: "Unicode text on one line, without NUL" })
)

/**
 * Text for an argument or an environment value.
 *
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
 * Environment variables of the payload.
 *
 * @category models
 * @since 0.1.0
 */
export type Environment = typeof Environment.Type

/**
 * The name of an environment variable.
 *
 * @category models
 * @since 0.1.0
 */
export type EnvironmentName = typeof EnvironmentName.Type

/**
 * Environment variables of the payload.
 *
 * **Gotchas**
 *
 * A site can read them: put secrets in `Copy.secrets`.
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
  name: Schema.String.annotate({ description: "The name of the file in the job's working directory." }),
  source: Schema.NonEmptyString.annotate({
    description: "A path on the submitting host, or a URL that the resource reads."
  })
}))

/**
 * An input of the payload.
 *
 * **Gotchas**
 *
 * A site can read URLs. Do not use a URL that is itself a secret, such as a signed one.
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
  cpus: Schema.optionalKey(Positive.annotate({ description: "The number of cores." })),
  memoryMiB: Schema.optionalKey(Positive.annotate({ description: "The memory in MiB." })),
  diskMiB: Schema.optionalKey(Positive.annotate({ description: "The disk space in MiB." })),
  wallTimeSeconds: Schema.optionalKey(Positive.annotate({ description: "The longest run time in seconds." })),
  gpus: Schema.optionalKey(Schema.Natural.annotate({ description: "The number of GPUs." })),
  queue: Schema.optionalKey(Schema.NonEmptyString.annotate({ description: "The name of a queue of the site." }))
}))

/**
 * The resources of one copy. For an absent field the site's default applies.
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
 * The schema of a {@link SubmissionSpec}. Its fields have descriptions.
 *
 * **Example** (Making a JSON Schema for files with submissions)
 *
 * ```ts
 * import { Schema } from "effect"
 * import { Submission } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * const document = Schema.toJsonSchemaDocument(Submission.SubmissionSpec)
 * assert.deepStrictEqual(document.schema["required"], ["executable"])
 * ```
 *
 * @category schemas
 * @since 0.1.0
 */
export const SubmissionSpec = closed(Schema.Struct({
  executable: Schema.NonEmptyString.annotate({ description: "The path of the payload on the submitting host." }),
  arguments: Schema.optionalKey(
    Schema.Array(Schema.String).annotate({ description: "The arguments of the payload, one string each." })
  ),
  inputs: Schema.optionalKey(
    Schema.Array(FileRef).annotate({ description: "The files that the payload finds in its working directory." })
  ),
  outputs: Schema.optionalKey(Schema.Array(OutputMember).annotate({ description: "The files that come back." })),
  environment: Schema.optionalKey(
    Environment.annotate({ description: "Environment variables of every copy. The site can read them." })
  ),
  resources: Schema.optionalKey(Resources.annotate({ description: "The resources of one copy." })),
  container: Schema.optionalKey(
    closed(Schema.Struct({
      image: Schema.NonEmptyString.annotate({ description: "A path on the site's machines, or a URL." })
    })).annotate({ description: "The container image in which the payload runs." })
  ),
  stdout: Schema.optionalKey(
    Schema.String.annotate({ description: "The name of the file with the standard output. Default: stdout." })
  ),
  stderr: Schema.optionalKey(
    Schema.String.annotate({ description: "The name of the file with the standard error. Default: stderr." })
  ),
  tag: Schema.optionalKey(
    Schema.String.annotate({ description: "Free text, which the site can read. A list can select jobs by it." })
  )
}))

/**
 * One payload, to be submitted in any number of copies.
 *
 * **Details**
 *
 * The schema accepts every value of the right shape, and refuses unknown fields. `submit` fails with `InvalidSubmission`,
 * which names every invalid field, if a value breaks a rule or the backend does not support it.
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
 * The content of a secret file. It is never printed or encoded.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Secret = Schema.Redacted(Schema.Union([Schema.String, Schema.Uint8Array]), { disallowJsonEncode: true })

/**
 * The content of a secret file.
 *
 * @category models
 * @since 0.1.0
 */
export type Secret = typeof Secret.Type

const copyEnvironment = Environment.annotate({
  description: "Environment variables of this copy, which override those of the spec. The site can read them."
})

/**
 * The schema of a {@link Copy}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Copy = closed(Schema.Struct({
  environment: Schema.optionalKey(copyEnvironment),
  secrets: Schema.optionalKey(
    Schema.Record(Schema.String, Secret).annotate({ description: "Secret files of this copy: name and content." })
  )
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
 * A copy as JSON, where a secret is text. It only decodes: encoding a copy with secrets fails.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CopyFromJson = closed(Schema.Struct({
  /** Environment variables of this copy. They override those of the spec. The site can read them. */
  environment: Schema.optionalKey(copyEnvironment),
  /** Secret files: name and content. The payload finds them in its working directory, with mode 0600. */
  secrets: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.RedactedFromValue(Schema.String, { disallowEncode: true }))
      .annotate({ description: "Secret files of this copy: name and content." })
  )
}))

/**
 * A copy that was decoded from JSON.
 *
 * @category models
 * @since 0.1.0
 */
export type CopyFromJson = typeof CopyFromJson.Type

/**
 * A warning about jobs that were submitted.
 *
 * @category models
 * @since 0.1.0
 */
export const SubmissionWarning = Schema.TaggedUnion({
  /** The credential of the jobs expires at `expiresAt`, before a job that started now could use its whole wall time. */
  CredentialExpiresEarly: {
    kind: Schema.Literal("X509Proxy").annotate({ description: "The kind of the credential." }),
    expiresAt: time("The expiry of the credential."),
    wallTimeSeconds: Schema.Int.annotate({ description: "The wall time of the jobs, in seconds." })
  },
  /**
   * Jobs of this key may have left the queue before, and then their payload runs twice. `detail` is the reason: the
   * history was not read to its end, or is not shown.
   */
  HistoryHidden: {
    detail: Schema.String.annotate({ description: "The reason: the history was not read to its end, or is not shown." })
  },
  /** A warning of HTCondor's `condor_submit`: the jobs break a rule of the site, or it does not know a command. */
  SubmitWarning: { detail: Schema.String.annotate({ description: "The warning." }) }
})

/**
 * A warning about jobs that were submitted.
 *
 * @category models
 * @since 0.1.0
 */
export type SubmissionWarning = typeof SubmissionWarning.Type

/**
 * The result of `submit`.
 *
 * @category models
 * @since 0.1.0
 */
export const Submission = Schema.Struct({
  /** The key of the submission. */
  key,
  /** The jobs: `handles[i]` belongs to `copies[i]`. */
  handles: Schema.Array(JobHandle).annotate({
    description: "The jobs: the handle with index i belongs to the copy with index i."
  }),
  /**
   * The copies that could not be submitted, for backends that submit copies one by one. Always empty with an HTCondor-CE,
   * where a submission succeeds or fails as a whole.
   */
  failures: Schema.Array(Schema.Struct({
    copy: Schema.Natural.annotate({ description: "The index of the copy, from 0." }),
    message: Schema.String.annotate({ description: "The reason." })
  })).annotate({ description: "The copies that could not be submitted. Always empty with an HTCondor-CE." }),
  /** Warnings about the jobs. Jobs that were adopted get no warning again. */
  warnings: Schema.Array(SubmissionWarning).annotate({
    description: "Warnings about the jobs. Jobs that were adopted get no warning again."
  }),
  /** `true` if all jobs existed already under this key. */
  adopted: Schema.Boolean.annotate({ description: "true if all jobs existed already under this key." })
})

/**
 * The result of `submit`.
 *
 * @category models
 * @since 0.1.0
 */
export type Submission = typeof Submission.Type

const handles = {
  handles: Schema.Array(JobHandle).annotate({ description: "The jobs of the key at the compute element." })
}

/**
 * The state of a submission at the compute element, as `reconcile` returns it.
 *
 * @category models
 * @since 0.1.0
 */
export const SubmissionState = Schema.TaggedUnion({
  /** The compute element has no job of this key. The key is unused. */
  Absent: {},
  /**
   * The queue has no job of this key, and the history does not show whether jobs have left the queue. `submit` treats the
   * key as unused, unless its options say `onHiddenHistory: "Fail"`.
   */
  HistoryHidden: {
    detail: Schema.String.annotate({ description: "The reason: the history was not read to its end, or is not shown." })
  },
  /**
   * Jobs of the key wait for their input: a client is submitting, or was killed during the submission. `handles` are all of
   * its jobs in the queue, also those that do not wait. `since` is the time at which the last of them began to wait
   * (`EnteredCurrentStatus`, by the compute element's clock). It distinguishes an old submission from a new one.
   */
  Staging: {
    ...handles,
    since: Schema.optionalKey(
      time(
        "The time at which the last of the jobs began to wait, by the clock of the compute element (EnteredCurrentStatus)."
      )
    )
  },
  /**
   * Some copies have no job. The next `submit` with the key submits them. `hidden` is present if their jobs may have left
   * the queue, and says why.
   */
  Incomplete: {
    ...handles,
    hidden: Schema.optionalKey(
      Schema.String.annotate({
        description: "Present if jobs of the other copies may have left the queue: the reason."
      })
    )
  },
  /** Every copy has one job, in the order of the copies. The jobs may be in any state, and may have left the queue. */
  Submitted: handles,
  /** Copies have more than one job. The next `submit` with the key resolves that, or fails with `SubmissionConflict`. */
  Duplicated: handles,
  /**
   * A submit host has handed over jobs with this key, and this route has none. `jobs` are their numbers at the compute
   * element. `submit` fails with `SubmissionConflict`. Only a client that connects to the compute element itself, with the
   * same identity as the submit host, can find this state. A submit host does not see the compute element's queue.
   */
  OtherRoute: {
    detail: Schema.String.annotate({ description: "A sentence about the jobs." }),
    jobs: Schema.Array(Schema.String).annotate({ description: "The numbers of the jobs at the compute element." })
  }
})

/**
 * The state of a submission at the compute element.
 *
 * @category models
 * @since 0.1.0
 */
export type SubmissionState = typeof SubmissionState.Type
