/**
 * What the tools print, read without believing their exit codes.
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
 * The jobs that `condor_submit -terse` says it put into the queue: `"88.0 - 88.2"`.
 *
 * **Gotchas**
 *
 * They are printed before the input is spooled, so that they can stand beside exit code 1, or 137.
 *
 * @category converting
 * @since 0.1.0
 */
export const submittedJobs = (stdout: string): Array<JobId> =>
  Array.from(stdout.matchAll(/^(\d{1,10})\.(\d{1,10}) - \1\.(\d{1,10})\s*$/gm)).flatMap(([, cluster, first, last]) => {
    // A schedd takes 20,000 jobs in one submission by default; the bound is against nonsense.
    const length = Math.min(Math.max(Number(last) - Number(first) + 1, 0), 1_000_000)
    return Array.from({ length }, (_, index) => decodeId({ cluster: Number(cluster), proc: Number(first) + index }))
      .flatMap((id) => Result.isSuccess(id) ? [id.success] : [])
  })

/**
 * The cluster of so many jobs, if `condor_submit` has printed that many, of one cluster and with consecutive numbers: anything
 * else is not what was submitted.
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
 * What `condor_submit` warns of on stderr: rules of the site (`SUBMIT_REQUIREMENT_<NAME>_IS_WARNING`), once for all jobs of the
 * cluster, and commands that it does not know.
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
 * How much of an answer that cannot be read is shown.
 *
 * @category constants
 * @since 0.1.0
 */
export const shown = 200

/**
 * The beginning of an answer that cannot be read.
 *
 * @category getters
 * @since 0.1.0
 */
export const beginning = (stdout: string): string => stdout.trimStart().slice(0, shown)

/**
 * The ads that `condor_q -json` or `condor_history -json` printed. Nothing at all is an empty list: `condor_q` prints
 * no brackets for it. A record without its number is passed over. Text that is cut short is a failure of the whole.
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
 * What a whole answer was, besides its ads.
 *
 * - `unnamed`: how many records had no number. Each may be any of the jobs that were asked for
 * - `isBlank`: nothing was printed, not even an empty list
 *
 * @category models
 * @since 0.1.0
 */
export interface Answer {
  readonly unnamed: number
  readonly isBlank: boolean
}

/**
 * - `push`: takes the next piece of the text, cut anywhere
 * - `end`: says what the answer was, or why it is none
 *
 * @category models
 * @since 0.1.0
 */
export interface Reader extends Pick<AdReader.AdReader, "push"> {
  end(): Result.Result<Answer, string>
}

/**
 * Reads an answer as it arrives, and gives each ad to `onAd`. A record without its number is counted, and passed over. At the
 * end the reader says whether the answer was whole: until then nothing is known for sure, and least of all that a job is not
 * there.
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
  // Checked with the ad that it stands in.
  const id = new JobId({ cluster: origin.ClusterId, proc: origin.ProcId }, { disableChecks: true })
  return { id, ad, origin }
}

/**
 * What a schedd can do with a job on which it is told to act, in the order of the codes (`dc_schedd.h`).
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
 * The lines `job_<cluster>_<proc> = <code>` of `condor_rm -long` and `condor_release -long`, by `"cluster.proc"`. With `-constraint` only the jobs
 * that matched are there.
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
 * The job at which `condor_transfer_data` gave up. It transfers in the order of the numbers and ends with the first job
 * that fails; then none of its jobs counts as transferred. (Measured on 23.9 and 25.14.)
 *
 * @category converting
 * @since 0.1.0
 */
export const blamedJob = (stderr: string): string | undefined =>
  /File transfer failed for target job (\d{1,10}\.\d{1,10})/.exec(stderr)?.[1]

/**
 * The names that `condor_status -schedd -af Name` printed.
 *
 * @category converting
 * @since 0.1.0
 */
export const scheddNames = (stdout: string): Array<string> =>
  stdout.split("\n").map((line) => line.trim()).filter((line) => line !== "" && line !== "undefined")

const Summary = Schema.fromJsonString(Schema.NonEmptyArray(Schema.Struct({ MyName: Schema.NonEmptyString })))

const decodeSummary = Schema.decodeUnknownResult(Summary)

/**
 * The name in the answer to `condor_q -totals -json`; `undefined` if there is none.
 *
 * @category converting
 * @since 0.1.0
 */
export const ownName = (stdout: string): string | undefined =>
  Result.getOrUndefined(Result.map(decodeSummary(stdout), ([{ MyName }]) => MyName))
