/**
 * The output of a command for one job: its fields in a JSON document, and its cells in a table.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { BackendError } from "../contract/BackendError.ts"
import type { CancelOutcome, PurgeOutcome, ReleaseOutcome } from "../contract/Capability.ts"
import * as JobError from "../contract/JobError.ts"
import type { JobHandle } from "../contract/JobHandle.ts"
import type { JobOutput, OutputFile } from "../contract/JobOutput.ts"
import * as JobStatus from "../contract/JobStatus.ts"
import { oneLine, words } from "./Failure.ts"

/**
 * The success of one job.
 *
 * - `fields`: of the JSON document, beginning with `_tag`
 * - `detail`: more about the tag, for people
 * - `runsSince`: the start of a run that has not ended
 * - `isPartial`: the exit code is the one of a failure
 * - `cells`: additional columns, by their titles; `wide`: the same, only with `-o wide`
 *
 * @category models
 * @since 0.1.0
 */
export interface Row {
  readonly fields: { readonly _tag: string; readonly [field: string]: unknown }
  readonly detail: string
  readonly hold?: string | undefined
  readonly since?: DateTime.Utc | undefined
  readonly submitted?: DateTime.Utc | undefined
  readonly runsSince?: DateTime.Utc | undefined
  readonly isPartial?: boolean | undefined
  readonly cells?: Readonly<Record<string, string>> | undefined
  readonly wide?: Readonly<Record<string, string>> | undefined
}

const exitText: (exit: JobStatus.Exit) => string = JobStatus.Exit.match({
  Code: ({ code }) => `exit ${code}`,
  Signal: ({ signal }) => `signal ${signal}`,
  Unknown: () => "exit unknown"
})

const outputGone = "its output is not at the CE"

/**
 * The row of a status.
 *
 * @category converting
 * @since 0.1.0
 */
export const statusRow = (status: JobStatus.JobStatus): Row => ({
  fields: status,
  detail: [
    ..."exit" in status && status.exit !== undefined ? [exitText(status.exit)] : [],
    ..."output" in status && status.output === "Gone" ? [outputGone] : [],
    ..."reason" in status ? [status.reason] : [],
    ..."diagnosis" in status && status.diagnosis !== undefined ? [status.diagnosis] : [],
    ..."advice" in status ? [`advice: ${status.advice}`] : []
  ].join(", "),
  hold: status._tag === "Held" ? `${status.code}/${status.subcode} ${status.name}` : undefined,
  since: JobStatus.sinceOf(status),
  // In all other states `since` is not the start of a run.
  runsSince: status._tag === "Running" ? status.since : undefined
})

/**
 * The row of a fetched output. It is partial if the CE has not released the job.
 *
 * @category converting
 * @since 0.1.0
 */
export const outputRow = (output: JobOutput): Row => {
  const file = ({ path, size }: OutputFile) => ({ path, size })
  const { directory, exit, files, log, manifest, released, stderr, stdout, takenOver } = output
  const kept = takenOver === true
    ? ", not released: another process has also fetched the job"
    : ", not released: the job is still at the CE"
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
 * The row of a cancelled job.
 *
 * @category converting
 * @since 0.1.0
 */
export const cancelRow = (outcome: CancelOutcome): Row => ({
  fields: outcome,
  detail: "output" in outcome && outcome.output === "Gone" ? outputGone : ""
})

/**
 * The row of an outcome that has only a tag.
 *
 * @category converting
 * @since 0.1.0
 */
export const tagRow = (outcome: PurgeOutcome | ReleaseOutcome): Row => ({ fields: outcome, detail: "" })

/**
 * The failure of one job: its own, or that of its CE.
 *
 * @category models
 * @since 0.1.0
 */
export type Failed =
  | JobError.FetchError
  | JobError.HeldFetchError
  | JobError.CancelError
  | JobError.ReleaseError
  | JobError.WaitTimedOut
  | BackendError

const JobFailure = Schema.Union([
  JobError.WaitTimedOut,
  ...JobError.FetchError.members,
  ...JobError.HeldFetchError.members,
  ...JobError.CancelError.members,
  ...JobError.ReleaseError.members
])

const isJobFailure = Schema.is(JobFailure)

const encodeFailure = Schema.encodeEffect(Schema.toCodecJson(JobFailure))

const failureFields = Effect.fnUntraced(function*(error: Failed) {
  if (!isJobFailure(error)) return { ...words(error) }
  const encoded = yield* Effect.orDie(encodeFailure(error))
  const fields = Object.entries(Predicate.isObject(encoded) ? encoded : {}).filter(([name]) => name !== "handle")
  return { _tag: error._tag, message: oneLine(error.message), retry: error.retry, ...Object.fromEntries(fields) }
})

/**
 * A row, with the handle of its job.
 *
 * @category models
 * @since 0.1.0
 */
export type PrintedRow = Row & { readonly handle: JobHandle }

/**
 * The row of one outcome.
 *
 * @category converting
 * @since 0.1.0
 */
export const rowOf = <A, E extends Failed>(
  handle: JobHandle,
  result: Result.Result<A, E>,
  row: (value: A) => Row
): Effect.Effect<PrintedRow> =>
  Result.isSuccess(result)
    ? Effect.succeed({ handle, ...row(result.success) })
    : Effect.map(failureFields(result.failure), (fields) => ({ handle, fields, detail: fields.message }))
