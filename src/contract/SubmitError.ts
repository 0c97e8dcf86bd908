/**
 * Errors of a submission.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { BackendError } from "./BackendFailure.ts"
import { endpoint, key, reason } from "./Fields.ts"
import { line } from "./Line.ts"
import { left, report, words } from "./Report.ts"
import { byDefault, type Retry } from "./Retry.ts"
import { SubmissionKey } from "./SubmissionKey.ts"

const id = (name: string) => `effect-htcondor-ce/${name}`

/**
 * An invalid field of a submission.
 *
 * @category models
 * @since 0.1.0
 */
export const InvalidField = Schema.Struct({
  /** The path of the field in the submission, for example `inputs[0].name` or `copies[3].environment`. */
  field: Schema.String.annotate({
    description: "The path of the field in the submission, for example inputs[0].name."
  }),
  /** The rule that the value breaks. */
  detail: Schema.String.annotate({ description: "The rule that the value breaks." })
})

/**
 * An invalid field of a submission.
 *
 * @category models
 * @since 0.1.0
 */
export type InvalidField = typeof InvalidField.Type

/**
 * The submission is invalid, or the backend does not support it. Nothing was submitted.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidSubmission
  extends Schema.TaggedError<InvalidSubmission>(id("InvalidSubmission"))("InvalidSubmission", {
    /**
     * Every invalid field, in the order of the checks. A field that breaks several rules is listed several times. Files
     * are checked only if everything else is valid. The message names ten of them at most.
     */
    issues: Schema.NonEmptyArray(InvalidField).annotate({
      description:
        "Every invalid field, in the order of the checks. A field that breaks several rules is listed several times."
    })
  })
{
  readonly retry = "Never"
  override get message(): string {
    const told = this.issues.slice(0, 10).map(({ detail, field }) => `${field}: ${detail}`)
    const more = this.issues.length - told.length
    return line`${[...told, ...(more === 0 ? [] : [`and ${more} more`])].join("; ")}`
  }
}

const conflicts = {
  Copies: "Never",
  Payload: "Never",
  Duplicated: "AfterRepair",
  Unremoved: "Later",
  Staging: "Later",
  OtherRoute: "Never",
  Unreadable: "Later"
} as const satisfies Record<string, Retry>

/**
 * The key belongs to jobs that are not those of this submission.
 *
 * **Details**
 *
 * The reasons, and what to do:
 *
 * - `Copies`: the jobs were submitted with another number of copies. A bug of the caller: one key names one submission
 * - `Payload`: the jobs have another payload. A bug of the caller, unless it wants to keep them: `onConflict: "Adopt"`
 * - `Duplicated`: more than one cluster has the same copies. The younger cluster cannot be removed, because jobs of it have
 *   completed, or may have. `reconcile` names the jobs: fetch or cancel those of one cluster
 * - `Unremoved`: as `Duplicated`, but no job has completed, and the removal failed. Until it succeeds, copies may run
 *   twice. Repeat the call soon
 * - `Staging`: the jobs wait for input that another client may still send, and cannot be removed without a loss. Or others
 *   submitted with the key and failed, several times. Repeat the call later. If `detail` says that others have ended,
 *   cancel the waiting jobs
 * - `OtherRoute`: a submit host has handed the jobs over to this compute element. A bug of the caller: use another key, or
 *   the route through that submit host
 * - `Unreadable`: the ad of one job cannot be read, and no other ad shows what was submitted. Repeat the call later
 *
 * @category errors
 * @since 0.1.0
 */
export class SubmissionConflict
  extends Schema.TaggedError<SubmissionConflict>(id("SubmissionConflict"))("SubmissionConflict", {
    /** The key that is in use. */
    key: SubmissionKey.annotate({ description: "The key that is in use." }),
    /** The kind of conflict, which decides `retry`. */
    reason: Schema.Literals(["Copies", "Payload", "Duplicated", "Unremoved", "Staging", "OtherRoute", "Unreadable"])
      .annotate({
        description: "The kind of conflict, which decides retry."
      }),
    /** The conflict in a sentence. */
    detail: Schema.String.annotate({ description: "The conflict in a sentence." }),
    /**
     * The numbers of jobs of this submission that are at the compute element, because this call submitted or found them.
     * If it is absent, nothing was submitted.
     */
    leftover: Schema.optionalKey(
      Schema.Array(Schema.String).annotate({
        description:
          "The numbers of jobs of this submission that are at the compute element. If it is absent, nothing was submitted."
      })
    )
  })
{
  get retry(): Retry {
    return conflicts[this.reason]
  }
  override get message(): string {
    return line`the submission key ${this.key} is in use: ${this.detail}${left(this.leftover)}`
  }
}

/**
 * Another version of this library submitted jobs with this key, in a format that this version does not know. These jobs are
 * unchanged. If they appeared while this call was submitting, the jobs that it had submitted before stay.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnsupportedFormat
  extends Schema.TaggedError<UnsupportedFormat>(id("UnsupportedFormat"))("UnsupportedFormat", {
    /** The address that the tools called, `<host>:<port>`: the compute element, or the submit host of the route `Grid`. */
    endpoint,
    /** The key of the submission. */
    key,
    /** The version of the format. Absent if a job names none. */
    format: Schema.optionalKey(
      Schema.Int.annotate({ description: "The version of the format. Absent if a job names none." })
    )
  })
{
  readonly retry = "AfterRepair"
  override get message(): string {
    return line`${this.endpoint} has jobs of submission ${this.key} in ${
      this.format === undefined ? "an unknown format" : `format ${this.format}`
    }: use the version of the library that submitted them`
  }
}

/**
 * The queue has no job of the submission, and the history does not show whether one has left it. Nothing was submitted,
 * because the caller asked for that with `onHiddenHistory: "Fail"`.
 *
 * @category errors
 * @since 0.1.0
 */
export class HistoryHidden extends Schema.TaggedError<HistoryHidden>(id("HistoryHidden"))("HistoryHidden", {
  /** The address that the tools called, `<host>:<port>`: the compute element, or the submit host of the route `Grid`. */
  endpoint,
  /** The key of the submission. */
  key,
  /** The reason: the CE does not show its history, or the history was not read to its end. */
  detail: Schema.String.annotate({
    description: "The reason: the CE does not show its history, or the history was not read to its end."
  })
}) {
  readonly retry = "AfterRepair"
  override get message(): string {
    return line`${this.endpoint} does not show whether key ${this.key} was used before: ${this.detail}`
  }
}

/**
 * The compute element did not accept the submission, or accepted only a part of it. Submit again with the same key: it
 * adopts the jobs that exist, and removes those that never got their input.
 *
 * @category errors
 * @since 0.1.0
 */
export class SubmissionFailed extends Schema.TaggedError<SubmissionFailed>(id("SubmissionFailed"))("SubmissionFailed", {
  /** The address that the tools called, `<host>:<port>`: the compute element, or the submit host of the route `Grid`. */
  endpoint,
  /** The key of the submission. */
  key,
  /** The reason. */
  detail: reason,
  /** `"Later"` by default. The cause of the failure decides. */
  retry: byDefault("Later"),
  /** The numbers of the jobs of this submission that are at the compute element. */
  leftover: Schema.Array(Schema.String).annotate({
    description: "The numbers of the jobs of this submission that are at the compute element."
  }),
  report
}) {
  override get message(): string {
    return line`${this.endpoint} did not accept submission ${this.key}: ${this.detail}${words(this.report)}${
      left(this.leftover)
    }`
  }
}

/**
 * The `fence` of the caller failed. Nothing was sent after that.
 *
 * @category errors
 * @since 0.1.0
 */
export class SubmissionFenced extends Schema.TaggedError<SubmissionFenced>(id("SubmissionFenced"))("SubmissionFenced", {
  /** The address that the tools called, `<host>:<port>`: the compute element, or the submit host of the route `Grid`. */
  endpoint,
  /** The key of the submission. */
  key,
  /** The message of the fence's error. */
  detail: Schema.String.annotate({ description: "The message of the fence's error." }),
  /**
   * The numbers of jobs of a large submission that were sent before, or found. The next `submit` with the key adopts
   * them. If it is absent, the key has no new jobs.
   */
  leftover: Schema.optionalKey(
    Schema.Array(Schema.String).annotate({
      description: "The numbers of jobs that were sent before, or found. If it is absent, the key has no new jobs."
    })
  )
}) {
  readonly retry = "Later"
  override get message(): string {
    return line`submission ${this.key} was not sent to ${this.endpoint}, its fence failed: ${this.detail}${
      left(this.leftover)
    }`
  }
}

/**
 * The compute element rejected the submission by a policy of its site. It will reject the same submission again.
 *
 * @category errors
 * @since 0.1.0
 */
export class SubmissionRejected
  extends Schema.TaggedError<SubmissionRejected>(id("SubmissionRejected"))("SubmissionRejected", {
    /** The address that the tools called, `<host>:<port>`: the compute element, or the submit host of the route `Grid`. */
    endpoint,
    /** The key of the submission. */
    key,
    /** The message of the site's policy (HTCondor: a submit requirement). */
    detail: Schema.String.annotate({
      description: "The message of the site's policy (HTCondor: a submit requirement)."
    }),
    /** The numbers of jobs of a large submission that were accepted before. If it is absent, nothing was submitted. */
    leftover: Schema.optionalKey(
      Schema.Array(Schema.String).annotate({
        description: "The numbers of jobs that were accepted before. If it is absent, nothing was submitted."
      })
    ),
    report
  })
{
  readonly retry = "Never"
  override get message(): string {
    return line`${this.endpoint} refuses submission ${this.key} by its policy: ${this.detail}${left(this.leftover)}`
  }
}

/**
 * The errors of `submit`.
 *
 * **Example** (Handling the errors of a submission)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const key = yield* SubmissionKey.generate
 *   yield* submit({ executable: "/bin/true" }, [{}], { key })
 *   // The same key, with another payload.
 *   const answer = yield* submit({ executable: "/bin/false" }, [{}], { key }).pipe(
 *     Effect.map(({ handles }) => `${handles.length} jobs`),
 *     Effect.catchTags({
 *       InvalidSubmission: ({ issues }) => Effect.succeed(`correct ${issues[0].field}`),
 *       SubmissionConflict: ({ reason }) => Effect.succeed(`use another key: ${reason}`)
 *     })
 *   )
 *   assert.strictEqual(answer, "use another key: Payload")
 * })
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const SubmitError = Schema.Union([
  ...BackendError.members,
  InvalidSubmission,
  SubmissionConflict,
  SubmissionFailed,
  SubmissionFenced,
  SubmissionRejected,
  UnsupportedFormat,
  HistoryHidden
])

/**
 * The errors of `submit`.
 *
 * @category errors
 * @since 0.1.0
 */
export type SubmitError = typeof SubmitError.Type
