/**
 * The output of the tools, read without trust in their exit codes.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as JobAd from "../JobAd.ts"
import { JobId } from "../JobId.ts"
import type { ActionResult, PrintedAd } from "../Schedd.ts"
import * as AdReader from "./AdReader.ts"

const decodeId = Schema.decodeUnknownResult(JobId)

/**
 * Returns the jobs that `condor_submit -terse` added to the queue, by its stdout: `"88.0 - 88.2"`.
 *
 * **Gotchas**
 *
 * `condor_submit` prints them before it spools the input. So a failed run, with exit code 1 or 137, may have them, too.
 *
 * @category converting
 * @since 0.1.0
 */
export const submittedJobs = (stdout: string): Array<JobId> =>
  Array.from(stdout.matchAll(/^(\d{1,10})\.(\d{1,10}) - \1\.(\d{1,10})\s*$/gm)).flatMap(([, cluster, first, last]) => {
    // By default a schedd accepts 20,000 jobs in one submission. The bound protects against nonsense.
    const length = Math.min(Math.max(Number(last) - Number(first) + 1, 0), 1_000_000)
    return Array.from({ length }, (_, index) => decodeId({ cluster: Number(cluster), proc: Number(first) + index }))
      .flatMap((id) => Result.isSuccess(id) ? [id.success] : [])
  })

/**
 * Returns the cluster of the jobs, if there are `count` of them, of one cluster and with consecutive numbers. Otherwise they are
 * not the jobs of the submission, and it returns `undefined`.
 *
 * @category converting
 * @since 0.1.0
 */
export const clusterOf = (jobs: ReadonlyArray<JobId>, count: number): JobId["cluster"] | undefined => {
  const [first] = jobs
  return first !== undefined && jobs.length === count &&
      jobs.every(({ cluster, proc }, index) => cluster === first.cluster && proc === first.proc + index)
    ? first.cluster
    : undefined
}

/**
 * Returns the warnings of `condor_submit`, from its stderr: rules of the site (`SUBMIT_REQUIREMENT_<NAME>_IS_WARNING`), once for
 * all jobs of the cluster, and unknown commands.
 *
 * @category converting
 * @since 0.1.0
 */
export const warnings = (stderr: string): Array<string> => {
  const mark = "WARNING:"
  const said = stderr.split("\n").filter((line) => line.startsWith(mark)).flatMap((line) => {
    const text = line.slice(mark.length).trim()
    return text.startsWith("Committed job submission into the queue with the following warning")
      ? []
      : text.split(/\|?QMGMT:0:/).map((one) => one.trim()).filter((one) => one !== "")
  })
  return Array.from(new Set(said))
}

/**
 * The number of characters of an unreadable answer that an error shows.
 *
 * @category constants
 * @since 0.1.0
 */
export const shown = 200

/**
 * Returns the beginning of an unreadable answer.
 *
 * @category getters
 * @since 0.1.0
 */
export const beginning = (stdout: string): string => stdout.trimStart().slice(0, shown)

/**
 * Reads the ads that `condor_q -json` or `condor_history -json` printed. An empty text is an empty list, because `condor_q`
 * prints no brackets for it. A record without a number is left out. If the text is cut short, the result is a failure.
 *
 * @category converting
 * @since 0.1.0
 */
export const ads = (stdout: string): Result.Result<ReadonlyArray<PrintedAd>, string> => {
  const printed: Array<PrintedAd> = []
  const { end, push } = reader((ad) => printed.push(ad))
  push(stdout)
  return Result.map(end(), () => printed)
}

/**
 * The summary of a complete answer.
 *
 * @category models
 * @since 0.1.0
 */
export interface Answer {
  /** The number of records without a number. Each may be any of the jobs of the query. */
  readonly unnamed: number
  /** Whether the tool printed nothing, not even an empty list. */
  readonly isBlank: boolean
}

/**
 * Reads an answer piece by piece. `push` accepts the next piece of the text, which may end anywhere.
 *
 * @category models
 * @since 0.1.0
 */
export interface Reader extends Pick<AdReader.AdReader, "push"> {
  /** Ends the text. Returns the summary of the answer, or the reason why it is not complete. */
  end(): Result.Result<Answer, string>
}

/**
 * Makes a reader for an answer that arrives in pieces. It calls `onAd` for each ad. It counts records without a number, and
 * leaves them out. Only `end` shows whether the answer is complete: until then no job can be called absent.
 *
 * **Example** (Reading an answer in two pieces)
 *
 * ```ts
 * import { Result } from "effect"
 * import { ToolOutput } from "effect-htcondor-ce/condor"
 * import * as assert from "node:assert"
 *
 * const jobs: Array<string> = []
 * const reader = ToolOutput.reader(({ id }) => jobs.push(String(id)))
 * reader.push(`[{ "ClusterId": 7, "ProcId": 0, "JobSta`)
 * assert.strictEqual(Result.isFailure(reader.end()), true)
 * reader.push(`tus": 2 }]`)
 * assert.strictEqual(Result.isSuccess(reader.end()), true)
 * assert.deepStrictEqual(jobs, ["7.0"])
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const reader = (onAd: (ad: PrintedAd) => void): Reader => {
  let unnamed = 0
  const { end, push } = AdReader.make((record) => {
    const ad = fromRecord(record)
    if (ad === undefined) unnamed += 1
    else onAd(ad)
  })
  return { push, end: () => Result.map(end(), (text) => ({ unnamed, isBlank: text === "Blank" })) }
}

const fromRecord = (record: { readonly [name: PropertyKey]: unknown }): PrintedAd | undefined => {
  const ad = Result.mapError(JobAd.fromJson(record), (error) => error.message)
  const origin = Result.isSuccess(ad) ? ad.success : Result.getOrUndefined(JobAd.originFromJson(record))
  if (origin === undefined) return undefined
  // Its numbers were checked with the ad.
  const id = new JobId({ cluster: origin.ClusterId, proc: origin.ProcId }, { disableChecks: true })
  return { id, ad, origin }
}

/**
 * The results of an action for one job, in the order of their codes (`dc_schedd.h`).
 *
 * @category constants
 * @since 0.1.0
 */
export const actionResults: ReadonlyArray<ActionResult> = [
  "Error",
  "Done",
  "NotFound",
  "BadStatus",
  "AlreadyDone",
  "PermissionDenied",
  "LimitExceeded"
]

/**
 * Returns the results of `condor_rm -long` and `condor_release -long`, by `"cluster.proc"`. The tools print lines
 * `job_<cluster>_<proc> = <code>`. With `-constraint` they print only the jobs that match.
 *
 * @category converting
 * @since 0.1.0
 */
export const results = (stdout: string): Map<string, ActionResult> => {
  const result = new Map<string, ActionResult>()
  for (const [, cluster, proc, code] of stdout.matchAll(/^job_(\d+)_(\d+) = (\d+)\s*$/gm)) {
    result.set(`${cluster}.${proc}`, actionResults[Number(code)] ?? "Error")
  }
  return result
}

/**
 * Returns the job at which `condor_transfer_data` stopped. It transfers in the order of the numbers and stops at the first job
 * that fails. Then none of its jobs counts as transferred. (Measured on 23.9 and 25.14.)
 *
 * @category converting
 * @since 0.1.0
 */
export const blamedJob = (stderr: string): string | undefined =>
  /File transfer failed for target job (\d{1,10}\.\d{1,10})/.exec(stderr)?.[1]

/**
 * Returns the names that `condor_status -schedd -af Name` printed.
 *
 * @category converting
 * @since 0.1.0
 */
export const scheddNames = (stdout: string): Array<string> =>
  stdout.split("\n").map((line) => line.trim()).filter((line) => line !== "" && line !== "undefined")

const Summary = Schema.fromJsonString(Schema.NonEmptyArray(Schema.Struct({ MyName: Schema.NonEmptyString })))

const decodeSummary = Schema.decodeUnknownResult(Summary)

/**
 * Returns the client's name in the answer of `condor_q -totals -json`. `undefined` if there is none.
 *
 * @category converting
 * @since 0.1.0
 */
export const ownName = (stdout: string): string | undefined =>
  Result.getOrUndefined(Result.map(decodeSummary(stdout), ([{ MyName }]) => MyName))
