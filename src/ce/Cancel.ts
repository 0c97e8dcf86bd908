/**
 * Cancelling jobs, and purging completed ones.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Result from "effect/Result"
import type { JobAd } from "../condor/JobAd.ts"
import type { Cancellable, CancelOutcome, Purgeable, PurgeOutcome } from "../contract/Capability.ts"
import {
  type CancelError,
  type HistoryUnavailable,
  NotFinished,
  NotOwner,
  NotRemovable,
  UnknownJob,
  type UnreadableJob,
  type UnsupportedJobFormat
} from "../contract/JobError.ts"
import type { JobHandle } from "../contract/JobHandle.ts"
import * as Outcomes from "../contract/Outcomes.ts"
import * as Lookup from "./Lookup.ts"
import * as Remove from "./Remove.ts"
import type { Session, Sessions } from "./Session.ts"
import * as Status from "./Status.ts"

type Decided<A, E> = Result.Result<A, E> | "remove"

/** Why neither operation can do anything about a job. */
type Refusal = UnreadableJob | UnsupportedJobFormat | HistoryUnavailable | UnknownJob | NotOwner

// Both operations: remove under a guard what the schedd itself finds to be so, and look at what it has kept. A job of the
// caller's is rarely anything else, so that most calls are one removal.
const removal = <A, E>(
  decide: (target: Lookup.Target, found: Lookup.Found) => Decided<A, E | Refusal>,
  options: { readonly guard: string; readonly reason: "cancelled" | "output purged"; readonly done: A }
) =>
  Effect.fnUntraced(function*(session: Session, targets: ReadonlyArray<Lookup.Target>) {
    const outcomes: Array<
      readonly [JobHandle, Result.Result<A, E | Refusal | NotRemovable>]
    > = []
    // What has come to be removable between the removal and the look is removed by the second one.
    const settle = Effect.fnUntraced(function*(some: ReadonlyArray<Lookup.Target>, isLast: boolean) {
      const removed = yield* Remove.remove(session, some, options.guard, options.reason)
      const kept: Array<Lookup.Target> = []
      for (const target of some) {
        if (Remove.hasGone(removed.get(target.handle.job))) outcomes.push([target.handle, Result.succeed(options.done)])
        else kept.push(target)
      }
      const again: Array<Lookup.Target> = []
      if (kept.length === 0) return again
      const find = yield* Lookup.find(session, kept)
      for (const target of kept) {
        const { handle } = target
        const decided = decide(target, find(target))
        const answer = removed.get(handle.job)
        if (decided !== "remove") outcomes.push([handle, decided])
        else if (answer === undefined && !isLast) again.push(target)
        else {
          const detail = `the schedd answered ${answer ?? "that it does not match"}`
          outcomes.push([handle, Result.fail(new NotRemovable({ handle, detail }))])
        }
      }
      return again
    })
    // Handles that share a number are dealt with one after the other.
    for (const round of Lookup.rounds(targets)) {
      const again = yield* settle(Array.from(round.values()), false)
      if (again.length > 0) yield* settle(again, true)
    }
    return outcomes
  })

const isForeign = (found: Lookup.Found): boolean => found._tag === "Queue" && !found.own

const refused = ({ handle }: Lookup.Target, found: Lookup.Found) => {
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
const alreadyFinished: CancelOutcome = { _tag: "AlreadyFinished" }

// Read from the status alone: a job whose ad is strange in any other way can be removed all the same.
const hasCompleted = ({ JobStatus, LastJobStatus }: JobAd): boolean =>
  JobStatus === 4 || JobStatus === 3 && LastJobStatus === 4

const cancelJobs = removal<CancelOutcome, never>((target, found) => {
  if (found._tag === "Absent" || found._tag === "Failed" || isForeign(found)) return refused(target, found)
  if (hasCompleted(found.ad)) return Result.succeed(alreadyFinished)
  return found._tag === "History" || found.ad.JobStatus === 3 ? Result.succeed(cancelled) : "remove"
}, { guard: "JobStatus =!= 4 && JobStatus =!= 3", reason: Remove.reasons.cancelled, done: cancelled })

const purged: PurgeOutcome = { _tag: "Purged" }

const purgeJobs = removal<PurgeOutcome, NotFinished>((target, found) => {
  if (found._tag === "Absent" || found._tag === "Failed" || isForeign(found)) return refused(target, found)
  if (found._tag === "History" || found.ad.JobStatus === 3) return Result.succeed(purged)
  if (hasCompleted(found.ad)) return "remove"
  const { handle } = target
  const status = Status.fromFound(handle, found)
  return Result.fail(Result.isSuccess(status) ? new NotFinished({ handle, status: status.success }) : status.failure)
}, { guard: "JobStatus == 4", reason: Remove.reasons.purged, done: purged })

/**
 * The services of one CE that remove jobs.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (sessions: Sessions): Cancellable["Service"] & Purgeable["Service"] => {
  const operation = Effect.fnUntraced(
    function*<A, E>(
      handles: ReadonlyArray<JobHandle>,
      act: ReturnType<typeof removal<A, E>>
    ) {
      if (handles.length === 0) return HashMap.empty<JobHandle, Result.Result<A, E | CancelError>>()
      yield* Effect.annotateCurrentSpan({ "htcondor.jobs": handles.length })
      return yield* sessions.use("write", (session) => {
        const { elsewhere, here } = Status.targets(session, handles)
        return Effect.map(
          here.length === 0 ? Effect.succeed([]) : act(session, here),
          (outcomes) => Outcomes.fromIterable<A, E | CancelError>([...elsewhere, ...outcomes])
        )
      })
    }
  )
  const cancel = Effect.fn("Cancellable.cancel")((handles: ReadonlyArray<JobHandle>) => operation(handles, cancelJobs))
  const purge = Effect.fn("Purgeable.purge")((handles: ReadonlyArray<JobHandle>) => operation(handles, purgeJobs))
  return { cancel, purge }
}
