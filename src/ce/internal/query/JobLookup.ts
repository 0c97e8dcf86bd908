/**
 * What a CE knows of jobs: the queue first, then the history, and silence is never taken for an answer.
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
 * The number of a handle's job at this CE, or why it has none here. The handle may say a former name of the CE.
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
 * The caller's own jobs in the queue that satisfy a constraint, by their numbers. `isSought` says the same of an ad, and what
 * was not asked for is not kept. `attributes` are those that are asked for. It fails if one of them has no number: nobody knows
 * how many they are.
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
 * Whether an ad may be that of a job with this key, by any route. One that cannot be read may not say its key.
 */
export const mayHaveKey =
  (key: string) => ({ ad, origin: { EffectCEGridKey: gridKey, EffectCEKey: own } }: PrintedAd): boolean =>
    own === key || gridKey === key || Result.isFailure(ad) && own === undefined && gridKey === undefined

/**
 * The condition that a job with the number of a target carries its key.
 */
export const keyOf = (targets: ReadonlyArray<Target>): (id: JobId.JobId) => string => {
  const keys = new Map(targets.map(({ handle }) => [handle.job, handle.key]))
  return (id) => OwnAttributes.hasKey(keys.get(String(id)) ?? "")
}

/**
 * Splits targets so that no two of a part share a number, by which each part holds them.
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
 * Asks the queue for the caller's own jobs with these numbers, chunk by chunk.
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

// A question about some jobs for all users.
interface Recheck {
  readonly constraint: string
  readonly isAbout: (target: Target) => boolean
}

// The questions for what another one has left out. A few jobs of great clusters are asked for by themselves.
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
 * Asks the queue again for what it has not shown, in another way: for a few jobs, or by cluster number, and for all users. A
 * gateway of 25.13 or later answers nothing, with exit code 0, to a question that is too deep for it. What shows up now is asked
 * for once more in small questions, to tell a job of another identity from an answer that was withheld.
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

// With the key in the question, no job of another submission counts towards the number that ends the search.
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
          // `match` looks at the number, the key and the copy.
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
 * Searches the newest part of the history for what the queue does not know. Handles that share a number are asked about one after
 * the other.
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
 * Finds each job, by its number, key and copy: numbers are reused when a schedd is installed anew.
 *
 * **Details**
 *
 * The queue is asked, then asked again for what is missing, and then the history. What is not there either is `Absent` only if
 * all of the history was read. `attributes` are those that the queue is asked for, `historyAttributes` the history. `onResult` has the result of each target as
 * soon as it is known. Where a question fails, those that it was about have that result, and the others theirs. It fails only if
 * the questions for all of them fail; then no result counts.
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
 * The same, for whoever wants to know of all of them at the end.
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
