/**
 * Looks jobs up at a CE: first in the queue, then in the history. A missing record is not taken for an answer.
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Constraint from "../../../condor/Constraint.ts"
import * as JobAd from "../../../condor/JobAd.ts"
import * as JobId from "../../../condor/JobId.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { PrintedAd } from "../../../condor/Schedd.ts"
import type { BackendError } from "../../../contract/BackendError.ts"
import { UnreadableJob, WrongEndpoint } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import * as Route from "../../Route.ts"
import { type Session, unreadable } from "../credentials/Session.ts"
import * as Chunks from "./Chunks.ts"
import * as HistoryQuery from "./HistoryQuery.ts"
import type { LookupResult, Target } from "./LookupResult.ts"
import * as PendingTargets from "./PendingTargets.ts"
import * as Records from "./Records.ts"
import * as Tuning from "./tuning.ts"

/**
 * The job id of a handle at this CE, or the error if the job is not of this CE. The handle may have a former name of the CE.
 */
export const target = (
  session: Pick<Session, "former" | "identity">,
  handle: JobHandle
): Result.Result<Target, WrongEndpoint | UnreadableJob> => {
  if (!Route.isOf(session, handle)) {
    const { endpoint, scheduler } = session.identity
    return Result.fail(new WrongEndpoint({ handle, endpoint: `${endpoint} (${scheduler})` }))
  }
  const id = JobId.fromString(handle.job)
  return id._tag === "Some"
    ? Result.succeed({ handle, id: id.value })
    : Result.fail(new UnreadableJob({ handle, detail: "is no <cluster>.<proc>", retry: "Never" }))
}

type Asked = Pick<Session, "queue" | "endpoint">

const byNumber = ({ id: a }: PrintedAd, { id: b }: PrintedAd): number => a.cluster - b.cluster || a.proc - b.proc

/**
 * The caller's own jobs in the queue that satisfy a constraint, sorted by job id. `isSought` is the same condition for an ad;
 * other ads are dropped. `attributes` are queried. Fails if a record has no job id: the number of jobs would then be unknown.
 */
export const ownQueue = Effect.fnUntraced(function*(
  session: Asked,
  constraint: string,
  isSought: (ad: PrintedAd) => boolean,
  attributes = JobAd.attributes
): Effect.fn.Return<ReadonlyArray<PrintedAd>, BackendError> {
  const ads = new Map<string, PrintedAd>()
  const fail = (detail: string) => unreadable(session.endpoint, detail)
  const unnamed = yield* Records.each(session.queue({ constraint, attributes }), (ad) => {
    if (isSought(ad) && ads.size <= Tuning.mostJobs) ads.set(String(ad.id), ad)
  })
  if (unnamed > 0) return yield* fail(`${unnamed} jobs have no number`)
  if (ads.size > Tuning.mostJobs) return yield* fail(`the answer has more than ${Tuning.mostJobs} jobs`)
  return Array.from(ads.values()).toSorted(byNumber)
})

/**
 * Whether an ad may be that of a job with this key, by any route. An ad that cannot be read may lack its key.
 */
export const mayHaveKey =
  (key: string) => ({ ad, origin: { EffectCEGridKey: gridKey, EffectCEKey: own } }: PrintedAd): boolean =>
    own === key || gridKey === key || Result.isFailure(ad) && own === undefined && gridKey === undefined

/**
 * The condition that a job with the id of a target has the target's key.
 */
export const keyOf = (targets: ReadonlyArray<Target>): (id: JobId.JobId) => string => {
  const keys = new Map(targets.map(({ handle }) => [handle.job, handle.key]))
  return (id) => OwnAttributes.hasKey(keys.get(String(id)) ?? "")
}

/**
 * Divides targets into parts in which no two have the same job id. Each part is a map by job id.
 */
export const rounds = <T extends Target>(targets: ReadonlyArray<T>): ReadonlyArray<ReadonlyMap<string, T>> => {
  const result: Array<ReadonlyMap<string, T>> = []
  for (let left = targets; left.length > 0;) {
    const round = new Map(left.map((target) => [target.handle.job, target]))
    left = left.filter((target) => round.get(target.handle.job) !== target)
    result.push(round)
  }
  return result
}

/**
 * Queries the queue for the caller's own jobs with these ids, chunk by chunk.
 */
export const queryOwnJobs = Effect.fnUntraced(function*(
  session: Session,
  pending: PendingTargets.PendingTargets,
  chunks: ReadonlyArray<ReadonlyArray<JobId.JobId>>,
  attributes: ReadonlyArray<string>
): Effect.fn.Return<void> {
  const failed = yield* Chunks.ask(session.settings, chunks, (ids) =>
    Effect.map(
      Records.each(
        session.queue({ constraint: Constraint.jobs(ids), attributes }),
        (printed) => pending.match(printed, (ad) => ({ _tag: "Queue", ad, own: true }))
      ),
      (unnamed) => {
        if (unnamed > 0) { for (const one of pending.named(ids)) one.isBlurred = true }
      }
    ))
  for (const [ids, error] of failed) PendingTargets.lose(pending.named(ids), error, "Queue")
})

// A query about some jobs, of all users.
interface Recheck {
  readonly constraint: string
  readonly isAbout: (target: Target) => boolean
}

// The queries for jobs that an answer lacks. A few jobs are queried by id, many by their clusters.
const rechecks = (targets: ReadonlyArray<Target>): ReadonlyArray<Recheck> => {
  if (targets.length === 0) return []
  if (targets.length <= Tuning.suspectsAtOnce) {
    return [{ constraint: Constraint.jobs(targets.map((target) => target.id)), isAbout: () => true }]
  }
  const clusters = Array.from(new Set(targets.map((target) => target.id.cluster)))
  return Arr.chunksOf(clusters, Constraint.maxClusters).map((some) => {
    const asked = new Set(some)
    return {
      constraint: Constraint.any(some.map((cluster) => `ClusterId == ${cluster}`)),
      isAbout: ({ id }) => asked.has(id.cluster)
    }
  })
}

/**
 * Queries the queue again for missing jobs, in another way: by id for a few jobs, by cluster for many, and for all users. A
 * gateway of 25.13 or later answers a query that is too deep for it with nothing, and exit code 0. Jobs that this query finds are
 * queried once more in small groups. This distinguishes a job of another identity from an answer that was withheld.
 */
export const recheckMissing = Effect.fnUntraced(function*(
  session: Session,
  pending: PendingTargets.PendingTargets,
  attributes: ReadonlyArray<string>
): Effect.fn.Return<void> {
  const suspects = new Map<string, PrintedAd>()
  const failed = yield* Chunks.ask(
    { ...session.settings, maxConcurrent: 1 },
    rechecks(pending.missing()),
    ({ constraint }) =>
      Records.each(session.queue({ constraint, attributes, allUsers: true }), (printed) => {
        if (pending.isMissing(printed.id)) suspects.set(String(printed.id), printed)
      })
  )
  for (const [{ isAbout }, error] of failed) {
    PendingTargets.lose(pending.missing().filter(isAbout), error, "Queue")
  }
  const ids = Array.from(suspects.values(), ({ id }) => id)
  yield* queryOwnJobs(session, pending, Arr.chunksOf(ids, Tuning.suspectsAtOnce), attributes)
  for (const suspect of suspects.values()) pending.match(suspect, (ad) => ({ _tag: "Queue", ad, own: false }))
})

// The constraint has the key, so that no job of another submission counts towards the limit that ends the search.
const searchRound = Effect.fnUntraced(function*(
  session: Session,
  pending: PendingTargets.PendingTargets,
  search: HistoryQuery.Search,
  round: ReadonlyMap<string, PendingTargets.Pending>
) {
  const jobs = Array.from(round.values())
  const hasItsKey = keyOf(jobs)
  const inRound = (ids: ReadonlyArray<JobId.JobId>) => ids.flatMap((id) => round.get(String(id)) ?? [])
  const failed = yield* Chunks.ask(
    session.settings,
    Constraint.chunks(jobs.map(({ id }) => id), hasItsKey),
    (ids) =>
      Effect.map(
        search(
          // `match` compares the id, the key and the copy.
          { constraint: Constraint.jobs(ids, hasItsKey), isSought: () => true, limit: ids.length },
          (printed) => pending.match(printed, (ad) => ({ _tag: "History", ad }))
        ),
        (gap) => {
          if (gap !== undefined) { for (const one of inRound(ids)) one.gap = gap }
        }
      )
  )
  for (const [ids, error] of failed) PendingTargets.lose(inRound(ids), error, "History")
})

/**
 * Searches the newest part of the history for the jobs that are not in the queue. Handles with the same job id are searched one
 * after the other.
 */
export const searchHistory = Effect.fnUntraced(function*(
  session: Session,
  pending: PendingTargets.PendingTargets,
  attributes: ReadonlyArray<string>
): Effect.fn.Return<void> {
  const missing = pending.missing()
  if (missing.length === 0) return
  yield* HistoryQuery.openHistory(session, attributes).pipe(
    Effect.flatMap((search) =>
      Effect.forEach(rounds(missing), (round) => searchRound(session, pending, search, round), { discard: true })
    ),
    Effect.catch((error) => Effect.sync(() => PendingTargets.lose(missing, error, "History")))
  )
})

/**
 * Looks up each job by its id, key and copy. The id is not enough: a reinstalled schedd uses ids again.
 *
 * **Details**
 *
 * It queries the queue, queries it again for missing jobs, and then searches the history. A job that is in neither is `Absent`
 * only if the whole history was read.
 *
 * - `attributes`: queried in the queue; `historyAttributes`: queried in the history
 * - `onResult`: gets the result of each target as soon as it is known
 *
 * If a query fails, its jobs get that failure, and the others their results. The whole lookup fails only if the queries for all
 * jobs fail; then no result counts.
 */
export const lookup = Effect.fnUntraced(function*(
  session: Session,
  targets: ReadonlyArray<Target>,
  attributes: ReadonlyArray<string>,
  onResult: (target: Target, result: LookupResult) => void,
  historyAttributes = JobAd.attributes
): Effect.fn.Return<void, BackendError> {
  const pending = PendingTargets.make(targets, onResult)
  yield* queryOwnJobs(session, pending, Constraint.chunks(targets.map((target) => target.id)), attributes)
  yield* recheckMissing(session, pending, attributes)
  yield* searchHistory(session, pending, historyAttributes)
  yield* pending.finish
})

/**
 * The same, for a caller that needs all results at the end.
 */
export const lookupAll = Effect.fnUntraced(function*(
  session: Session,
  targets: ReadonlyArray<Target>,
  attributes = JobAd.attributes
): Effect.fn.Return<(target: Target) => LookupResult, BackendError> {
  const results = new Map<Target, LookupResult>()
  yield* lookup(session, targets, attributes, (target, result) => results.set(target, result))
  return (target) => results.get(target) ?? { _tag: "Absent" }
})
