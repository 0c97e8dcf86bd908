/**
 * `watch` through the cluster.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as MutableHashMap from "effect/MutableHashMap"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as FollowedJob from "../../ce/internal/status/FollowedJob.ts"
import type { BackendError } from "../../contract/BackendError.ts"
import type { Pace, StatusChange, StatusReporter } from "../../contract/Capability.ts"
import type { JobHandle } from "../../contract/JobHandle.ts"
import * as JobStatus from "../../contract/JobStatus.ts"

type Known = ReadonlyArray<readonly [JobHandle, JobStatus.JobStatus]>

// One RPC. `open` is the number of its jobs that are in the set and can change.
interface Group {
  open: number
  readonly over: Deferred.Deferred<void>
}

interface Followed {
  readonly group: Group
  outcome: StatusChange["outcome"] | undefined
}

const isOver = (outcome: StatusChange["outcome"] | undefined): boolean =>
  outcome !== undefined && FollowedJob.isOver(outcome)

// As in a watch without a cluster: the stream reports a lasting failure once, and once more if no other status can follow it.
const isTold = (told: StatusChange["outcome"] | undefined, outcome: StatusChange["outcome"]): boolean => {
  if (told === undefined) return false
  if (Result.isFailure(outcome)) return Result.isFailure(told) && (isOver(told) || !isOver(outcome))
  return Result.isSuccess(told) && FollowedJob.isSame(told.success, outcome.success)
}

const settle = (group: Group) => {
  group.open -= 1
  if (group.open === 0) Deferred.doneUnsafe(group.over, Exit.void)
}

/**
 * `watch`, on streams of the owner. Jobs that are added to the set get a separate stream. The owner follows all of them with one
 * query. The engine begins a stream again if the compute element has moved, so this leaves out changes that it has reported.
 */
export const make = (
  follow: (handles: ReadonlyArray<JobHandle>, known: Known, pace: Pace) => Stream.Stream<StatusChange, BackendError>
): StatusReporter["Service"]["watch"] =>
<E, R>(
  handles: ReadonlyArray<JobHandle> | Stream.Stream<ReadonlyArray<JobHandle>, E, R>,
  { known = [], ...pace }: Parameters<StatusReporter["Service"]["watch"]>[1] = {}
) =>
  Stream.suspend(() => {
    const unseen = MutableHashMap.fromIterable(known)
    const followed = MutableHashMap.empty<JobHandle, Followed>()

    const tell = (group: Group) => (change: StatusChange): StatusChange | undefined => {
      const job = Option.getOrUndefined(MutableHashMap.get(followed, change.handle))
      if (job?.group !== group) return undefined
      if (isTold(job.outcome, change.outcome)) {
        if (Result.isSuccess(change.outcome) && JobStatus.sinceOf(change.outcome.success) !== undefined) {
          job.outcome = change.outcome
        }
        return undefined
      }
      const previous = job.outcome !== undefined && Result.isSuccess(job.outcome)
        ? job.outcome.success
        : change.previous
      if (isOver(change.outcome) && !isOver(job.outcome)) settle(group)
      job.outcome = change.outcome
      return { handle: change.handle, outcome: change.outcome, ...(previous === undefined ? {} : { previous }) }
    }

    const divide = Effect.fnUntraced(function*(set: ReadonlyArray<JobHandle>) {
      const wanted = MutableHashMap.fromIterable(set.map((handle) => [handle, true] as const))
      for (const [handle, { group, outcome }] of Array.from(followed)) {
        if (MutableHashMap.has(wanted, handle)) continue
        MutableHashMap.remove(followed, handle)
        if (!isOver(outcome)) settle(group)
      }
      const added = Array.from(MutableHashMap.keys(wanted)).filter((handle) => !MutableHashMap.has(followed, handle))
      const group: Group = { open: 0, over: yield* Deferred.make<void>() }
      const asked: Array<JobHandle> = []
      const states: Array<readonly [JobHandle, JobStatus.JobStatus]> = []
      for (const handle of added) {
        const status = Option.getOrUndefined(MutableHashMap.get(unseen, handle))
        MutableHashMap.remove(unseen, handle)
        const outcome = status === undefined ? undefined : Result.succeed(status)
        MutableHashMap.set(followed, handle, { group, outcome })
        // A job that is known to have ended does not change.
        if (isOver(outcome)) continue
        asked.push(handle)
        if (status !== undefined) states.push([handle, status])
      }
      group.open = asked.length
      if (asked.length === 0) return []
      return [
        follow(asked, states, pace).pipe(
          Stream.interruptWhen(Deferred.await(group.over)),
          Stream.map(tell(group)),
          Stream.filter(Predicate.isNotUndefined)
        )
      ]
    })

    return (Stream.isStream(handles) ? handles : Stream.make(handles)).pipe(
      Stream.mapEffect(divide),
      Stream.flattenIterable,
      Stream.flatMap((changes) => changes, { concurrency: "unbounded", bufferSize: 1 })
    )
  })
