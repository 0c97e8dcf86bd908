/**
 * Decides which of several clusters with one key stays, if clients submit at the same moment.
 *
 * **Details**
 *
 * A schedd serves one submitting client at a time, so that the ids of clusters are in the order of their commits. After its
 * commit, each client looks for an older cluster with the same copies. The oldest client finds none and keeps its jobs. Each
 * other client finds the oldest cluster, in whatever order the clients look.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Constraint from "../../../condor/Constraint.ts"
import type { PrintedAd } from "../../../condor/Schedd.ts"
import type { BackendError } from "../../../contract/BackendError.ts"
import type { SubmissionKey } from "../../../contract/SubmissionKey.ts"
import type { Session } from "../credentials/Session.ts"
import * as HistoryQuery from "../query/HistoryQuery.ts"
import * as JobLookup from "../query/JobLookup.ts"
import * as CopyRange from "./CopyRange.ts"
import * as KnownJobs from "./KnownJobs.ts"

/**
 * - `First`: no older cluster has any of the copies
 * - `Later`: the older cluster `elder` has some of them
 * - `Gone`: the jobs that were just submitted are not in the queue
 */
export type Place =
  | { readonly _tag: "First" }
  | { readonly _tag: "Later"; readonly elder: number }
  | { readonly _tag: "Gone" }

/**
 * Looks for older clusters with the same copies as one that was just submitted.
 *
 * **Details**
 *
 * One `condor_q`, which prints one ad if nobody else submits. It also asks for the first job of the cluster itself: an answer
 * without that job proves nothing. `withHistory`: so much time has passed since the key was looked up that an older cluster may
 * have left the queue.
 */
export const look = Effect.fnUntraced(function*(
  session: Session,
  key: SubmissionKey,
  part: CopyRange.ClusterRange,
  withHistory: boolean
): Effect.fn.Return<Place, BackendError> {
  const { cluster } = part
  const sameCopies = KnownJobs.within(key, [part])
  const older = `ClusterId < ${cluster}`
  const isElder = ({ ad, id }: PrintedAd) =>
    id.cluster < cluster &&
    (Result.isFailure(ad) || ad.success.EffectCEKey === key && CopyRange.holds(part, ad.success))
  const shown = yield* JobLookup.ownQueue(
    session,
    Constraint.all(sameCopies, Constraint.any([older, `ClusterId == ${cluster} && ProcId == 0`])),
    (one) => isElder(one) || one.id.cluster === cluster && one.id.proc === 0
  )
  const there = shown.filter(KnownJobs.stays)
  const elders = there.filter(isElder)
  if (elders.length > 0 || withHistory) {
    const owner = yield* session.owner
    if (withHistory) {
      // If the CE hides its history, only the queue decides, as when the key is looked up.
      const search = yield* HistoryQuery.openHistory(session)
      const sought = { constraint: Constraint.all(sameCopies, older), isSought: isElder }
      elders.push(...(yield* KnownJobs.past(search, sought, part.count)).jobs)
    }
    const elder = elders.find(({ ad }) => Result.isFailure(ad) || owner.owns(ad.success))
    if (elder !== undefined) return { _tag: "Later", elder: elder.id.cluster }
  }
  return there.some(({ id }) => id.cluster === cluster) ? { _tag: "First" } : { _tag: "Gone" }
})
