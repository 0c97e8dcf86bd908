/**
 * Failures of a submission.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { BackendError } from "./BackendFailure.ts"
import { line } from "./Line.ts"
import { left, report, words } from "./Report.ts"
import { byDefault, type Retry } from "./Retry.ts"
import { SubmissionKey } from "./SubmissionKey.ts"

const id = (name: string) => `effect-htcondor-ce/${name}`

/**
 * A field of a submission, such as `inputs[0].name`, and what is wrong with it.
 *
 * @category models
 * @since 0.1.0
 */
export const InvalidField = Schema.Struct({ field: Schema.String, detail: Schema.String })

/**
 * @category models
 * @since 0.1.0
 */
export type InvalidField = typeof InvalidField.Type

/**
 * The backend cannot honour the submission. `issues` has every field that is wrong, in the order in which they were looked
 * at; a field that is wrong in several ways is there several times. Files are looked at only if everything else is right.
 * The message names ten of them at most. Nothing was submitted.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidSubmission
  extends Schema.TaggedError<InvalidSubmission>(id("InvalidSubmission"))("InvalidSubmission", {
    issues: Schema.NonEmptyArray(InvalidField)
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
 * The key names jobs that are not those of this submission. `leftover` are jobs of it that are at the compute element all the
 * same, because this call has submitted or found them; without it nothing was submitted.
 *
 * **Details**
 *
 * - `Copies`: they were submitted with another number of copies. A bug of the caller: one key names one submission
 * - `Payload`: they run something else. A bug of the caller, unless it means to keep them: `onConflict: "Adopt"`
 * - `Duplicated`: more than one cluster has the same copies, and the younger cannot be removed because jobs of it have
 *   completed, or may have. A repair: `reconcile` names the jobs; fetch or cancel those of one cluster
 * - `Unremoved`: the same, but none of them has completed, and the removal failed. Until it succeeds, copies may run twice.
 *   Try again soon
 * - `Staging`: they wait for input that somebody may be sending, or that nobody sends, and cannot be removed without a loss; or
 *   others have submitted with it, and failed, again and again. Try again later; if `detail` says that others have ended, cancel
 *   those that wait
 * - `OtherRoute`: a submit host has handed them on to this compute element. A bug of the caller: use another key, or the route
 *   by that submit host
 * - `Unreadable`: the ad of one of them cannot be read, and no other tells what they are. Try again later
 *
 * @category errors
 * @since 0.1.0
 */
export class SubmissionConflict
  extends Schema.TaggedError<SubmissionConflict>(id("SubmissionConflict"))("SubmissionConflict", {
    key: SubmissionKey,
    reason: Schema.Literals(["Copies", "Payload", "Duplicated", "Unremoved", "Staging", "OtherRoute", "Unreadable"]),
    detail: Schema.String,
    leftover: Schema.optionalKey(Schema.Array(Schema.String))
  })
{
  get retry(): Retry {
    return conflicts[this.reason]
  }
  override get message(): string {
    return line`the submission key ${this.key} is taken: ${this.detail}${left(this.leftover)}`
  }
}

/**
 * Jobs of the submission have been written by another version of this library, whose format this one does not know. They were
 * not touched. If they appeared while this call was submitting, what it had submitted before stays. `format` is absent where a
 * job names none.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnsupportedFormat
  extends Schema.TaggedError<UnsupportedFormat>(id("UnsupportedFormat"))("UnsupportedFormat", {
    endpoint: Schema.String,
    key: SubmissionKey,
    format: Schema.optionalKey(Schema.Int)
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
  endpoint: Schema.String,
  key: SubmissionKey,
  detail: Schema.String
}) {
  readonly retry = "AfterRepair"
  override get message(): string {
    return line`${this.endpoint} does not show whether submission ${this.key} was there before: ${this.detail}`
  }
}

/**
 * The compute element did not take the submission, or not all of it. `leftover` lists the jobs of it that are there all the
 * same: submitting with the same key takes them over, or removes those that never had their input.
 *
 * @category errors
 * @since 0.1.0
 */
export class SubmissionFailed extends Schema.TaggedError<SubmissionFailed>(id("SubmissionFailed"))("SubmissionFailed", {
  endpoint: Schema.String,
  key: SubmissionKey,
  detail: Schema.String,
  retry: byDefault("Later"),
  leftover: Schema.Array(Schema.String),
  report
}) {
  override get message(): string {
    return line`${this.endpoint} did not take submission ${this.key}: ${this.detail}${words(this.report)}${
      left(this.leftover)
    }`
  }
}

/**
 * The `fence` of the caller failed, with the words of `detail`, so that nothing was sent from then on. `leftover` are the jobs of a
 * large submission that were sent before, or found: the next `submit` with the key adopts them. Without it the key is as it was.
 *
 * @category errors
 * @since 0.1.0
 */
export class SubmissionFenced extends Schema.TaggedError<SubmissionFenced>(id("SubmissionFenced"))("SubmissionFenced", {
  endpoint: Schema.String,
  key: SubmissionKey,
  detail: Schema.String,
  leftover: Schema.optionalKey(Schema.Array(Schema.String))
}) {
  readonly retry = "Later"
  override get message(): string {
    return line`submission ${this.key} was not sent to ${this.endpoint}, its fence failed: ${this.detail}${
      left(this.leftover)
    }`
  }
}

/**
 * The compute element refused the submission by a policy of its site, in the words of `detail`. It will refuse the same
 * submission again. Nothing was submitted, but for the jobs of a large submission that `leftover` lists: they were taken before.
 *
 * @category errors
 * @since 0.1.0
 */
export class SubmissionRejected
  extends Schema.TaggedError<SubmissionRejected>(id("SubmissionRejected"))("SubmissionRejected", {
    endpoint: Schema.String,
    key: SubmissionKey,
    detail: Schema.String,
    leftover: Schema.optionalKey(Schema.Array(Schema.String)),
    report
  })
{
  readonly retry = "Never"
  override get message(): string {
    return line`${this.endpoint} refuses submission ${this.key} by its policy: ${this.detail}${left(this.leftover)}`
  }
}

/**
 * What can fail a submission.
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
 * @category errors
 * @since 0.1.0
 */
export type SubmitError = typeof SubmitError.Type
