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
import * as OwnAttributes from "../condor/OwnAttributes.ts"
import type * as ToolOutput from "../condor/ToolOutput.ts"
import type { BackendError } from "../contract/BackendError.ts"
import { JobHandle } from "../contract/JobHandle.ts"
import { SubmissionState } from "../contract/Submission.ts"
import type { SubmissionKey } from "../contract/SubmissionKey.ts"
import * as History from "./History.ts"
import * as Lookup from "./Lookup.ts"
import * as Part from "./Part.ts"
import * as Question from "./Question.ts"
import type { Session } from "./Session.ts"

/**
 * A job of a submission, and the copy that it is.
 *
 * @category models
 * @since 0.1.0
 */
export interface Member {
  readonly id: JobId
  readonly copy: number
}

/**
 * - `Nothing`: no job carries the key; if the CE does not show its history, `hidden` are its words, and none in the queue does
 * - `Spooling`: jobs that wait for their input, perhaps for ever
 * - `Present`: its jobs that are still known, the clusters that it has or had, and how many copies it was submitted with; the
 *   last two are absent where the ads do not say
 *
 * @category models
 * @since 0.1.0
 */
export type Known =
  | { readonly _tag: "Nothing"; readonly hidden: string | undefined }
  | { readonly _tag: "Spooling"; readonly jobs: ReadonlyArray<Member> }
  | {
    readonly _tag: "Present"
    readonly jobs: ReadonlyArray<Member>
    readonly submitted: { readonly copies: number; readonly parts: ReadonlyArray<Part.Part> } | undefined
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

// The same for a schedd: in the history there may be any number of them before the first that counts.
const countsThere = `(JobStatus == 3 && (regexp("^${abandonedReason}", RemoveReason) || LastJobStatus == 5 && ` +
  "regexp(\"^(Staging of job files failed|Spooling is taking too long)\", RemoveReason))) =!= true"

const isSpooling = (ad: JobAd): boolean => ad.JobStatus === 5 && ad.HoldReasonCode === HoldReason.spoolingInput

// How far back in the history a submission is looked for, in jobs besides its own: the history ends a submission's
// protection, and a whole one takes the schedd seconds to read.
const historyDepth = 10_000

// A CE that does not show its history can be used all the same: a submission's jobs leave the queue only once somebody
// has fetched, cancelled or removed them, or when their retention is over.
const past = (session: Session, constraint: string, copies: number) =>
  History.newest(session, Constraint.all(constraint, countsThere), 1_000, historyDepth + copies)

// A schedd compares as it was asked to. This is the last word.
const isOf = (key: SubmissionKey) => ({ ad }: ToolOutput.PrintedAd): boolean =>
  Result.isFailure(ad) || ad.success.EffectCEKey === key

const counts = ({ ad }: ToolOutput.PrintedAd): boolean => Result.isFailure(ad) || !doesNotCount(ad.success)

// Those of a submission whose copies are in these ranges.
const within = (key: SubmissionKey, ranges: ReadonlyArray<Part.Range>): string =>
  Constraint.all(
    OwnAttributes.hasKey(key),
    Constraint.any(ranges.map(({ count, first }) => `EffectCECopy >= ${first} && EffectCECopy < ${first + count}`))
  )

const memberOf = ({ ad, id }: ToolOutput.PrintedAd): Member => ({
  id,
  copy: Result.isSuccess(ad) ? ad.success.EffectCECopy ?? id.proc : id.proc
})

// Any ad of a cluster tells of it; a cluster of which none does makes the whole unclear.
const partsOf = (ads: ReadonlyArray<ToolOutput.PrintedAd>): Array<Part.Part> | undefined => {
  const parts = new Map<number, Part.Part>()
  for (const { ad, id } of ads) {
    const part = parts.has(id.cluster) || Result.isFailure(ad) ? undefined : Part.fromAd(ad.success)
    if (part !== undefined) parts.set(id.cluster, part)
  }
  return ads.every(({ id }) => parts.has(id.cluster)) ? Array.from(parts.values()) : undefined
}

const copiesOf = (ads: ReadonlyArray<ToolOutput.PrintedAd>): number | undefined =>
  ads.flatMap(({ ad }) => Result.isSuccess(ad) ? ad.success.EffectCECopies ?? [] : [])[0]

/**
 * Asks the queue, and the newest part of the history for the copies of which the queue knows nothing.
 *
 * **Details**
 *
 * One transaction puts all jobs of a cluster into the queue, so that one of them proves that all of them were there.
 *
 * `expected` is how many copies there may be: those that have left are newer in the history than what is searched besides.
 * The history is not asked about a key that `isNew`, if the queue does not know it.
 *
 * @category queries
 * @since 0.1.0
 */
export const known = Effect.fnUntraced(function*(
  session: Session,
  key: SubmissionKey,
  expected = 0,
  isNew = false
): Effect.fn.Return<Known, BackendError> {
  // A reason may come later than the removal. An ad that cannot be read is a job all the same: to leave it out would
  // submit it again.
  const isLeaving = (ad: JobAd) =>
    doesNotCount(ad) || ad.JobStatus === 3 && ad.LastJobStatus === 5 && ad.RemoveReason === undefined
  const ads = (yield* Lookup.ownQueue(session, OwnAttributes.hasKey(key)))
    .filter(isOf(key))
    .filter(({ ad }) => Result.isFailure(ad) || !isLeaving(ad.success))
  if (ads.some(({ ad }) => Result.isSuccess(ad) && isSpooling(ad.success))) {
    return { _tag: "Spooling", jobs: ads.map(memberOf) }
  }
  if (isNew && ads.length === 0) return { _tag: "Nothing", hidden: undefined }
  let copies = copiesOf(ads)
  let parts = partsOf(ads)
  // Each round finds a cluster that was not known, or is the last.
  for (let before = -1; parts !== undefined && parts.length > before;) {
    before = parts.length
    const gaps = copies === undefined ? [] : Part.gaps(parts, copies)
    if (copies !== undefined && gaps.length === 0) break
    const constraint = copies === undefined ? OwnAttributes.hasKey(key) : within(key, gaps)
    const gone = yield* past(session, constraint, Math.max(expected, copies ?? 0))
    if (Result.isFailure(gone)) {
      yield* Effect.logDebug(`${session.endpoint.address} does not show its history: ${gone.failure}`)
      if (ads.length === 0) return { _tag: "Nothing", hidden: gone.failure }
      break
    }
    ads.push(...gone.success.filter(isOf(key)).filter(counts))
    copies ??= copiesOf(ads)
    parts = partsOf(ads)
  }
  if (ads.length === 0) return { _tag: "Nothing", hidden: undefined }
  return {
    _tag: "Present",
    jobs: ads.map(memberOf),
    submitted: copies === undefined || parts === undefined ? undefined : { copies, parts }
  }
})

/**
 * What is left of an attempt in the queue; if the CE has not said so it is `unsure`, and `left` are the numbers that
 * `condor_submit` printed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Abandoned {
  readonly left: ReadonlyArray<string>
  readonly unsure: boolean
}

/**
 * Takes the copies of these numbers back that wait for their input, and whatever else is left of an attempt that did not end
 * well, in at most 10 seconds.
 *
 * @category operations
 * @since 0.1.0
 */
export const abandon = (
  session: Session,
  key: SubmissionKey,
  range: Part.Range,
  printed: ReadonlyArray<JobId>
): Effect.Effect<Abandoned> => {
  const unknown = Effect.succeed({ left: printed.map(String), unsure: true })
  return Effect.gen(function*() {
    yield* session.run("condor_rm", [
      ...Question.address(session),
      "-reason",
      abandonedReason,
      "-constraint",
      Constraint.all(within(key, [range]), `JobStatus == 5 && HoldReasonCode == ${HoldReason.spoolingInput}`)
    ])
    const left = yield* Lookup.ownQueue(session, Constraint.all(within(key, [range]), "JobStatus =!= 3"))
    return { left: left.map(({ id }) => String(id)), unsure: false }
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
 * twice. Whoever looks next decides as everybody would: the oldest cluster stays. False if any job of the others stays too.
 *
 * @category operations
 * @since 0.1.0
 */
export const removeYounger = Effect.fnUntraced(function*(
  session: Session,
  key: SubmissionKey,
  clusters: ReadonlyArray<number>,
  copies: number
): Effect.fn.Return<boolean, BackendError> {
  const younger = Constraint.all(
    OwnAttributes.hasKey(key),
    Constraint.any(clusters.slice(1).map((cluster) => `ClusterId == ${cluster}`))
  )
  const completed = yield* Lookup.ownQueue(session, Constraint.all(younger, "JobStatus == 4"))
  const gone = yield* past(session, younger, copies)
  if (completed.length > 0 || Result.isSuccess(gone) && gone.success.some(counts)) return false
  yield* session.run("condor_rm", [
    ...Question.address(session),
    "-reason",
    `${abandonedReason}, cluster ${clusters[0]} has the same key`,
    "-constraint",
    Constraint.all(younger, "JobStatus =!= 4")
  ])
  return (yield* Lookup.ownQueue(session, Constraint.all(younger, "JobStatus =!= 3"))).length === 0
})

/**
 * Waits for jobs that are being spooled: `Spooling` only if they still are when `spoolingGrace` is over.
 *
 * @category queries
 * @since 0.1.0
 */
export const settled = (
  session: Session,
  key: SubmissionKey,
  expected: number,
  isNew = false
): Effect.Effect<Known, BackendError> =>
  Effect.repeat(known(session, key, expected, isNew), {
    schedule: Schedule.spaced("500 millis").pipe(Schedule.upTo({ duration: session.settings.spoolingGrace })),
    until: (state: Known) => state._tag !== "Spooling"
  })

const handleOf = (session: Session, key: SubmissionKey, { copy, id }: Member): JobHandle =>
  new JobHandle({
    ...session.identity,
    job: String(id),
    key,
    copy
  })

/**
 * The handles of the jobs of clusters, in the order of the copies.
 *
 * @category constructors
 * @since 0.1.0
 */
export const handles = (session: Session, key: SubmissionKey, parts: ReadonlyArray<Part.Part>): Array<JobHandle> =>
  parts.toSorted((a, b) => a.first - b.first || a.cluster - b.cluster).flatMap(({ cluster, count, first }) =>
    Array.from({ length: count }, (_, proc) =>
      handleOf(session, key, {
        id: new JobId({ cluster: JobId.fields.cluster.make(cluster), proc: JobId.fields.proc.make(proc) }),
        copy: first + proc
      }))
  )

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
      return cases.Staging.make({ handles: known.jobs.map((job) => handleOf(session, key, job)) })
    case "Present": {
      if (known.submitted === undefined) {
        return cases.Submitted.make({ handles: known.jobs.map((job) => handleOf(session, key, job)) })
      }
      const { copies, parts } = known.submitted
      const all = { handles: handles(session, key, parts) }
      if (Part.overlap(parts)) return cases.Duplicated.make(all)
      return Part.gaps(parts, copies).length > 0 ? cases.Incomplete.make(all) : cases.Submitted.make(all)
    }
  }
}
