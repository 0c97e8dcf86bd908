/**
 * What one watcher follows, what it has heard, and what it has not seen yet.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Latch from "effect/Latch"
import * as Result from "effect/Result"
import type { StatusChange } from "../contract/Capability.ts"
import type { JobHandle } from "../contract/JobHandle.ts"
import * as JobStatus from "../contract/JobStatus.ts"

/**
 * A watcher as those see it who ask for it.
 *
 * - `interval`, `maxInterval`: between two questions, in milliseconds
 * - `live`: the jobs to ask about, by a name for each handle
 * - `hear`: takes the answers about its live jobs, and says whether there is news in them
 * - `fail`: nothing more will be heard
 *
 * @category models
 * @since 0.1.0
 */
export interface Listener<E> {
  readonly interval: number
  readonly maxInterval: number
  readonly live: ReadonlyMap<string, { readonly handle: JobHandle }>
  hear(outcomeOf: (name: string) => StatusChange["outcome"] | undefined): boolean
  fail(cause: Cause.Cause<E>): void
}

/**
 * A watcher as its owner sees it.
 *
 * - `follow`: the whole set from now on; says whether there are jobs in it that were not followed before
 * - `end`: there will be no other set
 * - `pull`: waits for changes, to the end of all jobs
 *
 * @category models
 * @since 0.1.0
 */
export interface Watcher<E> extends Listener<E> {
  follow(handles: ReadonlyArray<JobHandle>): boolean
  end(exit: Exit.Exit<void, E>): void
  readonly pull: Effect.Effect<Arr.NonEmptyReadonlyArray<StatusChange>, E | Cause.Done>
}

interface Followed {
  readonly handle: JobHandle
  heard?: JobStatus.JobStatus
  seen?: JobStatus.JobStatus
  doubted?: boolean
}

/**
 * A watcher that follows nothing yet.
 *
 * **Details**
 *
 * It keeps one change for each job, however slowly its owner pulls: from what was seen last to what was heard last. What
 * is terminal comes last, so that it is never passed over.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <E>(
  { interval, maxInterval, nameOf }: Pick<Listener<E>, "interval" | "maxInterval"> & {
    readonly nameOf: (handle: JobHandle) => string
  }
): Watcher<E> => {
  const followed = new Map<string, Followed>()
  const live = new Map<string, Followed>()
  const unseen = new Map<string, StatusChange>()
  const news = Latch.makeUnsafe()
  let over: Exit.Exit<void, E> | undefined

  const follow = (handles: ReadonlyArray<JobHandle>): boolean => {
    const names = new Map(handles.map((handle) => [nameOf(handle), handle]))
    for (const name of followed.keys()) {
      if (names.has(name)) continue
      followed.delete(name)
      live.delete(name)
      unseen.delete(name)
    }
    let grows = false
    for (const [name, handle] of names) {
      if (followed.has(name)) continue
      const one: Followed = { handle }
      followed.set(name, one)
      live.set(name, one)
      grows = true
    }
    news.openUnsafe()
    return grows
  }

  const isNews = (name: string, one: Followed, outcome: StatusChange["outcome"]): boolean => {
    const change = { handle: one.handle, outcome, previous: one.seen }
    if (Result.isFailure(outcome)) {
      if (outcome.failure._tag === "HistoryUnavailable" && outcome.failure.temporary) return false
      live.delete(name)
      unseen.set(name, change)
    } else {
      const now = outcome.success
      // One wrong answer would end the following of a job. It is asked for again soon.
      if (now._tag === "Unknown" && one.doubted !== true) return one.doubted = true
      one.doubted = false
      if (JobStatus.isTerminal(now)) live.delete(name)
      if (one.heard !== undefined && Equal.equals(one.heard, now)) return false
      one.heard = now
      if (one.seen !== undefined && Equal.equals(one.seen, now)) unseen.delete(name)
      else unseen.set(name, change)
    }
    return true
  }

  const hear: Watcher<E>["hear"] = (outcomeOf) => {
    let any = false
    for (const [name, one] of live) {
      const outcome = outcomeOf(name)
      if (outcome !== undefined && isNews(name, one, outcome)) any = true
    }
    if (any) news.openUnsafe()
    return any
  }

  const take = (): ReadonlyArray<StatusChange> => {
    const changes = Array.from(unseen.values())
    for (const name of unseen.keys()) {
      const one = followed.get(name)
      if (one?.heard !== undefined) one.seen = one.heard
    }
    unseen.clear()
    return changes
  }

  const end = (exit: Exit.Exit<void, E>): void => {
    over ??= exit
    news.openUnsafe()
  }

  const pull: Watcher<E>["pull"] = Effect.suspend(() => {
    const changes = take()
    if (Arr.isReadonlyArrayNonEmpty(changes)) return Effect.succeed(changes)
    if (over !== undefined && Exit.isFailure(over)) return Effect.failCause(over.cause)
    if (over !== undefined && live.size === 0) return Cause.done()
    news.closeUnsafe()
    return Effect.flatMap(news.await, () => pull)
  })

  return {
    interval,
    maxInterval,
    live,
    hear,
    fail: (cause) => {
      over = Exit.failCause(cause)
      news.openUnsafe()
    },
    follow,
    end,
    pull
  }
}
