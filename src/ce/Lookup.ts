/**
 * What a CE knows of jobs: the queue first, then the history, and silence is never taken for an answer.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Constraint from "../condor/Constraint.ts"
import * as JobAd from "../condor/JobAd.ts"
import * as JobId from "../condor/JobId.ts"
import * as OwnAttributes from "../condor/OwnAttributes.ts"
import type * as ToolOutput from "../condor/ToolOutput.ts"
import type { BackendError } from "../contract/BackendError.ts"
import { HistoryUnavailable, UnreadableJob, UnsupportedJobFormat, WrongEndpoint } from "../contract/JobError.ts"
import type { JobHandle } from "../contract/JobHandle.ts"
import * as History from "./History.ts"
import * as Question from "./Question.ts"
import * as Route from "./Route.ts"
import type { Session } from "./Session.ts"

/**
 * - `Queue`: in the queue, with its ad; `own` is false for a job of another identity
 * - `History`: it has left the queue
 * - `Failed`: there is an ad, and it makes no sense or has another format; or the queue has none, and there is no history to ask
 * - `Absent`: neither the queue nor the history holds a job with this number, key and copy
 *
 * @category models
 * @since 0.1.0
 */
export type Found =
  | { readonly _tag: "Queue"; readonly ad: JobAd.JobAd; readonly own: boolean }
  | { readonly _tag: "History"; readonly ad: JobAd.JobAd }
  | { readonly _tag: "Failed"; readonly error: UnreadableJob | UnsupportedJobFormat | HistoryUnavailable }
  | { readonly _tag: "Absent" }

/**
 * A handle that belongs to this CE, with its number, which `handle.job` is as text.
 *
 * @category models
 * @since 0.1.0
 */
export interface Target {
  readonly handle: JobHandle
  readonly id: JobId.JobId
}

/**
 * The number of a handle's job at this CE, or why it has none here. The handle may say a former name of the CE.
 *
 * @category converting
 * @since 0.1.0
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
    : Result.fail(new UnreadableJob({ handle, detail: "is no <cluster>.<proc>" }))
}

// Far below what any gateway answers, because these are the jobs that an answer left out.
const suspectsAtOnce = 50

type Take = (ad: ToolOutput.PrintedAd) => void

const queue = Effect.fnUntraced(function*(
  session: Session,
  args: ReadonlyArray<string>,
  attributes: ReadonlyArray<string>,
  take: Take
): Effect.fn.Return<void, BackendError> {
  // Otherwise it prints nothing before it has heard of all of them, and sorts them.
  const streamed = ["-stream-results", ...args]
  const result = yield* session.ads("condor_q", Question.ads(session, streamed, attributes), take)
  if (result.exitCode !== 0) return yield* Effect.flip(session.explain("condor_q", result))
})

const byNumber = ({ id: a }: ToolOutput.PrintedAd, { id: b }: ToolOutput.PrintedAd): number =>
  a.cluster - b.cluster || a.proc - b.proc

/**
 * The caller's own jobs in the queue that satisfy a constraint, by their numbers. `attributes` are those that are asked for.
 *
 * @category queries
 * @since 0.1.0
 */
export const ownQueue = Effect.fnUntraced(function*(
  session: Session,
  constraint: string,
  attributes = JobAd.attributes
): Effect.fn.Return<ReadonlyArray<ToolOutput.PrintedAd>, BackendError> {
  const ads = new Map<string, ToolOutput.PrintedAd>()
  yield* queue(session, ["-constraint", constraint], attributes, (ad) => ads.set(String(ad.id), ad))
  return Array.from(ads.values()).toSorted(byNumber)
})

/**
 * The condition that a job with the number of a target carries its key.
 *
 * @category constructors
 * @since 0.1.0
 */
export const keyOf = (targets: ReadonlyArray<Target>): (id: JobId.JobId) => string => {
  const keys = new Map(targets.map(({ handle }) => [handle.job, handle.key]))
  return (id) => OwnAttributes.hasKey(keys.get(String(id)) ?? "")
}

/**
 * Splits targets so that no two of a part share a number, by which each part holds them.
 *
 * @category combinators
 * @since 0.1.0
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

// A few jobs of great clusters are asked for by themselves.
const controls = (targets: ReadonlyArray<Target>): ReadonlyArray<ReadonlyArray<string>> => {
  if (targets.length === 0) return []
  if (targets.length <= suspectsAtOnce) return [["-constraint", Constraint.jobs(targets.map((target) => target.id))]]
  const clusters = Array.from(new Set(targets.map((target) => String(target.id.cluster))))
  return Array.from(
    { length: Math.ceil(clusters.length / Constraint.maxClusters) },
    (_, index) => clusters.slice(index * Constraint.maxClusters, (index + 1) * Constraint.maxClusters)
  )
}

interface Sought {
  readonly target: Target
  isFound: boolean
}

// Who seeks the job with a number. The numbers themselves are looked up: as text they take four times as long.
const byNumbers = (all: ReadonlyArray<Sought>): (id: JobId.JobId) => ReadonlyArray<Sought> => {
  const clusters = new Map<number, Map<number, Array<Sought>>>()
  for (const one of all) {
    const { cluster, proc } = one.target.id
    let procs = clusters.get(cluster)
    if (procs === undefined) clusters.set(cluster, procs = new Map())
    const others = procs.get(proc)
    if (others === undefined) procs.set(proc, [one])
    else others.push(one)
  }
  const nobody: ReadonlyArray<Sought> = []
  return ({ cluster, proc }) => clusters.get(cluster)?.get(proc) ?? nobody
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
 * that nobody has to keep tens of thousands of ads. It counts only if all ends well.
 *
 * @category queries
 * @since 0.1.0
 */
export const seek = Effect.fnUntraced(function*(
  session: Session,
  targets: ReadonlyArray<Target>,
  attributes: ReadonlyArray<string>,
  tell: (target: Target, found: Found) => void
): Effect.fn.Return<void, BackendError> {
  const sought = targets.map((target): Sought => ({ target, isFound: false }))
  const withId = byNumbers(sought)
  const concurrency = session.settings.maxConcurrent

  const missing = () => sought.flatMap(({ isFound, target }) => isFound ? [] : [target])
  // Gives an ad to those who seek its number, its key and its copy.
  const take = ({ ad, id }: ToolOutput.PrintedAd, make: (ad: JobAd.JobAd) => Found) => {
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
  const askOwn = (ids: ReadonlyArray<JobId.JobId>) =>
    queue(
      session,
      ["-constraint", Constraint.jobs(ids)],
      attributes,
      (one) => take(one, (ad) => ({ _tag: "Queue", ad, own: true }))
    )

  yield* Effect.forEach(Constraint.chunks(targets.map((target) => target.id)), askOwn, { concurrency })

  const suspects = new Map<string, ToolOutput.PrintedAd>()
  for (const question of controls(missing())) {
    yield* queue(session, ["-allusers", ...question], attributes, (one) => {
      if (withId(one.id).some(({ isFound }) => !isFound)) suspects.set(String(one.id), one)
    })
  }
  const suspectIds = Array.from(suspects.values(), ({ id }) => id)
  yield* Effect.forEach(
    Array.from(
      { length: Math.ceil(suspectIds.length / suspectsAtOnce) },
      (_, index) => suspectIds.slice(index * suspectsAtOnce, (index + 1) * suspectsAtOnce)
    ),
    askOwn,
    { concurrency, discard: true }
  )
  for (const suspect of suspects.values()) take(suspect, (ad) => ({ _tag: "Queue", ad, own: false }))

  // With the key in the question, no job of another submission counts towards the number that ends the search. Handles
  // that share a number are asked about one after the other.
  const left = missing()
  const untold = new Map<Target, History.Untold>()
  const notTold = (some: ReadonlyArray<Target>, reason: History.Untold | undefined) => {
    if (reason !== undefined) { for (const target of some) untold.set(target, reason) }
  }
  // Whoever is in the queue has an answer, whatever becomes of the question about the others.
  const orNotTold = (some: ReadonlyArray<Target>) =>
    Effect.catch((error: BackendError) =>
      !sought.some(({ isFound }) => isFound)
        ? Effect.fail(error)
        : Effect.sync(() => notTold(some, { detail: error.message, temporary: true }))
    )
  const askPast = Effect.gen(function*() {
    const search = yield* History.searcher(session)
    for (const round of rounds(left)) {
      const hasItsKey = keyOf(Array.from(round.values()))
      yield* Effect.forEach(
        Constraint.chunks(Array.from(round.values(), (target) => target.id), hasItsKey),
        (chunk) => {
          const some = chunk.flatMap((id) => round.get(String(id)) ?? [])
          // `take` looks at the number, the key and the copy.
          const sought = { constraint: Constraint.jobs(chunk, hasItsKey), isSought: () => true, limit: chunk.length }
          return search(sought, (one) => take(one, (ad) => ({ _tag: "History", ad }))).pipe(
            Effect.map((reason) => notTold(some, reason)),
            orNotTold(some)
          )
        },
        { concurrency, discard: true }
      )
    }
  })
  if (left.length > 0) yield* orNotTold(left)(askPast)

  for (const target of missing()) {
    const reason = untold.get(target)
    tell(
      target,
      reason === undefined
        ? { _tag: "Absent" }
        : { _tag: "Failed", error: new HistoryUnavailable({ handle: target.handle, ...reason }) }
    )
  }
})

/**
 * The same, for whoever wants to know of all of them at the end.
 *
 * @category queries
 * @since 0.1.0
 */
export const find = Effect.fnUntraced(function*(
  session: Session,
  targets: ReadonlyArray<Target>,
  attributes = JobAd.attributes
): Effect.fn.Return<(target: Target) => Found, BackendError> {
  const told = new Map<Target, Found>()
  yield* seek(session, targets, attributes, (target, found) => told.set(target, found))
  return (target) => told.get(target) ?? { _tag: "Absent" }
})
