/**
 * Runs `condor_submit` once, and handles the remains of a failed run.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Constraint from "../../../condor/Constraint.ts"
import type { JobId } from "../../../condor/JobId.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { NotSubmitted } from "../../../condor/Schedd.ts"
import {
  type BackendFailed,
  type CredentialUnavailable,
  SubmissionFailed,
  type SubmissionFenced,
  SubmissionRejected,
  type SubmitError,
  type TimedOut
} from "../../../contract/BackendError.ts"
import type { SubmissionKey } from "../../../contract/SubmissionKey.ts"
import type { Session } from "../credentials/Session.ts"
import * as CopyRange from "./CopyRange.ts"
import * as KnownJobs from "./KnownJobs.ts"
import type * as SubmitDirectory from "./SubmitDirectory.ts"
import * as TakeBack from "./TakeBack.ts"

interface Aftermath extends Pick<TakeBack.Abandoned, "leftover" | "leftoverUnknown"> {
  readonly fullySubmitted: CopyRange.ClusterRange | undefined
}

// The jobs in the queue after a failed condor_submit. If all of them were submitted, only the end of the run failed. Otherwise
// they are the jobs that could not be removed. If a schedd was killed after it released a part of a cluster, the whole cluster
// stays: the next attempt replaces it.
const afterFailure = Effect.fnUntraced(
  function*(
    session: Session,
    key: SubmissionKey,
    ours: string,
    range: CopyRange.CopyRange,
    printed: ReadonlyArray<JobId>
  ) {
    const { ads, leftover, leftoverUnknown } = yield* TakeBack.abandon(session, key, ours, printed)
    const [submitted] = ads.some(({ ad }) => Result.isSuccess(ad) && KnownJobs.isSpooling(ad.success))
      ? []
      : KnownJobs.partsOf(ads) ?? []
    const isFull = submitted !== undefined && CopyRange.isSame(submitted, range) && ads.length === range.count
    const answer: Aftermath = { leftover, leftoverUnknown, fullySubmitted: isFull ? submitted : undefined }
    return answer
  }
)

const doubtOf = ({ leftoverUnknown }: Aftermath): string =>
  leftoverUnknown ? ", and the CE did not say what is left of it" : ""

/**
 * A submitted cluster, and the warnings of `condor_submit`.
 */
export interface Sent {
  readonly part: CopyRange.ClusterRange
  readonly warnings: ReadonlyArray<string>
}

// The failure of a submission, if it left no complete cluster.
const failureOf = Effect.fnUntraced(function*(
  session: Session,
  key: SubmissionKey,
  count: number,
  failed: NotSubmitted<CredentialUnavailable>,
  aftermath: Aftermath
): Effect.fn.Return<SubmitError> {
  const { address } = session.endpoint
  const { kind, queued, rejection, report } = failed
  const { leftover } = aftermath
  const [first] = queued
  if (first === undefined && rejection !== undefined) {
    return new SubmissionRejected({ endpoint: address, key, detail: rejection, report })
  }
  // Reasons other than these apply only before a job has an id. One exception: the token expired before the input was spooled.
  // Then the whole submission may be repeated, if nothing is left of it.
  if (first === undefined ? kind !== "Other" : kind === "Credential" && leftover.length === 0) {
    return yield* Effect.match(failed.explain, { onFailure: Effect.succeed, onSuccess: session.explain }).pipe(
      Effect.flatten
    )
  }
  const detail = failed.succeeded
    ? `${count} jobs of one cluster were to be submitted, and condor_submit names ${named(queued)}`
    : first === undefined
    ? "condor_submit failed"
    : `the input of cluster ${first.cluster} was not spooled`
  return new SubmissionFailed({
    endpoint: address,
    key,
    detail: `${detail}${doubtOf(aftermath)}`,
    // Its token expired during the submission. The next attempt has a newer one.
    retry: kind === "Credential" && first !== undefined ? "Later" : failed.retry,
    leftover,
    report
  })
})

/**
 * A caller's check, run immediately before each cluster is sent.
 */
export type Fence = Effect.Effect<void, SubmissionFenced>

const send = Effect.fnUntraced(
  function*(
    session: Session,
    key: SubmissionKey,
    { description, directory }: SubmitDirectory.Attempt,
    ours: string,
    range: CopyRange.CopyRange,
    fence: Fence
  ): Effect.fn.Return<Sent, SubmitError> {
    const timeout = session.settings.limits.transferTimeout
    return yield* session.submit({ description, directory, timeout, fence }).pipe(
      Effect.map(({ cluster, warnings }): Sent => ({ part: { ...range, cluster }, warnings })),
      Effect.catchTags({
        NotSubmitted: (failed) =>
          Effect.flatMap(
            afterFailure(session, key, ours, range, failed.queued),
            (aftermath) =>
              aftermath.fullySubmitted === undefined
                ? Effect.flip(failureOf(session, key, range.count, failed, aftermath))
                : Effect.succeed<Sent>({ part: aftermath.fullySubmitted, warnings: failed.warnings })
          ),
        // The tool was killed, and may have submitted the jobs before that.
        TimedOut: (error) => afterKill(session, key, ours, range, error),
        BackendFailed: (error) => afterKill(session, key, ours, range, error)
      })
    )
  }
)

const afterKill = (
  session: Session,
  key: SubmissionKey,
  ours: string,
  range: CopyRange.CopyRange,
  { message, retry }: TimedOut | BackendFailed
): Effect.Effect<Sent, SubmitError> =>
  Effect.flatMap(
    afterFailure(session, key, ours, range, []),
    (aftermath) =>
      aftermath.fullySubmitted === undefined
        ? Effect.fail(
          new SubmissionFailed({
            endpoint: session.endpoint.address,
            key,
            detail: `${message}${doubtOf(aftermath)}`,
            retry,
            leftover: aftermath.leftover,
            report: { tool: "condor_submit", exitCode: 137, output: "" }
          })
        )
        : Effect.succeed({ part: aftermath.fullySubmitted, warnings: [] })
  )

// The range of job ids. The last one shows how many there are.
const named = (jobs: ReadonlyArray<JobId>): string => {
  const [first, last] = [jobs[0], jobs.at(-1)]
  return first === undefined || last === undefined ? "none" : jobs.length === 1 ? `${first}` : `${first} to ${last}`
}

/**
 * Submits some copies as one cluster. Removes the remains of an attempt that fails or is interrupted. If it is interrupted when the
 * whole cluster has been submitted, the cluster stays, and `look` checks whether another client came first.
 */
export const part = Effect.fnUntraced(
  function*(
    session: Session,
    key: SubmissionKey,
    range: CopyRange.CopyRange,
    prepared: SubmitDirectory.Prepared,
    fence: Fence,
    look: (part: CopyRange.ClusterRange) => Effect.Effect<void>
  ): Effect.fn.Return<Sent, SubmitError, Scope.Scope> {
    const attempt = yield* prepared
    const ours = Constraint.all(OwnAttributes.hasKey(key), OwnAttributes.hasAttempt(attempt.name))
    return yield* send(session, key, attempt, ours, range, fence).pipe(
      // The CE removes the jobs of a transfer that breaks off, but not the jobs of a transfer that had not begun.
      Effect.onInterrupt(() =>
        Effect.flatMap(
          afterFailure(session, key, ours, range, []),
          Effect.fnUntraced(function*({ fullySubmitted, leftover, leftoverUnknown }) {
            if (leftover.length === 0 && !leftoverUnknown) return
            yield* Effect.logWarning(
              `submission ${key} was interrupted, and ${
                leftoverUnknown
                  ? `${session.endpoint.address} did not say what is left of it`
                  : `there is left ${leftover.join(", ")}`
              }`
            )
            if (fullySubmitted !== undefined) yield* look(fullySubmitted)
          })
        )
      )
    )
  },
  Effect.scoped
)
