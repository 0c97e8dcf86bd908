/**
 * Removes the remains of a failed submission, and duplicates of a submission.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { not } from "effect/Predicate"
import * as Result from "effect/Result"
import * as Constraint from "../../../condor/Constraint.ts"
import * as GridUniverse from "../../../condor/GridUniverse.ts"
import * as HoldReason from "../../../condor/HoldReason.ts"
import type { JobId } from "../../../condor/JobId.ts"
import * as JobState from "../../../condor/JobState.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { PrintedAd } from "../../../condor/Schedd.ts"
import { Urgent } from "../../../condor/Schedd.ts"
import type { BackendError } from "../../../contract/BackendError.ts"
import * as Metrics from "../../../contract/Metrics.ts"
import type { SubmissionKey } from "../../../contract/SubmissionKey.ts"
import type { Session } from "../credentials/Session.ts"
import * as Elapsed from "../query/Elapsed.ts"
import * as HistoryQuery from "../query/HistoryQuery.ts"
import * as JobLookup from "../query/JobLookup.ts"
import * as QueryTuning from "../query/tuning.ts"
import type * as CopyRange from "./CopyRange.ts"
import * as KnownJobs from "./KnownJobs.ts"
import * as Tuning from "./tuning.ts"

/**
 * The remains of an attempt in the queue.
 *
 * - `leftover`: the ids of the jobs that are left; if `leftoverUnknown`, those that `condor_submit` printed
 * - `ads`: the ads of the jobs that are left
 * - `leftoverUnknown`: the CE did not answer
 */
export interface Abandoned {
  readonly leftover: ReadonlyArray<string>
  readonly ads: ReadonlyArray<PrintedAd>
  readonly leftoverUnknown: boolean
}

const waits = `JobStatus == 5 && HoldReasonCode == ${HoldReason.spoolingInput}`

const isWaiting = ({ ad }: PrintedAd): boolean => Result.isSuccess(ad) && KnownJobs.isSpooling(ad.success)

const hasBegun = ({ ad }: PrintedAd): boolean =>
  Result.isSuccess(ad) && ad.success.StageInStart !== undefined && ad.success.StageInFinish === undefined

/**
 * Removes jobs if all of them wait for their input, and returns the jobs that are left. Takes at most 10 seconds.
 *
 * **Details**
 *
 * A job that is not waiting any more shows that its whole cluster was submitted. If a schedd is killed while it releases the jobs
 * of a cluster one after the other, there are both kinds.
 *
 * **Gotchas**
 *
 * `which` must exclude the jobs of other clients that submit with the same key at this moment: jobs wait for their input for
 * about a second after their `condor_submit` has succeeded.
 */
export const abandon = (
  session: Session,
  key: SubmissionKey,
  which: string,
  printed: ReadonlyArray<JobId>
): Effect.Effect<Abandoned> => {
  const unknown = Effect.succeed<Abandoned>({ leftover: printed.map(String), ads: [], leftoverUnknown: true })
  return Effect.gen(function*() {
    // A copy that a JobRouter made has all attributes of its job, which does not wait any more.
    const there = Constraint.all(which, OwnAttributes.isNoRoutedCopy, "JobStatus =!= 3")
    const ask = JobLookup.ownQueue(session, there, JobLookup.mayHaveKey(key))
    let ads = yield* ask
    if (ads.every(isWaiting)) {
      // The queue shows afterwards whether the removal worked.
      yield* Effect.ignore(
        session.act("Remove", Constraint.all(which, waits, OwnAttributes.hasFormat), OwnAttributes.reasons.abandoned)
      )
      ads = yield* ask
    }
    return { leftover: ads.map(({ id }) => String(id)), ads, leftoverUnknown: false }
  }).pipe(
    Effect.provideService(Urgent, true),
    Effect.timeoutOrElse({ duration: Tuning.lastWords, orElse: () => unknown }),
    Effect.catch(() => unknown)
  )
}

// A job that was removed before it completed does not run any more, and nobody has its output. A job in an unknown state may have
// completed.
const hasCompleted = ({ ad }: PrintedAd): boolean =>
  Result.isFailure(ad) || ad.success.JobStatus === 4 || ad.success.LastJobStatus === 4 ||
  JobState.fromAd(ad.success)._tag === "Other"

const hasEnded = ({ ad }: PrintedAd): boolean => Result.isSuccess(ad) && ad.success.JobStatus === 3

const isWithoutNumber = ({ ad }: PrintedAd): boolean => Result.isSuccess(ad) && GridUniverse.isWithoutNumber(ad.success)

const inClusters = (parts: ReadonlyArray<CopyRange.ClusterRange>): string =>
  Constraint.any(parts.map(({ cluster }) => `ClusterId == ${cluster}`))

// The jobs of clusters that have left the queue, including those that do not count, and whether the history may hide others.
const departed = Effect.fnUntraced(function*(
  session: Session,
  key: SubmissionKey,
  parts: ReadonlyArray<CopyRange.ClusterRange>
): Effect.fn.Return<
  { readonly jobs: ReadonlyArray<PrintedAd>; readonly isHidden: boolean },
  BackendError
> {
  const jobs: Array<PrintedAd> = []
  const search = yield* HistoryQuery.openHistory(session)
  const count = countOf(parts)
  const sought = {
    constraint: Constraint.all(OwnAttributes.hasKey(key), inClusters(parts)),
    isSought: ({ ad, id }: PrintedAd) =>
      parts.some(({ cluster }) => cluster === id.cluster) && (Result.isFailure(ad) || ad.success.EffectCEKey === key),
    limit: count,
    beyond: count
  }
  const hidden = yield* search(sought, (one) => jobs.push(one))
  return { jobs, isHidden: hidden !== undefined }
})

/**
 * Whether a cluster that was just submitted counts, although the queue does not show its first job. It may have been cancelled,
 * or may have completed. It does not count if another client has rolled it back, if its input failed, or if the whole history
 * does not have it.
 */
export const mayCount = Effect.fnUntraced(function*(
  session: Session,
  key: SubmissionKey,
  part: CopyRange.ClusterRange
): Effect.fn.Return<boolean, BackendError> {
  const { isHidden, jobs } = yield* departed(session, key, [part])
  return jobs.length === 0 ? isHidden : jobs.some(KnownJobs.stays)
})

const countOf = (parts: ReadonlyArray<CopyRange.ClusterRange>): number =>
  parts.reduce((sum, { count }) => sum + count, 0)

const isIn = (jobs: ReadonlyArray<PrintedAd>) => {
  const ids = new Set(jobs.map(({ id }) => String(id)))
  return ({ id }: PrintedAd): boolean => ids.has(String(id))
}

// Removes jobs that have not completed, and returns those that stay. Waits for a gridmanager that may be submitting a job.
const remove = Effect.fnUntraced(function*(
  session: Session,
  key: SubmissionKey,
  which: string,
  reason: string
): Effect.fn.Return<ReadonlyArray<PrintedAd>, BackendError> {
  const removal = session.act(
    "Remove",
    Constraint.all(which, "JobStatus =!= 4", OwnAttributes.hasFormat, `(${GridUniverse.handover}) =!= true`),
    reason
  )
  // The queue shows afterwards whether the removal worked.
  const attempt = Effect.andThen(
    Effect.ignore(removal),
    JobLookup.ownQueue(session, Constraint.all(which, "JobStatus =!= 3"), JobLookup.mayHaveKey(key))
  )
  let stays = yield* attempt
  const elapsed = yield* Elapsed.start
  while (stays.some(isWithoutNumber) && Duration.isLessThan(yield* elapsed, QueryTuning.handoverPatience)) {
    yield* Effect.sleep(QueryTuning.handoverInterval)
    stays = yield* attempt
  }
  return stays
})

// Compared by the clock of the schedd, which set the time.
const isSent = (session: Session): string =>
  "StageInStart =!= undefined && StageInFinish =?= undefined && (time() - StageInStart) < " +
  Math.ceil(Duration.toSeconds(session.settings.limits.transferTimeout))

/**
 * Removes a cluster whose input no client sends. Returns the reason if it cannot be removed without losing work.
 *
 * **Details**
 *
 * A transfer in progress may take `transferTimeout`: until then, the cluster is not touched. A schedd that was killed during a
 * transfer shows the same attributes.
 *
 * If a schedd is killed while it releases the jobs of a cluster one after the other, the rest of them wait. The cluster is
 * removed completely, or not at all: first the released jobs, because they could complete.
 */
export const removeStuck = Effect.fnUntraced(function*(
  session: Session,
  key: SubmissionKey,
  cluster: number
): Effect.fn.Return<string | undefined, BackendError> {
  const which = Constraint.all(OwnAttributes.hasKey(key), `ClusterId == ${cluster}`, (yield* session.owner).condition)
  const queue = yield* JobLookup.ownQueue(session, which, JobLookup.mayHaveKey(key))
  const waiting = queue.filter(isWaiting)
  const refusal = (others: string) =>
    `jobs of cluster ${cluster} wait for input that nobody sends (${
      waiting.map(({ id }) => id).join(", ")
    }), and ${others}`
  if (
    waiting.some(hasBegun) &&
    (yield* JobLookup.ownQueue(session, Constraint.all(which, waits, isSent(session)), JobLookup.mayHaveKey(key)))
        .length > 0
  ) {
    return `the input of cluster ${cluster} is being sent`
  }
  const [part] = KnownJobs.partsOf(queue) ?? []
  if (part === undefined) return queue.length === 0 ? undefined : refusal("cannot be understood")
  if (waiting.length < part.count) {
    const gone = queue.length < part.count ? (yield* departed(session, key, [part])).jobs.filter(not(isIn(queue))) : []
    const others = [...queue.filter((one) => !isWaiting(one)), ...gone]
    if (waiting.length + others.length < part.count) return refusal("the CE does not say what became of the others")
    // Jobs that an earlier attempt rolled back do not count.
    const lost = others.filter(KnownJobs.stays).filter((one) => hasCompleted(one) || hasEnded(one))
    if (lost.length > 0) return refusal(`others have ended (${lost.map(({ id }) => id).join(", ")})`)
    const released = Constraint.all(which, `(${waits}) =!= true`)
    if ((yield* remove(session, key, released, OwnAttributes.reasons.abandoned)).length > 0) {
      return refusal("others cannot be removed")
    }
  }
  yield* abandon(session, key, Constraint.all(which, `(${isSent(session)}) =!= true`), [])
  return undefined
})

/**
 * Younger clusters that stay: their jobs in the queue, and whether another attempt may help, because none has completed.
 */
export interface Staying {
  readonly jobs: ReadonlyArray<string>
  readonly mayPass: boolean
}

/**
 * Removes the jobs of clusters with the same copies as an older one, if none of these jobs has completed.
 *
 * **Details**
 *
 * The jobs exist twice if clients submit with one key at the same moment, or if a client was killed and its `condor_submit`
 * continued. Each client that finds this decides the same: the oldest cluster stays. It removes nothing if the history hides what
 * became of a job that has left the queue. If all of them have left, there is nothing to remove, and a hidden history does not
 * matter.
 */
export const removeYounger = Effect.fnUntraced(function*(
  session: Session,
  key: SubmissionKey,
  oldest: number,
  others: ReadonlyArray<CopyRange.ClusterRange>
): Effect.fn.Return<Staying | undefined, BackendError> {
  const younger = Constraint.all(OwnAttributes.hasKey(key), inClusters(others), (yield* session.owner).condition)
  const submitted = countOf(others)
  const staying = (jobs: ReadonlyArray<PrintedAd>): Staying => ({
    jobs: jobs.map(({ id }) => String(id)),
    mayPass: !jobs.some(hasCompleted)
  })
  const queue = yield* JobLookup.ownQueue(session, younger, JobLookup.mayHaveKey(key))
  const present = queue.filter(not(hasEnded))
  const { isHidden, jobs } = queue.length < submitted
    ? yield* departed(session, key, others)
    : { isHidden: false, jobs: [] }
  const gone = jobs.filter(not(isIn(queue)))
  const isUnclear = isHidden && present.length > 0 && queue.length + gone.length < submitted
  if (isUnclear || [...queue, ...gone].some(hasCompleted)) return { ...staying(present), mayPass: false }
  if (present.length === 0) return undefined
  const rest = yield* remove(
    session,
    key,
    younger,
    `${OwnAttributes.reasons.abandoned}, cluster ${oldest} has the same key`
  )
  if (rest.length > 0) return staying(rest)
  yield* Metric.update(Metric.withAttributes(Metrics.duplicates, { endpoint: session.identity.endpoint }), 1)
  return undefined
})

/**
 * The reason of the conflict if younger clusters stay.
 */
export const reasonOf = ({ mayPass }: Staying): "Unremoved" | "Duplicated" => mayPass ? "Unremoved" : "Duplicated"
