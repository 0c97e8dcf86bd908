/**
 * How a failure ends the command: its exit code, and its words.
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
 * The command line, or the configuration in the environment, is not usable.
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
 * A file named on the command line cannot be read, or is not what it should be, from this line on.
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
 * The compute element has no jobs of this submission, or does not tell.
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
 * Some ids did not succeed, or only in part: the compute element did not release a fetched job. Each has its outcome in
 * what was printed.
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
 * - 0: every id succeeded
 * - 1: some ids did not
 * - 2: usage or configuration
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
 * The exit code of a failure: whatever is not the caller's to mend on the command line failed as a whole.
 *
 * @category converting
 * @since 0.1.0
 */
export const exitCode = (tag: string): Exclude<ExitCode, 0> => tag === "Incomplete" ? 1 : usage.has(tag) ? 2 : 3

/**
 * Words on one line, whatever lines tools and files have broken them into.
 *
 * @category converting
 * @since 0.1.0
 */
export const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim()

/**
 * What is printed of a failure: never a stack trace.
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

// What the checks of the doctor tell apart.
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
    return "choose another --key, or take the jobs that are there with --on-conflict adopt"
  }
  if (isHidden(failure)) return "--on-hidden-history warn submits all the same: the jobs may run twice then"
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
 * The words of anything that failed. What has no tag is a bug, an `InternalError`.
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
