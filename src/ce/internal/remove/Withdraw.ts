/**
 * Withdraws a submission by its key: removes all of its jobs in the queue.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { not } from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Constraint from "../../../condor/Constraint.ts"
import * as GridUniverse from "../../../condor/GridUniverse.ts"
import type { Origin } from "../../../condor/JobAd.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { PrintedAd } from "../../../condor/Schedd.ts"
import type { BackendError } from "../../../contract/BackendError.ts"
import { JobHandle } from "../../../contract/JobHandle.ts"
import type { SubmissionKey } from "../../../contract/SubmissionKey.ts"
import { type Submitter, type Withdrawal, WithdrawnJob } from "../../../contract/Submitter.ts"
import type { Session, Sessions } from "../credentials/Session.ts"
import * as Operation from "../metrics/Operation.ts"
import * as Chunks from "../query/Chunks.ts"
import * as Elapsed from "../query/Elapsed.ts"
import type { Exclusive } from "../query/Exclusive.ts"
import * as GuardedActs from "../query/GuardedActs.ts"
import * as JobLookup from "../query/JobLookup.ts"
import * as OwnJobs from "../query/OwnJobs.ts"
import * as QueryTuning from "../query/tuning.ts"
import * as Guards from "./Guards.ts"
import * as Tuning from "./tuning.ts"

const attributes: ReadonlyArray<string> = [
  "ClusterId",
  "ProcId",
  "JobStatus",
  "User",
  "Owner",
  "GridResource",
  "GridJobId",
  OwnAttributes.names.key,
  OwnAttributes.names.copy,
  OwnAttributes.names.format
]

const { cases } = WithdrawnJob

const otherFormat = "another version of this library submitted it"

const isCopy = Schema.is(JobHandle.fields.copy)

const statusOf = ({ ad }: PrintedAd): number | undefined => Result.isSuccess(ad) ? ad.success.JobStatus : undefined

// A removed job stays in the queue for a moment, or until the batch system has released it.
const isGoing = (one: PrintedAd): boolean => statusOf(one) === 3

const hasCompleted = (one: PrintedAd): boolean => statusOf(one) === 4

const isOfFormat = ({ origin }: { readonly origin: Origin }): boolean => origin.EffectCEFormat === OwnAttributes.format

const waitsForGridmanager = ({ ad }: PrintedAd): boolean =>
  Result.isSuccess(ad) && GridUniverse.isWithoutNumber(ad.success)

const isAtCE = ({ ad }: PrintedAd): boolean => Result.isSuccess(ad) && ad.success.GridJobId !== undefined

/** The outcomes of a withdrawal so far, by job id. */
type Outcomes = Map<string, WithdrawnJob>

/** The jobs of one key in the queue of a session. Jobs that are removed get their outcomes. */
const jobsOf = Effect.fnUntraced(function*(
  session: Session,
  place: OwnJobs.Place,
  key: SubmissionKey,
  outcomes: Outcomes
) {
  const owner = yield* session.owner
  const which = Constraint.all(OwnAttributes.hasKey(key), ...OwnJobs.here(place), owner.condition)
  const nameOf = ({ id, origin: { EffectCECopy: copy } }: PrintedAd) => ({
    job: String(id),
    ...(isCopy(copy) ? { handle: new JobHandle({ ...session.identity, job: String(id), key, copy }) } : {})
  })
  const note = (outcome: WithdrawnJob) => outcomes.set(outcome.job, outcome)

  const look = Effect.map(
    JobLookup.ownQueue(session, which, JobLookup.mayHaveKey(key), attributes),
    // The same condition, applied to the answer: only this one is exact.
    (ads) => ads.filter(({ origin }) => owner.owns(origin) && origin.EffectCEKey === key)
  )

  // Removes jobs that meet the guard, as the schedd answers. Returns the error of jobs without an answer.
  const remove = Effect.fnUntraced(function*(
    jobs: ReadonlyArray<PrintedAd>,
    guard: string,
    reason: string,
    outcome: "Cancelled" | "Purged"
  ): Effect.fn.Return<BackendError | undefined> {
    if (jobs.length === 0) return undefined
    const chunks = Constraint.chunks(jobs.map(({ id }) => id), undefined, QueryTuning.removedAtOnce)
    const gone = new Set<string>()
    const failed = yield* Chunks.ask(session.settings, chunks, (ids) =>
      Effect.map(
        session.act("Remove", Constraint.all(Constraint.jobs(ids), which, OwnAttributes.hasFormat, guard), reason),
        (results) => results.forEach((result, job) => GuardedActs.hasGone(result) && gone.add(job))
      ))
    for (const one of jobs) if (gone.has(String(one.id))) note(cases[outcome].make(nameOf(one)))
    return failed[0]?.[1]
  })

  return { look, nameOf, note, remove }
})

/**
 * Whether the next attempt is the last one. While all jobs wait for a gridmanager that may be handing over one of them, it waits
 * first. This does not count as an attempt.
 */
const makePatience = Effect.map(Elapsed.start, (elapsed) => {
  let attempts = 0
  return Effect.fnUntraced(function*(jobs: ReadonlyArray<PrintedAd>) {
    const isHandedOver = attempts > 0 && jobs.every(waitsForGridmanager)
    const isLate = Duration.isGreaterThanOrEqualTo(yield* elapsed, QueryTuning.handoverPatience)
    if (isHandedOver && !isLate) yield* Effect.sleep(QueryTuning.handoverInterval)
    else attempts += 1
    return isHandedOver && isLate || attempts >= Tuning.withdrawals
  })
})

/** Removes all jobs of a key, in several attempts. Returns whether none is left, and notes the outcome of each. */
const withdrawAll = Effect.fnUntraced(function*(
  session: Session,
  place: OwnJobs.Place,
  key: SubmissionKey,
  outcomes: Outcomes
) {
  const { look, nameOf, note, remove } = yield* jobsOf(session, place, key, outcomes)
  const isLast = yield* makePatience
  let failure: BackendError | undefined
  let tried: ReadonlyArray<PrintedAd> = []
  let isOver = false
  // Whether jobs that waited for a free place may be on their way to the CE.
  let moved = false
  for (;;) {
    const queue = yield* look
    const there = queue.filter(not(isGoing))
    const left = new Set(there.map(({ id }) => String(id)))
    for (const one of [...tried, ...queue.filter(isGoing)]) {
      const job = String(one.id)
      if (!left.has(job) && !outcomes.has(job)) note(cases.AlreadyGone.make(nameOf(one)))
    }
    tried = there
    const usable = there.filter(isOfFormat)
    if (usable.length === 0 || isOver) {
      const detail = failure?.message ?? "the schedd has not removed it: withdraw again in a minute"
      for (const one of there) {
        note(cases.Left.make({ ...nameOf(one), detail: isOfFormat(one) ? detail : otherFormat }))
      }
      return there.length === 0
    }
    isOver = yield* isLast(usable)
    moved ||= usable.some(isAtCE)
    const guard = isOver && !moved ? Guards.liveAtLast : Guards.live
    const live = usable.filter(not(hasCompleted))
    failure = (yield* remove(live, guard, OwnAttributes.reasons.cancelled, "Cancelled")) ??
      (yield* remove(usable.filter(hasCompleted), Guards.completed, OwnAttributes.reasons.purged, "Purged"))
    const hasRemoved = Array.from(outcomes.values()).some(({ _tag }) => _tag === "Cancelled" || _tag === "Purged")
    moved ||= hasRemoved
    // Jobs that have an outcome keep it.
    if (failure !== undefined && !hasRemoved) return yield* Effect.fail(failure)
  }
})

/**
 * Makes `withdraw` for one CE.
 */
export const make = (
  sessions: Sessions,
  place: OwnJobs.Place,
  exclusively: Exclusive
): Submitter["Service"]["withdraw"] =>
  Effect.fn("Submitter.withdraw")(function*(key: SubmissionKey): Effect.fn.Return<Withdrawal, BackendError> {
    yield* Effect.annotateCurrentSpan({ "htcondor.submission_key": key })
    // If the operation is repeated because its credentials were refused, the earlier outcomes count.
    const outcomes: Outcomes = new Map()
    const complete = yield* exclusively(
      [key],
      sessions.use("write", (session) => withdrawAll(session, place, key, outcomes))
    )
    const jobs = Array.from(outcomes.values())
    const left = jobs.filter(({ _tag }) => _tag === "Left").length
    yield* Operation.counted(jobs.length - left, left)
    return { key, jobs, complete }
  }, Operation.timed(sessions.endpoint, "withdraw"))
