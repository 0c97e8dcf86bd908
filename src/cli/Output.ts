/**
 * The output of the commands on stdout: one JSON document, or lines for people.
 *
 * @since 0.1.0
 */
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import type { Check } from "../ce/Diagnosis.ts"
import type { DepartedJob, ListedJob } from "../contract/Capability.ts"
import { type JobHandle, JobHandleFromString } from "../contract/JobHandle.ts"
import type * as JobStatus from "../contract/JobStatus.ts"
import * as Outcomes from "../contract/Outcomes.ts"
import { Submission, SubmissionState, SubmissionWarning } from "../contract/Submission.ts"
import type { SubmissionKey } from "../contract/SubmissionKey.ts"
import { Incomplete, oneLine, type Words } from "./Failure.ts"
import type { Format } from "./GlobalFlags.ts"
import * as Row from "./Row.ts"
import * as Table from "./Table.ts"

const encodeJson = Schema.encodeEffect(Schema.fromJsonString(Schema.Unknown))

/**
 * Prints one JSON document.
 *
 * @category printing
 * @since 0.1.0
 */
export const json = (document: unknown): Effect.Effect<void> =>
  Effect.flatMap(Effect.orDie(encodeJson(document)), (text) => Console.log(text))

/**
 * Prints the document of a failure of the whole operation.
 *
 * @category printing
 * @since 0.1.0
 */
export const failure = (words: Words): Effect.Effect<void> => json({ error: words })

/**
 * The document of a submission. Handles are in their compact form, as in all documents.
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
  HistoryHidden: ({ detail }) => `jobs of this key may have run before, but the history is hidden: ${oneLine(detail)}`,
  SubmitWarning: ({ detail }) => oneLine(detail)
})

/**
 * Prints a submission: one document, or one handle per line. Fails with `Incomplete` if some copies failed.
 *
 * @category printing
 * @since 0.1.0
 */
export const submission = Effect.fn("cli.Output.submission")(function*(format: Format, submission: Submission) {
  const { adopted, failures, handles, key, warnings } = submission
  if (format === "json") yield* json(yield* Effect.orDie(encodeSubmission(submission)))
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

const describeState = SubmissionState.match({
  Absent: () => "the CE has no jobs of it",
  HistoryHidden: ({ detail }) => `the queue has no jobs of it, and the history is hidden: ${oneLine(detail)}`,
  Staging: () => "some jobs still wait for their input",
  Incomplete: () => "copies are missing: submit again with the key",
  Submitted: () => "the CE has all of its jobs",
  Duplicated: () => "some copies exist twice: submit again with the key",
  OtherRoute: ({ detail, jobs }) => `${oneLine(detail)}: ${jobs.join(", ")}`
})

/**
 * Prints the jobs that a CE has of a submission. Fails with `Incomplete` in all states but `Submitted`.
 *
 * @category printing
 * @since 0.1.0
 */
export const submissionState = Effect.fn("cli.Output.submissionState")(function*(
  format: Format,
  key: SubmissionKey,
  state: SubmissionState
) {
  const handles = "handles" in state ? state.handles : []
  if (format === "json") {
    const { _tag } = state
    const more = "detail" in state ? { detail: state.detail } : {}
    yield* json({ _tag, key, handles: handles.map(String), ...more })
  } else {
    yield* Effect.forEach(handles, (handle) => Console.log(String(handle)))
    yield* Console.error(`${jobs(handles.length)} of ${key}, ${state._tag}: ${describeState(state)}`)
  }
  if (state._tag !== "Submitted") return yield* new Incomplete({ failed: 1, asked: 1 })
})

/**
 * Prints the checks of a diagnosis as one JSON list.
 *
 * @category printing
 * @since 0.1.0
 */
export const checks = (checks: ReadonlyArray<Check>): Effect.Effect<void> => json(checks)

/**
 * Prints a submit description.
 *
 * @category printing
 * @since 0.1.0
 */
export const description = (format: Format, text: string): Effect.Effect<void> =>
  format === "json" ? json({ description: text }) : Console.log(text.trimEnd())

/**
 * Prints one outcome for each job in `asked`, in this order. Fails with `Incomplete` if one of them is a failure or partial, or if
 * `also` is above 0: the number of other outcomes that count as failures.
 *
 * @category printing
 * @since 0.1.0
 */
export const outcomes = Effect.fn("cli.Output.outcomes")(function*<A, E extends Row.Failed>(
  format: Format,
  asked: ReadonlyArray<JobHandle>,
  outcomes: Outcomes.Outcomes<A, E>,
  row: (value: A) => Row.Row,
  also = 0
) {
  const results = asked.flatMap((handle) =>
    Option.match(Outcomes.get(outcomes, handle), {
      onNone: () => [],
      onSome: (result) => [{ handle, result }]
    })
  )
  const rows = yield* Effect.forEach(results, ({ handle, result }) => Row.rowOf(handle, result, row))
  yield* print(format, rows)
  const failed = results.filter(({ result }) => Result.isFailure(result)).length + also
  const partial = rows.filter(({ isPartial }) => isPartial === true).length
  if (failed + partial > 0) return yield* new Incomplete({ failed: failed + partial, asked: rows.length })
})

/**
 * Prints the new status of a job as one line of JSON, with the tag of its `previous` status.
 *
 * @category printing
 * @since 0.1.0
 */
export const change = Effect.fnUntraced(function*<E extends Row.Failed>(
  handle: JobHandle,
  outcome: Result.Result<JobStatus.JobStatus, E>,
  previous: string | undefined
) {
  const { fields } = yield* Row.rowOf(handle, outcome, Row.statusRow)
  yield* json({ handle: String(handle), ...fields, ...(previous === undefined ? {} : { previous }) })
})

/**
 * Prints the last JSON line of a watch: why it has ended.
 *
 * @category printing
 * @since 0.1.0
 */
export const ended = (reason: string, message: string): Effect.Effect<void> => json({ ended: reason, message })

const ce: Table.Column<Row.PrintedRow> = { title: "CE", cell: ({ handle }) => handle.endpoint }

const columns = (now: DateTime.Utc): ReadonlyArray<Table.Column<Row.PrintedRow>> => [
  { title: "JOB", cell: ({ handle }) => handle.job },
  { title: "KEY", cell: ({ handle }) => `${handle.key}/${handle.copy}` },
  { title: "STATUS", cell: ({ fields }) => fields._tag },
  { title: "FOR", cell: ({ since }) => Table.ago(now, since) },
  { title: "AGE", cell: ({ submitted }) => Table.ago(now, submitted) },
  { title: "HOLD", cell: ({ hold }) => hold ?? "" }
]

// A CE does not know the execute host, and it knows the run time only of jobs that have ended (`describe`).
const runTime = (now: DateTime.Utc): Table.Column<Row.PrintedRow> => ({
  title: "RUN TIME",
  cell: ({ runsSince }) => Table.ago(now, runsSince)
})

const detail: Table.Column<Row.PrintedRow> = { title: "DETAIL", cell: ({ detail }) => oneLine(detail) }

const cells = (
  rows: ReadonlyArray<Row.PrintedRow>,
  of: "cells" | "wide"
): ReadonlyArray<Table.Column<Row.PrintedRow>> =>
  Array.from(new Set(rows.flatMap((row) => Object.keys(row[of] ?? {}))), (title) => ({
    title,
    cell: (row) => row[of]?.[title] ?? ""
  }))

const print = Effect.fnUntraced(function*(format: Format, rows: ReadonlyArray<Row.PrintedRow>) {
  switch (format) {
    case "json":
      return yield* json({
        outcomes: Object.fromEntries(rows.map(({ fields, handle }) => [String(handle), fields]))
      })
    case "name":
      return yield* Effect.forEach(rows, ({ handle }) => Console.log(String(handle)), { discard: true })
    default: {
      // The number of a job is unique only at one CE.
      const several = rows.some(({ handle }) => handle.endpoint !== rows[0]?.handle.endpoint)
      const now = yield* DateTime.now
      const shown = [
        ...(several || format === "wide" ? [ce] : []),
        ...columns(now),
        ...(format === "wide" ? [runTime(now)] : []),
        ...cells(rows, "cells"),
        ...(format === "wide" ? cells(rows, "wide") : []),
        ...(format === "wide" ? [{ title: "HANDLE", cell: ({ handle }: Row.PrintedRow) => String(handle) }] : []),
        detail
      ]
      yield* Effect.forEach(Table.lines(shown, rows), (line) => Console.log(line), { discard: true })
      return yield* Console.error(counts(rows.map(({ fields }) => fields._tag)))
    }
  }
})

const other = (job: Exclude<ListedJob | DepartedJob, { readonly handle: JobHandle }>): string => {
  switch (job._tag) {
    case "OtherFormat":
      return `job ${job.job}: another version of this library submitted it, in ${
        job.format === undefined ? "an unknown format" : `format ${job.format}`
      }`
    case "Unreadable":
      return `job ${job.job ?? "without number"}: ${oneLine(job.detail)}`
    case "Cut":
      return `truncated: ${job.endpoint} did not show all of its history${
        job.reaches === undefined ? "" : `, only back to ${DateTime.formatIso(job.reaches)}`
      }: ${oneLine(job.detail)}`
  }
}

/**
 * Prints the jobs of a list. Fails with `Incomplete` if some of them are unreadable, or if the list is truncated.
 *
 * @category printing
 * @since 0.1.0
 */
export const listed = Effect.fn("cli.Output.listed")(
  function*(format: Format, all: ReadonlyArray<ListedJob | DepartedJob>) {
    if (format === "json") {
      yield* json({ jobs: all.map((job) => "handle" in job ? { ...job, handle: String(job.handle) } : job) })
    } else {
      const rows = all.flatMap((job): ReadonlyArray<Row.PrintedRow> =>
        "handle" in job ? [{ handle: job.handle, ...Row.statusRow(job.status), submitted: job.submitted }] : []
      )
      yield* print(format, rows)
    }
    const others = all.flatMap((job) => "handle" in job ? [] : [job])
    yield* Effect.forEach(others, (job) => Console.error(other(job)), { discard: true })
    if (others.length > 0) return yield* new Incomplete({ failed: others.length, asked: all.length })
  }
)

/**
 * The number of jobs, in total and for each tag: `"20 jobs: 12 Completed, 8 Running"`.
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
