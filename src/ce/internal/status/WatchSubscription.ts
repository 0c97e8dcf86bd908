/**
 * What one watcher follows, what it has heard, and what it has not seen yet.
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Latch from "effect/Latch"
import * as Result from "effect/Result"
import type { StatusChange } from "../../../contract/Capability.ts"
import type { StatusError } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import * as JobStatus from "../../../contract/JobStatus.ts"
import { canRepeat } from "../../../contract/Retry.ts"

/**
 * A watcher as those see it who ask for it.
 *
 * - `interval`, `maxInterval`: between two questions, in milliseconds
 * - `live`: the jobs to ask about, by a name for each handle
 * - `hear`: takes the answers about its live jobs at some time, and says whether there is news in them
 * - `endure`: takes the failure of a question at some time, and says whether it lasts too long
 * - `fail`: nothing more will be heard
 */
export interface Listener<E> {
  readonly interval: number
  readonly maxInterval: number
  readonly live: ReadonlyMap<string, { readonly handle: JobHandle }>
  hear(outcomeOf: (name: string) => StatusChange["outcome"] | undefined, now: number): boolean
  endure(now: number): boolean
  fail(cause: Cause.Cause<E>): void
}

/**
 * A watcher as its owner sees it.
 *
 * - `follow`: the whole set from now on; says whether there are jobs in it that were not followed before
 * - `end`: there will be no other set
 * - `pull`: waits for changes, to the end of all jobs
 */
export interface Watcher<E> extends Listener<E> {
  follow(handles: ReadonlyArray<JobHandle>): boolean
  end(exit: Exit.Exit<void, E>): void
  readonly pull: Effect.Effect<Arr.NonEmptyReadonlyArray<StatusChange>, E | Cause.Done>
}

/**
 * - `heard`, `seen`: its last status, and that which the owner was told last
 * - `doubted`: it was `Unknown` once
 * - `failingSince`: when it failed first, if it has done nothing else since; `isFailed` if that was heard, `failed` if it was seen
 */
interface Followed {
  readonly handle: JobHandle
  heard?: JobStatus.JobStatus
  seen?: JobStatus.JobStatus
  doubted?: boolean
  failingSince?: number | undefined
  isFailed?: boolean
  failed?: boolean
}

/**
 * A watcher that follows nothing yet.
 *
 * **Details**
 *
 * It keeps one change for each job, however slowly its owner pulls: from what was seen last to what was heard last. What
 * is terminal comes last, so that it is never passed over.
 *
 * The failure of a job is heard when it has lasted for `patience`, or at once if it never ends. A job is followed on if its
 * failure may end by itself.
 */
export const make = <E>(
  { interval, maxInterval, nameOf, patience }: Pick<Listener<E>, "interval" | "maxInterval"> & {
    readonly nameOf: (handle: JobHandle) => string
    readonly patience: number
  }
): Watcher<E> => {
  const followed = new Map<string, Followed>()
  const live = new Map<string, Followed>()
  const unseen = new Map<string, StatusChange>()
  const news = Latch.makeUnsafe()
  let over: Exit.Exit<void, E> | undefined
  let failingSince: number | undefined

  const follow = (handles: ReadonlyArray<JobHandle>): boolean => {
    const names = new Map(handles.map((handle) => [nameOf(handle), handle]))
    for (const name of followed.keys()) {
      if (names.has(name)) continue
      followed.delete(name)
      live.delete(name)
      unseen.delete(name)
    }
    let grows = false
    if (live.size === 0) failingSince = undefined
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

  const isLasting = (name: string, one: Followed, failure: StatusError, now: number): boolean => {
    one.failingSince ??= now
    if (failure.retry !== "Never" && now - one.failingSince < patience) return false
    // What fails the question for some jobs fails them all where it lasts, and may be mended.
    if (!canRepeat(failure) && failure._tag !== "StatusUnavailable") live.delete(name)
    else if (one.isFailed === true) return false
    return one.isFailed = true
  }

  const isNews = (name: string, one: Followed, outcome: StatusChange["outcome"], at: number): boolean => {
    const change = { handle: one.handle, outcome, previous: one.seen }
    if (Result.isFailure(outcome)) {
      const lasts = isLasting(name, one, outcome.failure, at)
      if (lasts) unseen.set(name, change)
      return lasts
    }
    const now = outcome.success
    one.failingSince = undefined
    // One wrong answer would end the following of a job. It is asked for again soon.
    if (now._tag === "Unknown" && one.doubted !== true) return one.doubted = true
    one.doubted = false
    if (JobStatus.isTerminal(now)) live.delete(name)
    if (one.isFailed !== true && one.heard !== undefined && Equal.equals(one.heard, now)) return false
    one.heard = now
    one.isFailed = false
    if (one.failed !== true && one.seen !== undefined && Equal.equals(one.seen, now)) unseen.delete(name)
    else unseen.set(name, change)
    return true
  }

  const hear: Watcher<E>["hear"] = (outcomeOf, now) => {
    failingSince = undefined
    let any = false
    for (const [name, one] of live) {
      const outcome = outcomeOf(name)
      if (outcome !== undefined && isNews(name, one, outcome, now)) any = true
    }
    if (any) news.openUnsafe()
    return any
  }

  const take = (): ReadonlyArray<StatusChange> => {
    const changes = Array.from(unseen.values())
    for (const [name, { outcome }] of unseen) {
      const one = followed.get(name)
      if (one === undefined) continue
      one.failed = Result.isFailure(outcome)
      if (Result.isSuccess(outcome)) one.seen = outcome.success
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
    endure: (now) => now - (failingSince ??= now) >= patience,
    fail: (cause) => {
      over = Exit.failCause(cause)
      news.openUnsafe()
    },
    follow,
    end,
    pull
  }
}
