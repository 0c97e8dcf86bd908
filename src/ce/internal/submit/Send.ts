/**
 * One run of `condor_submit`, and what is left of it where it did not end well.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Constraint from "../../../condor/Constraint.ts"
import type { JobId } from "../../../condor/JobId.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import * as ToolFailure from "../../../condor/tools/ToolFailure.ts"
import * as ToolOutput from "../../../condor/tools/ToolOutput.ts"
import { SubmissionFailed, SubmissionRejected, type SubmitError } from "../../../contract/BackendError.ts"
import type { SubmissionKey } from "../../../contract/SubmissionKey.ts"
import * as Explain from "../credentials/Explain.ts"
import type { Session } from "../credentials/Session.ts"
import * as CopyRange from "./CopyRange.ts"
import * as KnownJobs from "./KnownJobs.ts"
import * as SubmitDirectory from "./SubmitDirectory.ts"
import * as TakeBack from "./TakeBack.ts"

// What is there after a condor_submit that did not end well: all of it, if only its end went wrong; otherwise what could
// not be removed again. Of a cluster that a killed schedd has let go in part, everything stays: the next try replaces it.
const afterFailure = Effect.fnUntraced(
  function*(
    session: Session,
    key: SubmissionKey,
    ours: string,
    range: CopyRange.CopyRange,
    printed: ReadonlyArray<JobId>
  ) {
    const { ads, left: leftover, unsure } = yield* TakeBack.abandon(session, key, ours, printed)
    const [whole] = ads.some(({ ad }) => Result.isSuccess(ad) && KnownJobs.isSpooling(ad.success))
      ? []
      : KnownJobs.partsOf(ads) ?? []
    return {
      leftover,
      doubt: unsure ? ", and the CE did not say what is left of it" : "",
      whole: whole !== undefined && CopyRange.isSame(whole, range) && ads.length === range.count ? whole : undefined
    }
  }
)

/**
 * A cluster that was submitted, and what `condor_submit` warned of.
 */
export interface Sent {
  readonly part: CopyRange.ClusterRange
  readonly warnings: ReadonlyArray<string>
}

const send = Effect.fnUntraced(
  function*(
    session: Session,
    key: SubmissionKey,
    directory: string,
    ours: string,
    range: CopyRange.CopyRange
  ): Effect.fn.Return<Sent, SubmitError> {
    const { address, schedd } = session.endpoint
    const args = ["-terse", "-pool", address, "-remote", schedd, SubmitDirectory.descriptionFile]
    const result = yield* session.run("condor_submit", args, {
      cwd: directory,
      timeout: session.settings.limits.transferTimeout
    }).pipe(
      // It was killed, and may have submitted before.
      Effect.catchTag(
        ["TimedOut", "BackendFailed"],
        ({ message, retry }) =>
          Effect.flatMap(
            afterFailure(session, key, ours, range, []),
            ({ doubt, leftover, whole }) =>
              whole === undefined
                ? new SubmissionFailed({
                  endpoint: address,
                  key,
                  detail: `${message}${doubt}`,
                  retry,
                  leftover,
                  report: { tool: "condor_submit", exitCode: 137, output: "" }
                })
                : Effect.succeed({ part: whole, warnings: [] })
          )
      )
    )
    if ("part" in result) return result
    const jobs = ToolOutput.submittedJobs(result.stdout)
    const warnings = ToolOutput.warnings(result.stderr)
    const cluster = ToolOutput.clusterOf(jobs, range.count)
    if (result.exitCode === 0 && cluster !== undefined) return { part: { ...range, cluster }, warnings }
    const { doubt, leftover, whole } = yield* afterFailure(session, key, ours, range, jobs)
    if (whole !== undefined) return { part: whole, warnings }
    const [first] = jobs
    const failed = Explain.report("condor_submit", result)
    const rejection = ToolFailure.rejection(result)
    if (first === undefined && rejection !== undefined) {
      return yield* new SubmissionRejected({ endpoint: address, key, detail: rejection, report: failed })
    }
    const kind = ToolFailure.classify(result)
    // A job that has a number got past all of these, unless its token expired before its input was spooled; then the whole
    // may be tried again, if nothing is left of it.
    if (first === undefined ? kind !== "Other" : kind === "Authentication" && leftover.length === 0) {
      return yield* Effect.flip(session.explain("condor_submit", result))
    }
    const detail = result.exitCode === 0
      ? `${range.count} jobs of one cluster were to be submitted, and condor_submit names ${named(jobs)}`
      : first === undefined
      ? "condor_submit failed"
      : `the input of cluster ${first.cluster} was not spooled`
    return yield* new SubmissionFailed({
      endpoint: address,
      key,
      detail: `${detail}${doubt}`,
      // Its token has expired on the way, and will be a newer one.
      retry: kind === "Authentication" && first !== undefined ? "Later" : ToolFailure.retry(result),
      leftover,
      report: failed
    })
  }
)

// The last number tells how many they are.
const named = (jobs: ReadonlyArray<JobId>): string => {
  const [first, last] = [jobs[0], jobs.at(-1)]
  return first === undefined || last === undefined ? "none" : jobs.length === 1 ? `${first}` : `${first} to ${last}`
}

/**
 * Submits some copies as one cluster. What is left of an attempt that fails, or is interrupted, is removed.
 */
export const part = Effect.fnUntraced(
  function*(
    session: Session,
    key: SubmissionKey,
    range: CopyRange.CopyRange,
    prepared: SubmitDirectory.Prepared
  ): Effect.fn.Return<Sent, SubmitError, Scope.Scope> {
    const { directory, name } = yield* prepared
    const ours = Constraint.all(OwnAttributes.hasKey(key), OwnAttributes.hasAttempt(name))
    return yield* send(session, key, directory, ours, range).pipe(
      // The CE drops a transfer that breaks off, but not one that had yet to begin.
      Effect.onInterrupt(() =>
        Effect.flatMap(
          TakeBack.abandon(session, key, ours, []),
          ({ left, unsure }) =>
            left.length === 0 && !unsure ? Effect.void : Effect.logWarning(
              `submission ${key} was interrupted, and ${
                unsure
                  ? `${session.endpoint.address} did not say what is left of it`
                  : `there is left ${left.join(", ")}`
              }`
            )
        )
      )
    )
  },
  Effect.scoped
)
