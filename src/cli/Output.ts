/**
 * What the commands print on stdout: one JSON document, or lines for people.
 *
 * @since 0.1.0
 */
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import type { Check } from "../ce/Diagnosis.ts"
import type { CancelOutcome } from "../contract/Capability.ts"
import * as JobError from "../contract/JobError.ts"
import { type JobHandle, JobHandleFromString } from "../contract/JobHandle.ts"
import type { JobOutput, OutputFile } from "../contract/JobOutput.ts"
import { Exit, type JobStatus } from "../contract/JobStatus.ts"
import * as Outcomes from "../contract/Outcomes.ts"
import { Submission, SubmissionWarning } from "../contract/Submission.ts"
import { Incomplete, oneLine, type Words } from "./Failure.ts"

const encodeJson = Schema.encodeEffect(Schema.fromJsonString(Schema.Unknown))

const printJson = (document: unknown): Effect.Effect<void> =>
  Effect.flatMap(Effect.orDie(encodeJson(document)), (text) => Console.log(text))

/**
 * The document of a failure that leaves no outcomes.
 *
 * @category printing
 * @since 0.1.0
 */
export const failure = (words: Words): Effect.Effect<void> => printJson({ error: words })

/**
 * The document of a submission. A handle is its compact form, here and everywhere.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SubmissionDocument = Submission.mapFields(
  Struct.assign({ handles: Schema.Array(JobHandleFromString) })
)

/**
 * @category models
 * @since 0.1.0
 */
export type SubmissionDocument = typeof SubmissionDocument.Type

const encodeSubmission = Schema.encodeEffect(SubmissionDocument)

const jobs = (count: number): string => count === 1 ? "1 job" : `${count} jobs`

const describeWarning = SubmissionWarning.match({
  CredentialExpiresEarly: ({ expiresAt, wallTimeSeconds }) =>
    `the proxy certificate expires at ${
      DateTime.formatIso(expiresAt)
    }, before jobs that may run ${wallTimeSeconds} s end`,
  HistoryHidden: ({ detail }) =>
    `jobs of this key may have run before, the history does not show it: ${oneLine(detail)}`,
  SubmitWarning: ({ detail }) => oneLine(detail)
})

/**
 * Prints a submission: for people, one handle a line.
 *
 * @category printing
 * @since 0.1.0
 */
export const submission = Effect.fn("cli.Output.submission")(function*(json: boolean, submission: Submission) {
  const { adopted, failures, handles, key, warnings } = submission
  if (json) yield* printJson(yield* Effect.orDie(encodeSubmission(submission)))
  else {
    yield* Effect.forEach(handles, (handle) => Console.log(String(handle)))
    yield* Effect.forEach(failures, ({ copy, message }) => Console.error(`copy ${copy}: ${oneLine(message)}`))
    yield* Effect.forEach(warnings, (warning) => Console.error(`warning: ${describeWarning(warning)}`))
    yield* Console.error(`${jobs(handles.length)} ${adopted ? "found" : "submitted"} under key ${key}`)
  }
  if (failures.length > 0) {
    return yield* new Incomplete({ failed: failures.length, asked: failures.length + handles.length })
  }
})

/**
 * Prints the checks of a diagnosis as one list.
 *
 * @category printing
 * @since 0.1.0
 */
export const checks = (checks: ReadonlyArray<Check>): Effect.Effect<void> => printJson(checks)

/**
 * Prints a submit description.
 *
 * @category printing
 * @since 0.1.0
 */
export const description = (json: boolean, text: string): Effect.Effect<void> =>
  json ? printJson({ description: text }) : Console.log(text.trimEnd())

/**
 * A success of one job: its fields in the document, beginning with `_tag`, and what people are told beside the tag. One that
 * `isPartial` ends the command as a failure does.
 *
 * @category models
 * @since 0.1.0
 */
export interface Row {
  readonly fields: { readonly _tag: string; readonly [field: string]: unknown }
  readonly detail: string
  readonly isPartial?: boolean | undefined
}

const exitText: (exit: Exit) => string = Exit.match({
  Code: ({ code }) => `exit ${code}`,
  Signal: ({ signal }) => `signal ${signal}`,
  Unknown: () => "exit unknown"
})

const outputGone = "its output is not at the compute element"

/**
 * @category converting
 * @since 0.1.0
 */
export const statusRow = (status: JobStatus): Row => ({
  fields: status,
  detail: [
    ..."exit" in status && status.exit !== undefined ? [exitText(status.exit)] : [],
    ..."output" in status && status.output === "Gone" ? [outputGone] : [],
    ..."reason" in status ? [status.reason] : [],
    ..."diagnosis" in status && status.diagnosis !== undefined ? [status.diagnosis] : [],
    ..."advice" in status ? [`advice: ${status.advice}`] : []
  ].join(", ")
})

/**
 * @category converting
 * @since 0.1.0
 */
export const outputRow = (output: JobOutput): Row => {
  const file = ({ path, size }: OutputFile) => ({ path, size })
  const { directory, exit, files, log, manifest, released, stderr, stdout, takenOver } = output
  const kept = takenOver === true
    ? ", not released: another process has fetched the job as well"
    : ", not released: the job is still at the compute element"
  return {
    fields: {
      _tag: "Retrieved",
      stdout: file(stdout),
      stderr: file(stderr),
      log: file(log),
      files: files.map(({ name, path, size }) => ({ name, path, size })),
      exit,
      directory,
      manifest,
      released,
      ...(takenOver === true ? { takenOver } : {})
    },
    detail: `${exitText(exit)}, ${directory}${released ? "" : kept}`,
    isPartial: !released
  }
}

/**
 * @category converting
 * @since 0.1.0
 */
export const cancelRow = (outcome: CancelOutcome): Row => ({
  fields: outcome,
  detail: "output" in outcome && outcome.output === "Gone" ? outputGone : ""
})

type AnyJobError = JobError.FetchError | JobError.CancelError

const encodeFailure = Schema.encodeEffect(Schema.toCodecJson(Schema.Union([
  JobError.AlreadyRetrieved,
  JobError.DestinationTaken,
  JobError.LimitExceeded,
  JobError.NotFinished,
  JobError.NotOwner,
  JobError.NotRemovable,
  JobError.OutputMissing,
  JobError.StatusUnavailable,
  JobError.TransferFailed,
  JobError.UnknownJob,
  JobError.UnreadableJob,
  JobError.UnsupportedJobFormat,
  JobError.UnsupportedManifest,
  JobError.HistoryUnavailable,
  JobError.WrongEndpoint
])))

const failureFields = Effect.fnUntraced(function*(error: AnyJobError) {
  const encoded = yield* Effect.orDie(encodeFailure(error))
  const fields = Object.entries(Predicate.isObject(encoded) ? encoded : {}).filter(([name]) => name !== "handle")
  return { _tag: error._tag, message: oneLine(error.message), retry: error.retry, ...Object.fromEntries(fields) }
})

/**
 * Prints one outcome for each job asked, in the order asked, and fails with `Incomplete` if one of them is a failure, or
 * partial.
 *
 * @category printing
 * @since 0.1.0
 */
export const outcomes = Effect.fn("cli.Output.outcomes")(function*<A, E extends AnyJobError>(
  json: boolean,
  asked: ReadonlyArray<JobHandle>,
  outcomes: Outcomes.Outcomes<A, E>,
  row: (value: A) => Row
) {
  const results = new Map<string, Result.Result<A, E>>()
  for (const handle of asked) {
    const result = Outcomes.get(outcomes, handle)
    if (Option.isSome(result)) results.set(String(handle), result.value)
  }
  const rows = yield* Effect.forEach(results, ([handle, result]) =>
    Result.isSuccess(result)
      ? Effect.succeed({ handle, ...row(result.success) })
      : Effect.map(failureFields(result.failure), (fields) => ({ handle, fields, detail: fields.message })))
  if (json) yield* printJson({ outcomes: Object.fromEntries(rows.map(({ fields, handle }) => [handle, fields])) })
  else yield* printRows(rows)
  const failed = Array.from(results.values()).filter(Result.isFailure).length
  const partial = rows.filter((row) => "isPartial" in row && row.isPartial === true).length
  if (failed + partial > 0) return yield* new Incomplete({ failed: failed + partial, asked: rows.length })
})

const printRows = Effect.fnUntraced(function*(rows: ReadonlyArray<Row & { readonly handle: string }>) {
  const width = (cell: (row: typeof rows[number]) => string) => Math.max(...rows.map((row) => cell(row).length))
  const handles = width((row) => row.handle)
  const tags = width((row) => row.fields._tag)
  yield* Effect.forEach(
    rows,
    ({ detail, fields, handle }) =>
      Console.log(`${handle.padEnd(handles)}  ${fields._tag.padEnd(tags)}  ${oneLine(detail)}`.trimEnd())
  )
  yield* Console.error(counts(rows.map((row) => row.fields._tag)))
})

/**
 * How many of which: `"20 jobs: 12 Completed, 8 Running"`.
 *
 * @category converting
 * @since 0.1.0
 */
export const counts = (tags: ReadonlyArray<string>): string => {
  const byTag = new Map<string, number>()
  for (const tag of tags.toSorted()) byTag.set(tag, (byTag.get(tag) ?? 0) + 1)
  const parts = Array.from(byTag, ([tag, count]) => `${count} ${tag}`)
  return parts.length === 0 ? jobs(0) : `${jobs(tags.length)}: ${parts.join(", ")}`
}
