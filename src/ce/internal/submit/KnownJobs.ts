/**
 * Finds the jobs of a submission at a CE by its key.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Constraint from "../../../condor/Constraint.ts"
import * as HoldReason from "../../../condor/HoldReason.ts"
import type { JobAd } from "../../../condor/JobAd.ts"
import type { JobId } from "../../../condor/JobId.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { Owner } from "../../../condor/Owner.ts"
import type { PrintedAd } from "../../../condor/Schedd.ts"
import { type BackendError, UnsupportedFormat } from "../../../contract/BackendError.ts"
import type { SubmissionKey } from "../../../contract/SubmissionKey.ts"
import type { Session } from "../credentials/Session.ts"
import * as HistoryQuery from "../query/HistoryQuery.ts"
import * as JobLookup from "../query/JobLookup.ts"
import * as CopyRange from "./CopyRange.ts"
import * as Tuning from "./tuning.ts"

/**
 * A job of a submission, and the number of its copy.
 */
export interface Member {
  readonly id: JobId
  readonly copy: number
}

/**
 * - `Nothing`: no job has the key
 * - `Spooling`: the jobs that wait for their input, perhaps without end; `since` is when the last of them began to wait, in
 *   seconds since 1970
 * - `Present`: the jobs of the submission that the CE still knows
 * - `OtherRoute`: only grid jobs, which a submit host has handed over, have the key
 *
 * The fields of `Present`:
 *
 * - `submitted`: the clusters that the submission has or had, and how many copies it has; undefined if the ads do not say it
 * - `payloads`: the digest of the payload of each cluster, if an ad of the cluster has it
 * - `unreadable`: the error of an ad that cannot be read
 *
 * `hidden`: why the history may hide jobs that have left the queue.
 */
export type Known =
  | { readonly _tag: "Nothing"; readonly hidden: string | undefined }
  | { readonly _tag: "Spooling"; readonly jobs: ReadonlyArray<Member>; readonly since: number }
  | { readonly _tag: "OtherRoute"; readonly jobs: ReadonlyArray<JobId> }
  | {
    readonly _tag: "Present"
    readonly jobs: ReadonlyArray<Member>
    readonly submitted: { readonly copies: number; readonly parts: ReadonlyArray<CopyRange.ClusterRange> } | undefined
    readonly payloads: ReadonlyMap<number, string>
    readonly unreadable: string | undefined
    readonly hidden: string | undefined
  }

// Jobs that this library rolled back, and jobs that never had their input, do not count as submitted. (The other reasons are
// those of the schedd, src/condor_schedd.V6.)
const doesNotCount = (ad: JobAd): boolean => {
  if (ad.JobStatus !== 3) return false
  const reason = ad.RemoveReason ?? ""
  return reason.startsWith(OwnAttributes.reasons.abandoned) ||
    ad.LastJobStatus === 5 && /^(?:Staging of job files failed|Spooling is taking too long)/.test(reason)
}

// The same as an expression for the schedd: in the history, any number of such jobs may precede the first one that counts.
const countsThere =
  `(${OwnAttributes.hasFormat} && JobStatus == 3 && (regexp("^${OwnAttributes.reasons.abandoned}", RemoveReason) || LastJobStatus == 5 && ` +
  "regexp(\"^(Staging of job files failed|Spooling is taking too long)\", RemoveReason))) =!= true"

/**
 * Whether a job waits for its input.
 */
export const isSpooling = (ad: JobAd): boolean => ad.JobStatus === 5 && ad.HoldReasonCode === HoldReason.spoolingInput

const counts = ({ ad }: PrintedAd): boolean => Result.isFailure(ad) || !doesNotCount(ad.success)

/**
 * Searches the history for the caller's jobs that count as submitted. `copies` is the size of the submission: so many newer jobs
 * may be before them in the history.
 */
export const past = Effect.fnUntraced(function*(
  search: HistoryQuery.Search,
  { constraint, isSought }: Pick<HistoryQuery.Sought, "constraint" | "isSought">,
  copies: number
) {
  const jobs: Array<PrintedAd> = []
  const hidden = yield* search(
    {
      constraint: Constraint.all(constraint, countsThere),
      isSought: (one) => isSought(one) && counts(one),
      limit: Tuning.mostOfOneSearch,
      beyond: copies
    },
    (one) => jobs.push(one)
  )
  return { jobs, hidden: hidden?.detail }
})

/**
 * The condition that a job is a copy of a submission with a number in these ranges.
 */
export const within = (key: SubmissionKey, ranges: ReadonlyArray<CopyRange.CopyRange>): string =>
  Constraint.all(
    OwnAttributes.hasKey(key),
    OwnAttributes.isNoRoutedCopy,
    Constraint.any(
      ranges.map(({ count, first }) =>
        `${OwnAttributes.names.copy} >= ${first} && ${OwnAttributes.names.copy} < ${first + count}`
      )
    )
  )

// Without this condition, a copy that a JobRouter made would count as a second submission, and be removed as the younger one.
const byAnyRoute = (key: SubmissionKey): string =>
  Constraint.all(OwnAttributes.hasKeyByAnyRoute(key), OwnAttributes.isNoRoutedCopy)

const memberOf = ({ id, origin }: PrintedAd): Member => ({ id, copy: CopyRange.copyOf(origin) ?? id.proc })

/**
 * The clusters of some jobs. One ad of a cluster is enough. Undefined if there is a cluster without a usable ad.
 */
export const partsOf = (ads: ReadonlyArray<PrintedAd>): Array<CopyRange.ClusterRange> | undefined => {
  const parts = new Map<number, CopyRange.ClusterRange>()
  for (const { id, origin } of ads) {
    const part = parts.has(id.cluster) ? undefined : CopyRange.fromAd(origin)
    if (part !== undefined) parts.set(id.cluster, part)
  }
  return ads.every(({ id }) => parts.has(id.cluster)) ? Array.from(parts.values()) : undefined
}

const copiesOf = (ads: ReadonlyArray<PrintedAd>): number | undefined =>
  ads.flatMap(({ origin }) => CopyRange.copiesOf(origin) ?? [])[0]

// Jobs of one cluster run the same payload. An ad without the digest does not matter if another ad has it.
const payloadsOf = (ads: ReadonlyArray<PrintedAd>): ReadonlyMap<number, string> =>
  new Map(
    ads.flatMap(({ id, origin: { EffectCEPayload } }) =>
      EffectCEPayload === undefined ? [] : [[id.cluster, EffectCEPayload] as const]
    )
  )

const unreadableOf = (ads: ReadonlyArray<PrintedAd>): string | undefined =>
  ads.flatMap(({ ad, id }) => Result.isFailure(ad) ? `the ad of job ${id} cannot be read: ${ad.failure}` : [])[0]

// An ad that cannot be read, and lacks an owner or a key, counts as one of the jobs asked for.
const isOf = (key: SubmissionKey, owner: Owner) => ({ ad, origin }: PrintedAd): boolean => {
  const { EffectCEGridKey, EffectCEKey } = origin
  if (Result.isSuccess(ad)) return EffectCEKey === key && owner.owns(origin)
  return (EffectCEKey ?? (EffectCEGridKey === undefined ? key : undefined)) === key && !owner.isOther(origin)
}

/**
 * Whether a job in the queue counts as submitted. The schedd may set the reason later than the removal. An ad that cannot be read
 * counts: if it did not, its job would be submitted again.
 */
export const stays = ({ ad }: PrintedAd): boolean =>
  Result.isFailure(ad) || !(
    doesNotCount(ad.success) ||
    ad.success.JobStatus === 3 && ad.success.LastJobStatus === 5 && ad.success.RemoveReason === undefined
  )

// Selects the caller's ads with this key, and the grid jobs with it. The schedd's answer is not enough: it depends on the query,
// and a queue super user sees all jobs.
const ownOf = Effect.fnUntraced(function*(
  session: Session,
  key: SubmissionKey,
  ads: ReadonlyArray<PrintedAd>
): Effect.fn.Return<
  { readonly own: ReadonlyArray<PrintedAd>; readonly handedOn: ReadonlyArray<JobId> },
  BackendError | UnsupportedFormat
> {
  if (ads.length === 0) return { own: [], handedOn: [] }
  const owner = yield* session.owner
  const own = ads.filter(isOf(key, owner))
  for (const { ad, origin: { EffectCEFormat: format } } of own) {
    if (format !== OwnAttributes.format && (format !== undefined || Result.isSuccess(ad))) {
      const endpoint = session.endpoint.address
      return yield* new UnsupportedFormat({ endpoint, key, ...(format === undefined ? {} : { format }) })
    }
  }
  return {
    own,
    handedOn: ads.flatMap(({ id, origin }) => origin.EffectCEGridKey === key && owner.owns(origin) ? [id] : [])
  }
})

// The copies and clusters that the ads of a submission show. `missing`: the copies that no ad covers; undefined if the ads do not
// say how many copies there are.
const summarise = (ads: ReadonlyArray<PrintedAd>) => {
  const [copies, parts] = [copiesOf(ads), partsOf(ads)]
  const missing = copies === undefined || parts === undefined ? undefined : CopyRange.gaps(parts, copies)
  return { copies, parts, missing }
}

/**
 * Queries the queue, and then the newest part of the history for the copies that are not in the queue. Only the caller's own jobs
 * count. Fails if one of them has another format: this version does not understand such a job.
 *
 * **Details**
 *
 * One transaction puts all jobs of a cluster into the queue. So one of them proves that all of them were there.
 *
 * `expected` is the number of copies that may exist: so many newer jobs may be before the ones sought in the history. If the key
 * `isNew` and the queue has no job with it, the history is not searched.
 */
export const reconcileState = Effect.fnUntraced(function*(
  session: Session,
  key: SubmissionKey,
  expected = 0,
  isNew = false
): Effect.fn.Return<Known, BackendError | UnsupportedFormat> {
  const queue = yield* JobLookup.ownQueue(session, byAnyRoute(key), JobLookup.mayHaveKey(key))
  if (isNew && queue.length === 0) return { _tag: "Nothing", hidden: undefined }
  const { handedOn, own } = yield* ownOf(session, key, queue)
  const present = own.filter(stays)
  const waiting = present.flatMap(({ ad }) => Result.isSuccess(ad) && isSpooling(ad.success) ? [ad.success] : [])
  if (waiting.length > 0) {
    const since = waiting.reduce((last, { EnteredCurrentStatus = 0 }) => Math.max(last, EnteredCurrentStatus), 0)
    return { _tag: "Spooling", jobs: present.map(memberOf), since }
  }
  if (present.length === 0 && handedOn.length > 0) return { _tag: "OtherRoute", jobs: handedOn }
  if (isNew && present.length === 0) return { _tag: "Nothing", hidden: undefined }
  const departed = yield* findDeparted(session, key, present, expected)
  const { ads, hidden } = departed
  if (ads.length === 0) {
    return departed.handedOn.length > 0
      ? { _tag: "OtherRoute", jobs: departed.handedOn }
      : { _tag: "Nothing", hidden }
  }
  const { copies, parts } = summarise(ads)
  return {
    _tag: "Present",
    jobs: ads.map(memberOf),
    submitted: copies === undefined || parts === undefined ? undefined : { copies, parts },
    payloads: payloadsOf(ads),
    unreadable: unreadableOf(ads),
    hidden
  }
})

// Adds the jobs of a submission that have left the queue. Each round finds a new cluster, or is the last.
const findDeparted = Effect.fnUntraced(function*(
  session: Session,
  key: SubmissionKey,
  present: ReadonlyArray<PrintedAd>,
  expected: number
) {
  const ads = [...present]
  let view = summarise(ads)
  const handedOn: Array<JobId> = []
  let hidden: string | undefined
  let search: HistoryQuery.Search | undefined
  for (let before = -1; view.parts !== undefined && view.parts.length > before;) {
    before = view.parts.length
    hidden = undefined
    const { copies, missing } = view
    if (missing?.length === 0) break
    search ??= yield* HistoryQuery.openHistory(session)
    // `ownOf` checks the key.
    const isSought = ({ ad, origin }: PrintedAd) =>
      missing === undefined || origin.EffectCECopy === undefined && Result.isFailure(ad) ||
      missing.some((gap) => CopyRange.holds(gap, origin))
    const constraint = missing === undefined ? byAnyRoute(key) : within(key, missing)
    const gone = yield* past(search, { constraint, isSought }, Math.max(expected, copies ?? 0))
    hidden = gone.hidden
    const found = yield* ownOf(session, key, gone.jobs)
    handedOn.push(...found.handedOn)
    ads.push(...found.own)
    view = summarise(ads)
  }
  return { ads, handedOn, hidden }
})
