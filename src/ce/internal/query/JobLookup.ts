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
import { UnreadableJob, UnsupportedJobFormat, WrongEndpoint } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import * as Route from "../../Route.ts"
import { type Session, unreadable } from "../credentials/Session.ts"
import * as Chunks from "./Chunks.ts"
import * as HistoryQuery from "./HistoryQuery.ts"
import type { LookupResult, Target } from "./LookupResult.ts"
import * as Records from "./Records.ts"
import * as Sought from "./Sought.ts"
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
export const rounds = (targets: ReadonlyArray<Target>): ReadonlyArray<ReadonlyMap<string, Target>> => {
  const result: Array<ReadonlyMap<string, Target>> = []
  for (let left = targets; left.length > 0;) {
    const round = new Map(left.map((target) => [target.handle.job, target]))
    left = left.filter((target) => round.get(target.handle.job) !== target)
    result.push(round)
  }
  return result
}

/**
 * Finds each job, by its number, key and copy: numbers are reused when a schedd is installed anew.
 *
 * **Details**
 *
 * 1. The queue is asked for the caller's own jobs by cluster and `member()`.
 * 2. For what is missing, it is asked again in another way: for a few jobs, or by cluster number, and for all users. A
 *    gateway of 25.13 or later answers nothing, with exit code 0, to a question that is too deep for it. What shows up now
 *    is asked for once more in small questions, to tell a job of another identity from an answer that was withheld.
 * 3. For what is still missing, the newest part of the history is asked. What is not there either is `Absent` only if that
 *    part is the whole.
 *
 * `attributes` are those that the queue is asked for. What becomes of each target is told once, as soon as it is known, so
 * that nobody has to keep tens of thousands of ads. Where a question fails, those that it was about are told so, and the others
 * have theirs. It fails only if the questions for all of them fail; then nothing counts that was told.
 */
export const seek = Effect.fnUntraced(function*(
  session: Session,
  targets: ReadonlyArray<Target>,
  attributes: ReadonlyArray<string>,
  tell: (target: Target, found: LookupResult) => void
): Effect.fn.Return<void, BackendError> {
  const sought = targets.map((target): Sought.Sought => ({ target, isFound: false, isBlurred: false }))
  const withId = Sought.byNumbers(sought)

  const isMissing = ({ isFound, lost }: Sought.Sought) => !isFound && lost === undefined
  const missing = () => sought.flatMap((one) => isMissing(one) ? [one.target] : [])
  // Gives an ad to those who seek its number, its key and its copy.
  const take = ({ ad, id }: PrintedAd, make: (ad: JobAd.JobAd) => LookupResult) => {
    for (const one of withId(id)) {
      if (one.isFound) continue
      const { handle } = one.target
      if (Result.isFailure(ad)) {
        one.isFound = true
        tell(one.target, { _tag: "Failed", error: new UnreadableJob({ handle, detail: ad.failure }) })
      } else if (ad.success.EffectCEKey === handle.key) {
        const { EffectCECopy: copy, EffectCEFormat: format } = ad.success
        // What the other attributes of another format mean nobody knows.
        if (format === OwnAttributes.format && copy !== handle.copy) continue
        one.isFound = true
        tell(
          one.target,
          format === OwnAttributes.format ? make(ad.success) : {
            _tag: "Failed",
            error: new UnsupportedJobFormat({ handle, ...(format === undefined ? {} : { format }) })
          }
        )
      }
    }
  }
  // An answer counts when it is whole.
  const lose = (some: Iterable<Sought.Sought>, error: BackendError, place: "Queue" | "History") => {
    for (const one of some) Object.assign(one, { isFound: false, lost: { error, place } })
  }
  const ofIds = (ids: ReadonlyArray<JobId.JobId>) => ids.flatMap(withId)
  const askOwn = Effect.fnUntraced(function*(chunks: ReadonlyArray<ReadonlyArray<JobId.JobId>>) {
    const failed = yield* Chunks.ask(session.settings, chunks, (ids) =>
      Effect.map(
        Records.each(
          session.queue({ constraint: Constraint.jobs(ids), attributes }),
          (one) => take(one, (ad) => ({ _tag: "Queue", ad, own: true }))
        ),
        (unnamed) => {
          if (unnamed > 0) { for (const one of ofIds(ids)) one.isBlurred = true }
        }
      ))
    for (const [ids, error] of failed) lose(ofIds(ids), error, "Queue")
  })

  yield* askOwn(Constraint.chunks(targets.map((target) => target.id)))

  const suspects = new Map<string, PrintedAd>()
  const unanswered = yield* Chunks.ask(
    { ...session.settings, maxConcurrent: 1 },
    Sought.controls(missing()),
    ({ constraint }) =>
      Records.each(session.queue({ constraint, attributes, allUsers: true }), (one) => {
        if (withId(one.id).some(isMissing)) suspects.set(String(one.id), one)
      })
  )
  for (const [{ isAbout }, error] of unanswered) {
    lose(sought.filter((one) => isMissing(one) && isAbout(one.target)), error, "Queue")
  }
  yield* askOwn(Arr.chunksOf(Array.from(suspects.values(), ({ id }) => id), Tuning.suspectsAtOnce))
  for (const suspect of suspects.values()) take(suspect, (ad) => ({ _tag: "Queue", ad, own: false }))

  // With the key in the question, no job of another submission counts towards the number that ends the search. Handles
  // that share a number are asked about one after the other.
  const left = sought.filter(isMissing)
  const untold = new Map<Target, HistoryQuery.Untold>()
  const askPast = Effect.gen(function*() {
    const search = yield* HistoryQuery.searcher(session)
    for (const round of rounds(left.map(({ target }) => target))) {
      const hasItsKey = keyOf(Array.from(round.values()))
      const ofRound = (ids: ReadonlyArray<JobId.JobId>) => ids.flatMap((id) => round.get(String(id)) ?? [])
      const failed = yield* Chunks.ask(
        session.settings,
        Constraint.chunks(Array.from(round.values(), (target) => target.id), hasItsKey),
        (chunk) => {
          // `take` looks at the number, the key and the copy.
          const jobs = { constraint: Constraint.jobs(chunk, hasItsKey), isSought: () => true, limit: chunk.length }
          return Effect.map(search(jobs, (one) => take(one, (ad) => ({ _tag: "History", ad }))), (reason) => {
            if (reason !== undefined) { for (const target of ofRound(chunk)) untold.set(target, reason) }
          })
        }
      )
      for (const [chunk, error] of failed) {
        const some = new Set(ofRound(chunk))
        lose(left.filter(({ target }) => some.has(target)), error, "History")
      }
    }
  })
  if (left.length > 0) yield* Effect.catch(askPast, (error) => Effect.sync(() => lose(left, error, "History")))

  const [first] = sought
  if (first?.lost !== undefined && sought.every(({ lost }) => lost !== undefined)) {
    return yield* Effect.fail(first.lost.error)
  }
  for (const one of sought) if (!one.isFound) tell(one.target, Sought.notFound(one, untold.get(one.target)))
})

/**
 * The same, for whoever wants to know of all of them at the end.
 */
export const find = Effect.fnUntraced(function*(
  session: Session,
  targets: ReadonlyArray<Target>,
  attributes = JobAd.attributes
): Effect.fn.Return<(target: Target) => LookupResult, BackendError> {
  const told = new Map<Target, LookupResult>()
  yield* seek(session, targets, attributes, (target, found) => told.set(target, found))
  return (target) => told.get(target) ?? { _tag: "Absent" }
})
