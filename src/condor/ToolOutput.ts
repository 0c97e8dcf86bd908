/**
 * What the tools print, read without believing their exit codes.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as JobAd from "./JobAd.ts"
import { JobId } from "./JobId.ts"

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

const decodeList = Schema.decodeUnknownResult(
  Schema.fromJsonString(Schema.Array(Schema.Record(Schema.String, Schema.Unknown)))
)

/**
 * An ad as it was printed: its job, and the ad or what is wrong with it.
 *
 * @category models
 * @since 0.1.0
 */
export interface PrintedAd {
  readonly id: JobId
  readonly ad: Result.Result<JobAd.JobAd, string>
}

/**
 * The ads that `condor_q -json` or `condor_history -json` printed. Nothing at all is an empty list: `condor_q` prints
 * no brackets for it. Text that is cut short, or an ad without its number, is a failure of the whole.
 *
 * @category converting
 * @since 0.1.0
 */
export const ads = (stdout: string): Result.Result<ReadonlyArray<PrintedAd>, string> => {
  if (stdout.trim() === "") return Result.succeed([])
  const list = decodeList(stdout)
  if (Result.isFailure(list)) return Result.fail("the list of ads is not complete JSON")
  const printed: Array<PrintedAd> = []
  for (const record of list.success) {
    const id = decodeId({ cluster: record["ClusterId"], proc: record["ProcId"] })
    if (Result.isFailure(id)) return Result.fail("an ad without ClusterId and ProcId")
    printed.push({ id: id.success, ad: Result.mapError(JobAd.fromJson(record), (error) => error.message) })
  }
  return Result.succeed(printed)
}

/**
 * What a schedd did with one job that it was told to remove (`condor_rm -long`, codes of `dc_schedd.h`).
 *
 * @category models
 * @since 0.1.0
 */
export const Removal = Schema.Literals([0, 1, 2, 3, 4, 5, 6]).transform([
  "Error",
  "Removed",
  "NotFound",
  "BadStatus",
  "AlreadyDone",
  "PermissionDenied",
  "LimitExceeded"
])

/**
 * @category models
 * @since 0.1.0
 */
export type Removal = typeof Removal.Type

const decodeRemoval = Schema.decodeUnknownResult(Removal)

/**
 * The lines `job_<cluster>_<proc> = <code>` of `condor_rm -long`, by `"cluster.proc"`. With `-constraint` only the jobs
 * that matched are there.
 *
 * @category converting
 * @since 0.1.0
 */
export const removals = (stdout: string): Map<string, Removal> => {
  const result = new Map<string, Removal>()
  for (const [, cluster, proc, code] of stdout.matchAll(/^job_(\d+)_(\d+) = (\d+)\s*$/gm)) {
    const removal = decodeRemoval(Number(code))
    result.set(`${cluster}.${proc}`, Result.isSuccess(removal) ? removal.success : "Error")
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
