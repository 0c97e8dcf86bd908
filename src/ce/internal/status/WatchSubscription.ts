/**
 * The state of one watcher: its jobs, their last statuses, and the undelivered changes.
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Latch from "effect/Latch"
import * as MutableHashMap from "effect/MutableHashMap"
import * as Option from "effect/Option"
import type { StatusChange } from "../../../contract/Capability.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import * as JobStatus from "../../../contract/JobStatus.ts"
import * as FollowedJob from "./FollowedJob.ts"

/**
 * A watcher, from the side of the poller.
 *
 * - `interval`, `maxInterval`: the shortest and the longest pause between two queries, in milliseconds
 * - `live`: the jobs to query, by the names of their handles
 * - `accept`: takes the answers about its live jobs. Returns whether to poll again soon, because a job has changed, or is
 *   `Unknown` for the first time.
 * - `endure`: takes the failure of a query, and returns whether the failure has lasted for too long
 * - `fail`: ends the watcher with a failure
 */
export interface Listener<E> {
  readonly interval: number
  readonly maxInterval: number
  readonly live: ReadonlyMap<string, { readonly handle: JobHandle }>
  accept(outcomeOf: (name: string) => StatusChange["outcome"] | undefined, now: number): boolean
  endure(now: number): boolean
  fail(cause: Cause.Cause<E>): void
}

/**
 * A watcher, from the side of its owner.
 *
 * - `follow`: replaces the set of jobs; returns whether it has new ones
 * - `end`: no further set follows
 * - `pull`: waits for changes, until all jobs are over
 */
export interface Watcher<E> extends Listener<E> {
  follow(handles: ReadonlyArray<JobHandle>): boolean
  end(exit: Exit.Exit<void, E>): void
  readonly pull: Effect.Effect<Arr.NonEmptyReadonlyArray<StatusChange>, E | Cause.Done>
}

// Takes the undelivered changes, and notes their delivery.
const deliver = (
  undelivered: Map<string, StatusChange>,
  followed: ReadonlyMap<string, FollowedJob.FollowedJob>
): ReadonlyArray<StatusChange> => {
  const changes = Array.from(undelivered.values())
  for (const [name, { outcome }] of undelivered) {
    const one = followed.get(name)
    if (one !== undefined) FollowedJob.deliver(one, outcome)
  }
  undelivered.clear()
  return changes
}

/**
 * Makes a watcher without jobs.
 *
 * **Details**
 *
 * It holds one change for each job, however slowly its owner pulls: from the last delivered status to the latest. A terminal
 * status is always the last, so that it is never skipped.
 *
 * The failure of a job counts when it has lasted for `patience`, or at once if it never ends. If the failure may end, the watcher
 * continues to follow the job.
 *
 * For `known` jobs, the first change is one from the given status.
 */
export const make = <E>(
  { interval, known, maxInterval, nameOf, patience }: Pick<Listener<E>, "interval" | "maxInterval"> & {
    readonly known: Iterable<readonly [JobHandle, JobStatus.JobStatus]>
    readonly nameOf: (handle: JobHandle) => string
    readonly patience: number
  }
): Watcher<E> => {
  const unseen = MutableHashMap.fromIterable(known)
  const followed = new Map<string, FollowedJob.FollowedJob>()
  const live = new Map<string, FollowedJob.FollowedJob>()
  const undelivered = new Map<string, StatusChange>()
  const ready = Latch.makeUnsafe()
  let over: Exit.Exit<void, E> | undefined
  let failingSince: number | undefined

  const follow = (handles: ReadonlyArray<JobHandle>): boolean => {
    const names = new Map(handles.map((handle) => [nameOf(handle), handle]))
    for (const name of followed.keys()) {
      if (names.has(name)) continue
      followed.delete(name)
      live.delete(name)
      undelivered.delete(name)
    }
    let grows = false
    if (live.size === 0) failingSince = undefined
    for (const [name, handle] of names) {
      if (followed.has(name)) continue
      const status = Option.getOrUndefined(MutableHashMap.get(unseen, handle))
      MutableHashMap.remove(unseen, handle)
      const one: FollowedJob.FollowedJob = {
        handle,
        ...(status === undefined ? {} : { latest: status, delivered: status })
      }
      followed.set(name, one)
      if (status !== undefined && JobStatus.isTerminal(status)) continue
      live.set(name, one)
      grows = true
    }
    ready.openUnsafe()
    return grows
  }

  const accept: Watcher<E>["accept"] = (outcomeOf, now) => {
    failingSince = undefined
    let any = false
    for (const [name, one] of live) {
      const outcome = outcomeOf(name)
      if (outcome === undefined) continue
      const { isOver, news } = FollowedJob.accept(one, outcome, now, patience)
      if (isOver) live.delete(name)
      if (news === "changed") undelivered.set(name, { handle: one.handle, outcome, previous: one.delivered })
      if (news === "reverted") undelivered.delete(name)
      if (news !== "unchanged") any = true
    }
    if (any) ready.openUnsafe()
    return any
  }

  const end = (exit: Exit.Exit<void, E>): void => {
    over ??= exit
    ready.openUnsafe()
  }

  const pull: Watcher<E>["pull"] = Effect.suspend(() => {
    const changes = deliver(undelivered, followed)
    if (Arr.isReadonlyArrayNonEmpty(changes)) return Effect.succeed(changes)
    if (over !== undefined && Exit.isFailure(over)) return Effect.failCause(over.cause)
    if (over !== undefined && live.size === 0) return Cause.done()
    ready.closeUnsafe()
    return Effect.flatMap(ready.await, () => pull)
  })

  return {
    interval,
    maxInterval,
    live,
    accept,
    endure: (now) => now - (failingSince ??= now) >= patience,
    fail: (cause) => {
      over = Exit.failCause(cause)
      ready.openUnsafe()
    },
    follow,
    end,
    pull
  }
}
