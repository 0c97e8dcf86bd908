/**
 * Cancels jobs, and purges completed ones.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as GridUniverse from "../../../condor/GridUniverse.ts"
import type { JobAd } from "../../../condor/JobAd.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { BackendError } from "../../../contract/BackendError.ts"
import type { Cancellable, CancelOutcome, Purgeable, PurgeOutcome } from "../../../contract/Capability.ts"
import {
  type CancelError,
  NotFinished,
  NotOwner,
  NotRemovable,
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
import type { LookupResult, NotFound, Target } from "../query/LookupResult.ts"
import * as StatusMapping from "../query/StatusMapping.ts"
import * as Tuning from "../query/tuning.ts"
import * as Guards from "./Guards.ts"

type Decided<A, E> = Result.Result<A, E> | "remove"

/** The errors that both operations have for a job. */
type Refusal = NotFound | UnknownJob | NotOwner

const waitsForGridmanager = (found: LookupResult): boolean =>
  found._tag === "Queue" && GridUniverse.isWithoutNumber(found.ad)

const isAtCE = (found: LookupResult): boolean => found._tag === "Queue" && found.ad.GridJobId !== undefined

/**
 * Jobs that are still in the queue although they can be removed.
 *
 * - `handedOver`: a submit host may be handing one of them over to the CE
 * - `moved`: other jobs were removed, or one of these has arrived at the CE
 */
interface Kept {
  readonly targets: ReadonlyArray<Target>
  readonly handedOver: boolean
  readonly moved: boolean
}

const isUnavailable = (outcome: Result.Result<unknown, unknown>): boolean =>
  Result.isFailure(outcome) && outcome.failure instanceof StatusUnavailable

// Both operations: remove the jobs that satisfy a guard in the schedd, and look up the others. Almost all of a caller's jobs
// satisfy it, so that most calls are one removal.
const removal = <A, E>(
  decide: (target: Target, found: LookupResult, settings: Session["settings"]) => Decided<A, E | Refusal>,
  options: {
    readonly guard: string
    readonly lastGuard: string
    readonly reason: typeof OwnAttributes.reasons["cancelled" | "purged"]
    readonly done: A
  }
) =>
  Effect.fnUntraced(function*(session: Session, targets: ReadonlyArray<Target>) {
    const outcomes: Array<
      readonly [JobHandle, Result.Result<A, E | Refusal | NotRemovable>]
    > = []
    const settle = Effect.fnUntraced(function*(some: ReadonlyArray<Target>, guard: string, isLast: boolean) {
      const again: Array<Target> = []
      const cannotAsk = (targets: ReadonlyArray<Target>) => (error: BackendError) => {
        // Jobs that have an outcome keep it.
        if (outcomes.every(([, outcome]) => isUnavailable(outcome))) return Effect.fail(error)
        for (const { handle } of targets) outcomes.push([handle, Result.fail(new StatusUnavailable({ handle, error }))])
        return Effect.succeed(undefined)
      }
      const removed = yield* Effect.catch(GuardedActs.remove(session, some, guard, options.reason), cannotAsk(some))
      if (removed === undefined) return { targets: again, handedOver: false, moved: false }
      const kept: Array<Target> = []
      let hasRemoved = false
      for (const target of some) {
        const { handle } = target
        const error = removed.failed.get(handle.job)
        if (error !== undefined) outcomes.push([handle, Result.fail(new StatusUnavailable({ handle, error }))])
        else if (GuardedActs.hasGone(removed.results.get(handle.job))) {
          hasRemoved = true
          outcomes.push([handle, Result.succeed(options.done)])
        } else kept.push(target)
      }
      const resultOf = kept.length === 0
        ? undefined
        : yield* Effect.catch(JobLookup.lookupAll(session, kept), cannotAsk(kept))
      if (resultOf === undefined) return { targets: again, handedOver: false, moved: hasRemoved }
      for (const target of kept) {
        const { handle } = target
        const found = resultOf(target)
        const decided = decide(target, found, session.settings)
        const answer = removed.results.get(handle.job)
        if (decided !== "remove") outcomes.push([handle, decided])
        else if (answer === undefined && !isLast) again.push(target)
        else {
          const detail = answer === undefined && waitsForGridmanager(found)
            ? "its submit host may be handing it over to the compute element; cancel it again in a minute"
            : `the schedd answered ${answer ?? "that it does not match"}`
          outcomes.push([handle, Result.fail(new NotRemovable({ handle, detail }))])
        }
      }
      const results = again.map(resultOf)
      return {
        targets: again,
        handedOver: results.some(waitsForGridmanager),
        moved: hasRemoved || results.some(isAtCE)
      }
    })
    let moved = false
    const elapsed = yield* Elapsed.start
    // Handles with the same job id are handled one after the other, in the same total time.
    for (const round of JobLookup.rounds(targets)) {
      let kept: Kept = yield* settle(Array.from(round.values()), options.guard, false)
      while (kept.handedOver && Duration.isLessThan(yield* elapsed, Tuning.handoverPatience)) {
        yield* Effect.sleep(Tuning.handoverInterval)
        moved ||= kept.moved
        kept = yield* settle(kept.targets, options.guard, false)
      }
      moved ||= kept.moved
      // Jobs that became removable between the removal and the lookup. If jobs have left the CE, or have arrived there, others
      // that waited for a free place may be on their way to the CE.
      if (kept.targets.length > 0) yield* settle(kept.targets, moved ? options.guard : options.lastGuard, true)
    }
    return outcomes
  })

const isForeign = (found: LookupResult): boolean => found._tag === "Queue" && !found.own

const refused = ({ handle }: Target, found: LookupResult) => {
  switch (found._tag) {
    case "Absent":
      return Result.fail(new UnknownJob({ handle }))
    case "Failed":
      return Result.fail(found.error)
    case "Queue":
    case "History":
      return Result.fail(new NotOwner({ handle, owner: found.ad.User ?? "another identity" }))
  }
}

const cancelled: CancelOutcome = { _tag: "Cancelled" }
const alreadyFinished = (found: LookupResult): CancelOutcome => ({
  _tag: "AlreadyFinished",
  output: StatusMapping.outputOf(found)
})

// Uses only the status: a job can be removed even if other attributes of its ad are strange.
const hasCompleted = ({ JobStatus, LastJobStatus }: JobAd): boolean =>
  JobStatus === 4 || JobStatus === 3 && LastJobStatus === 4

const cancelJobs = removal<CancelOutcome, never>((target, found) => {
  if (found._tag === "Absent" || found._tag === "Failed" || isForeign(found)) return refused(target, found)
  if (hasCompleted(found.ad)) return Result.succeed(alreadyFinished(found))
  return found._tag === "History" || found.ad.JobStatus === 3 ? Result.succeed(cancelled) : "remove"
}, {
  guard: Guards.live,
  lastGuard: Guards.liveAtLast,
  reason: OwnAttributes.reasons.cancelled,
  done: cancelled
})

const purged: PurgeOutcome = { _tag: "Purged" }

const purgeJobs = removal<PurgeOutcome, NotFinished>((target, found, { explanations }) => {
  if (found._tag === "Absent" || found._tag === "Failed" || isForeign(found)) return refused(target, found)
  if (found._tag === "History" || found.ad.JobStatus === 3) return Result.succeed(purged)
  if (hasCompleted(found.ad)) return "remove"
  const { handle } = target
  return Result.fail(new NotFinished({ handle, status: StatusMapping.fromAd(found.ad, explanations) }))
}, { guard: Guards.completed, lastGuard: Guards.completed, reason: OwnAttributes.reasons.purged, done: purged })

/**
 * Makes `cancel` and `purge` for one CE.
 */
export const make = (sessions: Sessions): Cancellable["Service"] & Purgeable["Service"] => {
  const operation = Effect.fnUntraced(
    function*<A, E>(
      handles: ReadonlyArray<JobHandle>,
      act: ReturnType<typeof removal<A, E>>
    ) {
      if (handles.length === 0) return Outcomes.fromIterable<A, E | CancelError>([])
      yield* Effect.annotateCurrentSpan({ "htcondor.jobs": handles.length })
      return yield* sessions.use("write", (session) => {
        const { elsewhere, here } = JobTargets.targets(session, handles)
        return Effect.map(
          here.length === 0 ? Effect.succeed([]) : act(session, here),
          (outcomes) =>
            Outcomes.inOrder(Outcomes.fromIterable<A, E | CancelError>([...elsewhere, ...outcomes]), handles)
        )
      })
    }
  )
  const cancel = Effect.fn("Cancellable.cancel")(
    (handles: ReadonlyArray<JobHandle>) => operation(handles, cancelJobs),
    Operation.bulk(sessions.endpoint, "cancel")
  )
  const purge = Effect.fn("Purgeable.purge")(
    (handles: ReadonlyArray<JobHandle>) => operation(handles, purgeJobs),
    Operation.bulk(sessions.endpoint, "purge")
  )
  return { cancel, purge }
}
