/**
 * How a failure ends the command: its exit code, and its words.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { Retry } from "../contract/Retry.ts"

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
 * A file named on the command line cannot be read, or is not what it should be.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidFile extends Schema.TaggedError<InvalidFile>(id("InvalidFile"))("InvalidFile", {
  path: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.path}: ${this.detail}`
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
}

const isRetry = Schema.is(Retry)

/**
 * The words of anything that failed. What has no tag is a bug, an `InternalError`.
 *
 * @category converting
 * @since 0.1.0
 */
export const words = (failure: unknown): Words => {
  const message = oneLine(Predicate.isError(failure) ? failure.message : String(failure))
  if (!Predicate.hasProperty(failure, "_tag") || !Predicate.isString(failure._tag)) {
    return { _tag: "InternalError", message }
  }
  const retry = Predicate.hasProperty(failure, "retry") && isRetry(failure.retry) ? { retry: failure.retry } : {}
  return { _tag: failure._tag, message, ...retry }
}
