/**
 * What a CE knows of a submission, by its key alone.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Constraint from "../condor/Constraint.ts"
import * as HoldReason from "../condor/HoldReason.ts"
import type { JobAd } from "../condor/JobAd.ts"
import { JobId } from "../condor/JobId.ts"
import type * as ToolOutput from "../condor/ToolOutput.ts"
import type { BackendError } from "../contract/BackendError.ts"
import { JobHandle } from "../contract/JobHandle.ts"
import { SubmissionState } from "../contract/Submission.ts"
import type { SubmissionKey } from "../contract/SubmissionKey.ts"
import * as Lookup from "./Lookup.ts"
import type { Session } from "./Session.ts"

/**
 * - `Nothing`: no job carries the key; if the CE does not show its history, `hidden` are its words, and none in the queue does
 * - `Spooling`: jobs that wait for their input, perhaps for ever
 * - `Complete`: its jobs that are still known, the cluster (the clusters, oldest first, if two processes submitted at the same time), and how many copies
 *   it was submitted with (absent where the ads do not say)
 *
 * @category models
 * @since 0.1.0
 */
export type Known =
  | { readonly _tag: "Nothing"; readonly hidden: string | undefined }
  | { readonly _tag: "Spooling"; readonly jobs: ReadonlyArray<JobId> }
  | {
    readonly _tag: "Complete"
    readonly jobs: ReadonlyArray<JobId>
    readonly clusters: ReadonlyArray<number>
    readonly copies: number | undefined
  }

/**
 * The reason that is given to a schedd for the removal of half a submission.
 *
 * @category constants
 * @since 0.1.0
 */
export const abandonedReason = "submission abandoned"

// Jobs that this library took back, or that never had their input, do not count as submitted. (The other reasons are those
// of the schedd, src/condor_schedd.V6.)
const doesNotCount = (ad: JobAd): boolean => {
  if (ad.JobStatus !== 3) return false
  const reason = ad.RemoveReason ?? ""
  return reason.startsWith(abandonedReason) ||
    ad.LastJobStatus === 5 && /^(?:Staging of job files failed|Spooling is taking too long)/.test(reason)
}

const isSpooling = (ad: JobAd): boolean => ad.JobStatus === 5 && ad.HoldReasonCode === HoldReason.spoolingInput

// How far back in the history a submission is looked for, in jobs: the history ends a submission's protection, and a
// whole one takes the schedd seconds to read.
const historyDepth = 10_000

// A CE that does not show its history can be used all the same: a submission's jobs leave the queue only once somebody
// has fetched, cancelled or removed them, or when their retention is over.
const past = (session: Session, constraint: string) => Lookup.history(session, constraint, 1_000, historyDepth)

const counts = ({ ad }: ToolOutput.PrintedAd): boolean => Result.isFailure(ad) || !doesNotCount(ad.success)

/**
 * Picks the jobs of a submission that wait for their input.
 *
 * @category constructors
 * @since 0.1.0
 */
export const spooling = (key: SubmissionKey): string =>
  Constraint.all(Lookup.hasKey(key), `JobStatus == 5 && HoldReasonCode == ${HoldReason.spoolingInput}`)

/**
 * Asks the queue, and the newest part of the history if the queue knows nothing.
 *
 * **Details**
 *
 * One transaction puts all copies into the queue, so that one job of a cluster proves that all of them were there.
 *
 * @category queries
 * @since 0.1.0
 */
export const known = Effect.fnUntraced(function*(
  session: Session,
  key: SubmissionKey
): Effect.fn.Return<Known, BackendError> {
  // A reason may come later than the removal. An ad that cannot be read is a job all the same: to leave it out would
  // submit it again.
  const isLeaving = (ad: JobAd) =>
    doesNotCount(ad) || ad.JobStatus === 3 && ad.LastJobStatus === 5 && ad.RemoveReason === undefined
  const queued = (yield* Lookup.ownQueue(session, Lookup.hasKey(key)))
    .filter(({ ad }) => Result.isFailure(ad) || !isLeaving(ad.success))
  if (queued.some(({ ad }) => Result.isSuccess(ad) && isSpooling(ad.success))) {
    return { _tag: "Spooling", jobs: queued.map(({ id }) => id) }
  }
  const gone = queued.length > 0 ? Result.succeed([]) : yield* past(session, Lookup.hasKey(key))
  if (Result.isFailure(gone)) {
    yield* Effect.logDebug(`${session.endpoint.address} does not show its history: ${gone.failure}`)
    return { _tag: "Nothing", hidden: gone.failure }
  }
  const jobs = queued.length > 0 ? queued : gone.success.filter(counts)
  if (jobs.length === 0) return { _tag: "Nothing", hidden: undefined }
  const copies = jobs.flatMap(({ ad }) => Result.isSuccess(ad) ? ad.success.EffectCECopies ?? [] : [])
  return {
    _tag: "Complete",
    jobs: jobs.map(({ id }) => id),
    clusters: Array.from(new Set(jobs.map(({ id }) => id.cluster))).toSorted((a, b) => a - b),
    copies: copies[0]
  }
})

/**
 * Removes the jobs of a submission that wait for their input, within 10 seconds, and says which jobs of it are left,
 * whatever they do. Never fails: where the CE does not answer, `printed` is what may be left.
 *
 * @category operations
 * @since 0.1.0
 */
export const abandon = (
  session: Session,
  key: SubmissionKey,
  printed: ReadonlyArray<JobId>
): Effect.Effect<ReadonlyArray<string>> => {
  const unknown = Effect.succeed(printed.map(String))
  return Effect.gen(function*() {
    yield* session.run("condor_rm", [
      ...Lookup.address(session),
      "-reason",
      abandonedReason,
      "-constraint",
      spooling(key)
    ])
    const left = yield* Lookup.ownQueue(session, Constraint.all(Lookup.hasKey(key), "JobStatus =!= 3"))
    return left.map(({ id }) => String(id))
  }).pipe(
    Effect.timeoutOrElse({ duration: "10 seconds", orElse: () => unknown }),
    Effect.catch(() => unknown)
  )
}

/**
 * Removes from the queue what other clusters than the oldest hold of a submission, if none of their jobs has completed.
 *
 * **Details**
 *
 * A client that was killed while its `condor_submit` went on, and that submitted again in the meantime, has its jobs
 * twice. Whoever looks next decides as everybody would: the oldest cluster stays.
 *
 * @category operations
 * @since 0.1.0
 */
export const removeYounger = Effect.fnUntraced(function*(
  session: Session,
  key: SubmissionKey,
  clusters: ReadonlyArray<number>
): Effect.fn.Return<boolean, BackendError> {
  const younger = Constraint.all(
    Lookup.hasKey(key),
    clusters.slice(1).map((cluster) => `ClusterId == ${cluster}`).join(" || ")
  )
  const completed = yield* Lookup.ownQueue(session, Constraint.all(younger, "JobStatus == 4"))
  const gone = yield* past(session, younger)
  if (completed.length > 0 || Result.isSuccess(gone) && gone.success.some(counts)) return false
  yield* session.run("condor_rm", [
    ...Lookup.address(session),
    "-reason",
    `${abandonedReason}, cluster ${clusters[0]} has the same key`,
    "-constraint",
    Constraint.all(younger, "JobStatus =!= 4")
  ])
  return true
})

/**
 * Waits for jobs that are being spooled: `Spooling` only if they still are when `spoolingGrace` is over.
 *
 * @category queries
 * @since 0.1.0
 */
export const settled = (session: Session, key: SubmissionKey): Effect.Effect<Known, BackendError> =>
  Effect.repeat(known(session, key), {
    schedule: Schedule.spaced("500 millis").pipe(Schedule.upTo({ duration: session.settings.spoolingGrace })),
    until: (state: Known) => state._tag !== "Spooling"
  })

const handleOf = (session: Session, key: SubmissionKey, { cluster, proc }: JobId): JobHandle =>
  new JobHandle({
    ...session.identity,
    job: `${cluster}.${proc}`,
    key,
    copy: proc
  })

/**
 * The handles of a submission whose copies are the procs of one cluster, in order.
 *
 * @category constructors
 * @since 0.1.0
 */
export const handles = (session: Session, key: SubmissionKey, cluster: number, copies: number): Array<JobHandle> =>
  Array.from({ length: copies }, (_, copy) =>
    handleOf(
      session,
      key,
      new JobId({ cluster: JobId.fields.cluster.make(cluster), proc: JobId.fields.proc.make(copy) })
    ))

const { cases } = SubmissionState

/**
 * What is known of a submission in the words of the contract.
 *
 * @category converting
 * @since 0.1.0
 */
export const state = (session: Session, key: SubmissionKey, known: Known): SubmissionState => {
  switch (known._tag) {
    case "Nothing":
      return known.hidden === undefined ? cases.Absent.make({}) : cases.Untold.make({ detail: known.hidden })
    case "Spooling":
      return cases.Staging.make({ handles: known.jobs.map((id) => handleOf(session, key, id)) })
    case "Complete": {
      const { clusters, copies, jobs } = known
      const all = copies === undefined
        ? jobs.map((id) => handleOf(session, key, id))
        : clusters.flatMap((cluster) => handles(session, key, cluster, copies))
      return clusters.length > 1 ? cases.Duplicated.make({ handles: all }) : cases.Submitted.make({ handles: all })
    }
  }
}
