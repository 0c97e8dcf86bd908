/**
 * How a failure ends the command: its exit code, and its message.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { HistoryHidden, SubmissionConflict } from "../contract/BackendError.ts"
import { Retry } from "../contract/Retry.ts"
import { SubmissionKey } from "../contract/SubmissionKey.ts"

const id = (name: string) => `effect-htcondor-ce/${name}`

/**
 * A mistake on the command line, or in the configuration in the environment.
 *
 * @category errors
 * @since 0.1.0
 */
export class UsageError extends Schema.TaggedError<UsageError>(id("UsageError"))("UsageError", {
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}

/**
 * A file named on the command line cannot be read, or is wrong. `line` is where the mistake begins.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidFile extends Schema.TaggedError<InvalidFile>(id("InvalidFile"))("InvalidFile", {
  path: Schema.String,
  line: Schema.optionalKey(Schema.Natural),
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.path}${this.line === undefined ? "" : `:${this.line}`}: ${this.detail}`
  }
}

/**
 * The CE has no jobs of this submission, or does not show whether it has. Then `detail` says why.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnknownSubmission
  extends Schema.TaggedError<UnknownSubmission>(id("UnknownSubmission"))("UnknownSubmission", {
    endpoint: Schema.String,
    key: SubmissionKey,
    detail: Schema.optionalKey(Schema.String)
  })
{
  readonly retry = "Never"
  override get message(): string {
    return `${this.endpoint} has no jobs of submission ${this.key}${
      this.detail === undefined ? "" : `: ${this.detail}`
    }`
  }
}

/**
 * The operation failed for some jobs, or succeeded only in part, when the CE did not release a fetched job. The output has the
 * outcome of each job.
 *
 * @category errors
 * @since 0.1.0
 */
export class Incomplete extends Schema.TaggedError<Incomplete>(id("Incomplete"))("Incomplete", {
  failed: Schema.Natural,
  asked: Schema.Natural
}) {
  override get message(): string {
    return `${this.failed} of ${this.asked} failed`
  }
}

/**
 * - 0: the operation succeeded for every job
 * - 1: it failed for some jobs
 * - 2: a mistake in the flags or in the configuration
 * - 3: the whole operation failed
 *
 * @category models
 * @since 0.1.0
 */
export type ExitCode = 0 | 1 | 2 | 3

const usage: ReadonlySet<string> = new Set([
  "ConfigError",
  "InvalidEndpoint",
  "InvalidFile",
  "InvalidSubmission",
  "UsageError"
])

/**
 * The exit code of a failure: 1 for `Incomplete`, 2 for a mistake that the user can fix on the command line, otherwise 3.
 *
 * @category converting
 * @since 0.1.0
 */
export const exitCode = (tag: string): Exclude<ExitCode, 0> => tag === "Incomplete" ? 1 : usage.has(tag) ? 2 : 3

/**
 * A text on one line: each run of white space becomes one blank.
 *
 * @category converting
 * @since 0.1.0
 */
export const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim()

/**
 * The printed part of a failure: its tag, its message, whether to retry, and advice. Never a stack trace.
 *
 * @category models
 * @since 0.1.0
 */
export interface Words {
  readonly _tag: string
  readonly message: string
  readonly retry?: Retry
  readonly advice?: string
}

const isRetry = Schema.is(Retry)

// Failures whose cause `doctor` finds.
const diagnosed: ReadonlySet<string> = new Set([
  "AuthenticationFailed",
  "AuthorizationDenied",
  "BackendFailed",
  "CEUnavailable",
  "CredentialUnavailable",
  "HostNotTrusted",
  "NotInstalled",
  "TimedOut"
])

const isConflict = Schema.is(SubmissionConflict)

const isHidden = Schema.is(HistoryHidden)

const adviceOn = (failure: { readonly _tag: string }): string | undefined => {
  if (isConflict(failure) && failure.reason === "Payload") {
    return "choose another --key, or adopt the existing jobs with --on-conflict adopt"
  }
  if (isHidden(failure)) return "--on-hidden-history warn submits anyway, but the jobs may run twice"
  if (!diagnosed.has(failure._tag)) return undefined
  const credential = failure._tag === "CredentialUnavailable" ? "name a file with a token: --token-file FILE; or " : ""
  const ce = Predicate.hasProperty(failure, "endpoint") && Predicate.isString(failure.endpoint)
    ? ` --ce ${failure.endpoint}`
    : ""
  return `${credential}run "htcondor-ce doctor${ce}" to see what is wrong`
}

const isTagged = (failure: unknown): failure is { readonly _tag: string } =>
  Predicate.hasProperty(failure, "_tag") && Predicate.isString(failure._tag)

/**
 * The printed part of any failure. A failure without a tag is a bug, and becomes an `InternalError`.
 *
 * @category converting
 * @since 0.1.0
 */
export const words = (failure: unknown): Words => {
  const message = oneLine(Predicate.isError(failure) ? failure.message : String(failure))
  if (!isTagged(failure)) return { _tag: "InternalError", message }
  const retry = Predicate.hasProperty(failure, "retry") && isRetry(failure.retry) ? { retry: failure.retry } : {}
  const { _tag } = failure
  const advice = adviceOn(failure)
  return { _tag, message, ...retry, ...(advice === undefined ? {} : { advice }) }
}
