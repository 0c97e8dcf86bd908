/**
 * Releases held jobs if that is known to work, and checks whether it has worked.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { JobAd } from "../../../condor/JobAd.ts"
import type { BackendError } from "../../../contract/BackendError.ts"
import type { Releasable, ReleaseOutcome } from "../../../contract/Capability.ts"
import {
  NotHeld,
  NotOwner,
  type ReleaseError,
  ReleaseFutile,
  StatusUnavailable,
  UnknownJob
} from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import * as Outcomes from "../../../contract/Outcomes.ts"
import type { Session, Sessions } from "../credentials/Session.ts"
import * as Operation from "../metrics/Operation.ts"
import * as Elapsed from "../query/Elapsed.ts"
import * as GuardedActs from "../query/GuardedActs.ts"
import * as JobLookup from "../query/JobLookup.ts"
import * as JobTargets from "../query/JobTargets.ts"
import type { LookupResult, Target } from "../query/LookupResult.ts"
import * as StatusMapping from "../query/StatusMapping.ts"
import * as ReleaseRule from "./ReleaseRule.ts"
import * as Tuning from "./tuning.ts"

type Outcome = Result.Result<ReleaseOutcome, ReleaseError>

const released: Outcome = Result.succeed({ _tag: "Released" })

const statusOf = (session: Session, ad: JobAd) => StatusMapping.fromAd(ad, session.settings.explanations)

// A release of such a job fails, or has failed already.
const futile = (session: Session, { handle }: Target, ad: JobAd): Outcome => {
  const status = statusOf(session, ad)
  return Result.fail(
    status._tag === "Held" || status._tag === "Removed"
      ? new ReleaseFutile({ handle, status, advice: status.advice })
      : new NotHeld({ handle, status })
  )
}

// The job is releasable, but was not released.
const notYet = (session: Session, { handle }: Target, ad: JobAd): Outcome => {
  const status = statusOf(session, ad)
  const advice = "Release the job again in a minute: it was not ready for a release yet."
  return Result.fail(
    status._tag === "Held"
      ? new ReleaseFutile({ handle, status, advice, retry: "Later" })
      : new NotHeld({ handle, status })
  )
}

// The outcome of a job that cannot be released, or the ad of one that can.
const refused = (session: Session, target: Target, found: LookupResult): Outcome | JobAd => {
  const { handle } = target
  switch (found._tag) {
    case "Absent":
      return Result.fail(new UnknownJob({ handle }))
    case "Failed":
      return Result.fail(found.error)
    case "History":
      return Result.fail(new NotHeld({ handle, status: statusOf(session, found.ad) }))
    case "Queue": {
      const { ad } = found
      if (!found.own) return Result.fail(new NotOwner({ handle, owner: ad.User ?? "another identity" }))
      const status = statusOf(session, ad)
      if (status._tag !== "Held") return Result.fail(new NotHeld({ handle, status }))
      return ReleaseRule.isReleasable(ad) ? ad : futile(session, target, ad)
    }
  }
}

// The outcome of a release, from a later look at the job. Undefined while the job waits.
const verdict = (session: Session, target: Target, found: LookupResult): Outcome | undefined => {
  if (found._tag === "Absent") return Result.fail(new UnknownJob({ handle: target.handle }))
  if (found._tag === "Failed") return undefined
  const status = statusOf(session, found.ad)
  switch (status._tag) {
    case "Held":
    case "Removed":
      return futile(session, target, found.ad)
    case "Waiting":
      return undefined
    default:
      return released
  }
}

/** Releases jobs with distinct ids; `answers` gets the outcome of each. */
const releaseRound = Effect.fnUntraced(function*(
  session: Session,
  targets: ReadonlyArray<Target>,
  answers: Map<Target, Outcome>
): Effect.fn.Return<void, BackendError> {
  const held = new Map<Target, JobAd>()
  const settle = (target: Target, outcome: Outcome): void => {
    held.delete(target)
    answers.set(target, outcome)
  }
  const unavailable = (some: Iterable<Target>, error: BackendError) => {
    for (const target of Array.from(some)) {
      settle(target, Result.fail(new StatusUnavailable({ handle: target.handle, error })))
    }
  }
  // Jobs that have an outcome keep it. If none has one, the operation fails, and can be repeated.
  const orUnavailable = <A>(ask: Effect.Effect<A, BackendError>, some: Iterable<Target>) =>
    Effect.catch(ask, (error) => {
      if (answers.size === 0) return Effect.fail(error)
      unavailable(some, error)
      return Effect.succeed(undefined)
    })
  const look = Effect.fnUntraced(function*(some: ReadonlyArray<Target>) {
    const resultOf = yield* orUnavailable(JobLookup.lookupAll(session, some, ReleaseRule.attributes), some)
    if (resultOf === undefined) return
    for (const target of some) {
      const decided = refused(session, target, resultOf(target))
      if (Result.isResult(decided)) settle(target, decided)
      else held.set(target, decided)
    }
  })
  const those = (condition: (ad: JobAd) => boolean) =>
    Array.from(held).flatMap(([target, ad]) => condition(ad) ? [target] : [])
  const failedOf = ({ failed }: GuardedActs.Acted) => {
    for (const target of Array.from(held.keys())) {
      const error = failed.get(target.handle.job)
      if (error !== undefined) unavailable([target], error)
    }
  }

  const giveUp = (some: ReadonlyArray<Target>): void => {
    for (const target of some) {
      const ad = held.get(target)
      if (ad !== undefined) settle(target, notYet(session, target, ad))
    }
  }

  yield* look(targets)

  const inBatchSystem = those(ReleaseRule.isInBatchSystem)
  if (inBatchSystem.length > 0) {
    const edited = yield* orUnavailable(
      GuardedActs.edit(session, inBatchSystem, ReleaseRule.takeBackGuard, ReleaseRule.taken),
      inBatchSystem
    )
    if (edited !== undefined) failedOf(edited)
    yield* look(inBatchSystem.filter((target) => held.has(target)))
    // These jobs have changed in the meantime, or the schedd does not allow the edit.
    giveUp(those(ReleaseRule.isInBatchSystem))
  }

  const elapsed = yield* Elapsed.start
  while (those(ReleaseRule.isRouted).length > 0 && Duration.isLessThan(yield* elapsed, Tuning.takeBackPatience)) {
    yield* Effect.sleep(Tuning.interval)
    yield* look(those(ReleaseRule.isRouted))
  }
  giveUp(those(ReleaseRule.isRouted))
  if (held.size === 0) return

  const ready = Array.from(held.keys())
  const acted = yield* orUnavailable(GuardedActs.release(session, ready, ReleaseRule.releaseGuard), ready)
  if (acted === undefined) return
  failedOf(acted)
  const kept = Array.from(held.keys()).filter(({ handle }) => acted.results.get(handle.job) !== "Done")
  if (kept.length > 0) yield* look(kept)
  giveUp(kept)
  yield* verify(session, held, settle)
})

// Waits until the JobRouter or the gridmanager has looked at the jobs, which may hold them again. A job that progresses is not
// held.
const verify = Effect.fnUntraced(function*(
  session: Session,
  held: ReadonlyMap<Target, JobAd>,
  settle: (target: Target, outcome: Outcome) => void
) {
  const elapsed = yield* Elapsed.start
  const settling = (target: Target): Duration.Duration => {
    const ad = held.get(target)
    return ad === undefined ? Duration.zero : Tuning.settling[ReleaseRule.settlesBy(ad)]
  }
  while (held.size > 0) {
    yield* Effect.sleep(Tuning.interval)
    const passed = yield* elapsed
    const some = Array.from(held.keys())
    const resultOf = yield* Effect.result(JobLookup.lookupAll(session, some, ReleaseRule.attributes))
    for (const target of some) {
      const isOver = Duration.isGreaterThanOrEqualTo(passed, settling(target))
      if (Result.isFailure(resultOf)) {
        // Whether the job is still released is not known.
        if (isOver) {
          settle(target, Result.fail(new StatusUnavailable({ handle: target.handle, error: resultOf.failure })))
        }
        continue
      }
      const found = resultOf.success(target)
      const said = verdict(session, target, found)
      if (said !== undefined) settle(target, said)
      else if (isOver) settle(target, found._tag === "Failed" ? Result.fail(found.error) : released)
    }
  }
})

const releaseJobs = Effect.fnUntraced(function*(session: Session, targets: ReadonlyArray<Target>) {
  const answers = new Map<Target, Outcome>()
  for (const round of JobLookup.rounds(targets)) {
    yield* releaseRound(session, Array.from(round.values()), answers)
  }
  return Array.from(answers, ([{ handle }, outcome]) => [handle, outcome] as const)
})

/**
 * Makes the release service of one CE.
 */
export const make = (sessions: Sessions): Releasable["Service"] => ({
  release: Effect.fn("Releasable.release")(function*(handles: ReadonlyArray<JobHandle>) {
    if (handles.length === 0) return Outcomes.fromIterable<ReleaseOutcome, ReleaseError>([])
    yield* Effect.annotateCurrentSpan({ "htcondor.jobs": handles.length })
    return yield* sessions.use("write", (session) => {
      const { elsewhere, here } = JobTargets.targets(session, handles)
      return Effect.map(
        here.length === 0 ? Effect.succeed([]) : releaseJobs(session, here),
        (outcomes) =>
          Outcomes.inOrder(Outcomes.fromIterable<ReleaseOutcome, ReleaseError>([...elsewhere, ...outcomes]), handles)
      )
    })
  }, Operation.bulk(sessions.endpoint, "release"))
})
