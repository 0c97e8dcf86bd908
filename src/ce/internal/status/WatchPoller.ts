/**
 * Polls the jobs of all watchers of a CE with one query at a time. It polls more often while statuses change.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as RcRef from "effect/RcRef"
import * as Stream from "effect/Stream"
import type { BackendError } from "../../../contract/BackendError.ts"
import type { StatusReporter } from "../../../contract/Capability.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import * as WatchedJobs from "../metrics/WatchedJobs.ts"
import * as Tuning from "./tuning.ts"
import * as WatchSubscription from "./WatchSubscription.ts"

type Reporter = StatusReporter["Service"]

type Jobs = WatchedJobs.WatchedJobs

const milliseconds = Effect.map(Clock.monotonicTimeNanos, (nanoseconds) => Number(nanoseconds) / 1_000_000)

const least = <A>(items: ReadonlyArray<A>, valueOf: (item: A) => number): number =>
  items.reduce((value, item) => Math.min(value, valueOf(item)), Number.POSITIVE_INFINITY)

// A CE may come up again, may read its map file again, or may get free disk space. A defect does not pass, and neither does a
// missing tool.
const mayPass = (cause: Cause.Cause<BackendError>): boolean =>
  Option.exists(Cause.findErrorOption(cause), ({ _tag, retry }) => retry !== "Never" && _tag !== "NotInstalled")

type Listener = WatchSubscription.Listener<BackendError>

/**
 * The state that determines when the next query is due.
 *
 * - `unchangedPolls`: the number of queries since the last change, or since a watcher was added
 * - `jitterFactor`: each pause is longer by this factor, which is drawn again for each query
 * - `pollNow`: a watcher was added: the pause is the shortest one
 */
export interface Pace {
  readonly unchangedPolls: number
  readonly jitterFactor: number
  readonly pollNow: boolean
}

/**
 * The pause after a query, in milliseconds: that of the most impatient watcher, longer after each query without a change.
 */
export const pauseOf = (
  listeners: ReadonlyArray<Pick<Listener, "interval" | "maxInterval">>,
  { jitterFactor, pollNow, unchangedPolls }: Pace
): number => {
  const shortest = least(listeners, ({ interval }) => interval)
  const longest = Math.max(shortest, least(listeners, ({ maxInterval }) => maxInterval))
  return pollNow ? shortest : Math.min(longest, shortest * Tuning.growth ** unchangedPolls) * jitterFactor
}

// The watchers of one CE. This outlives each watcher, so that a new one cannot query the CE earlier.
interface Watchers {
  readonly listeners: Set<Listener>
  readonly wake: Latch.Latch
  lastAsked: number
  pace: Pace
}

const asking = ({ listeners }: Watchers): ReadonlyArray<Listener> =>
  Array.from(listeners).filter(({ live }) => live.size > 0)

const noteTime = (watchers: Watchers) =>
  Effect.map(milliseconds, (now) => {
    watchers.lastAsked = now
  })

const endure = (watchers: Watchers, cause: Cause.Cause<BackendError>): void => {
  for (const listener of asking(watchers)) {
    if (!listener.endure(watchers.lastAsked) && mayPass(cause)) continue
    watchers.listeners.delete(listener)
    listener.fail(cause)
  }
}

// One query for the jobs of all watchers. Each of them gets its part of the answer.
const poll = Effect.fnUntraced(function*(status: Reporter["status"], jobs: Jobs, watchers: Watchers) {
  const handles = new Map(
    asking(watchers).flatMap(({ live }) => Array.from(live, ([name, { handle }]) => [name, handle] as const))
  )
  yield* noteTime(watchers)
  const answer = yield* Effect.exit(status(Array.from(handles.values()))).pipe(Effect.ensuring(noteTime(watchers)))
  const jitterFactor = 1 + Tuning.jitter * (yield* Random.next)
  const outcomeOf = (name: string) => {
    const handle = handles.get(name)
    return handle === undefined || Exit.isFailure(answer)
      ? undefined
      : Option.getOrUndefined(answer.value.get(handle))
  }
  const { lastAsked, pace } = watchers
  // Before the delivery, because the last watcher may end with it.
  if (Exit.isSuccess(answer)) yield* jobs.note(handles.keys(), outcomeOf)
  const changed = Exit.isSuccess(answer) &&
    asking(watchers).filter((listener) => listener.accept(outcomeOf, lastAsked)).length > 0
  watchers.pace = { ...pace, jitterFactor, unchangedPolls: changed ? 0 : pace.unchangedPolls + 1 }
  if (Exit.isFailure(answer)) endure(watchers, answer.cause)
})

const step = Effect.fnUntraced(function*(status: Reporter["status"], jobs: Jobs, watchers: Watchers) {
  const { wake } = watchers
  wake.closeUnsafe()
  const listeners = asking(watchers)
  if (listeners.length === 0) return yield* wake.await
  const wait = Math.ceil(watchers.lastAsked + pauseOf(listeners, watchers.pace) - (yield* milliseconds))
  if (wait > 0) return yield* Effect.raceFirst(Effect.sleep(wait), wake.await)
  if (watchers.pace.pollNow) yield* Effect.sleep(Tuning.gathering)
  watchers.pace = { ...watchers.pace, pollNow: false }
  yield* poll(status, jobs, watchers)
})

// Makes the name of each handle once.
const makeNames = () => {
  const names = new WeakMap<JobHandle, string>()
  return (handle: JobHandle): string => {
    const known = names.get(handle)
    if (known !== undefined) return known
    const name = String(handle)
    names.set(handle, name)
    return name
  }
}

/**
 * Makes `watch` for one CE from a function that queries jobs.
 */
export const make = Effect.fnUntraced(function*(status: Reporter["status"], jobs: Jobs = WatchedJobs.none) {
  const watchers: Watchers = {
    listeners: new Set(),
    wake: Latch.makeUnsafe(),
    lastAsked: Number.NEGATIVE_INFINITY,
    pace: { unchangedPolls: 0, jitterFactor: 1, pollNow: false }
  }
  const { listeners, wake } = watchers
  const nameOf = makeNames()

  // When the backend is closed, all watchers end.
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      for (const listener of listeners) listener.fail(Cause.interrupt())
    })
  )
  const poller = yield* RcRef.make({
    acquire: Effect.andThen(
      Effect.addFinalizer(() => jobs.stop),
      Effect.forkScoped(Effect.forever(step(status, jobs, watchers)))
    )
  })

  const watch: Reporter["watch"] = <E, R>(
    handles: ReadonlyArray<JobHandle> | Stream.Stream<ReadonlyArray<JobHandle>, E, R>,
    {
      interval = Tuning.watch.interval,
      known = [],
      maxInterval = Tuning.watch.maxInterval,
      patience = Tuning.watch.patience
    }: Parameters<Reporter["watch"]>[1] = {}
  ) =>
    Stream.unwrap(Effect.gen(function*() {
      const watcher = WatchSubscription.make<BackendError | E>({
        interval: Duration.toMillis(interval),
        maxInterval: Duration.toMillis(maxInterval),
        patience: Duration.toMillis(patience),
        known,
        nameOf
      })
      yield* Effect.acquireRelease(
        Effect.sync(() => listeners.add(watcher)),
        () => Effect.sync(() => listeners.delete(watcher))
      )
      const follow = (set: ReadonlyArray<JobHandle>) =>
        Effect.sync(() => {
          if (!watcher.follow(set)) return
          watchers.pace = { ...watchers.pace, pollNow: true, unchangedPolls: 0 }
          wake.openUnsafe()
        })
      if (Stream.isStream(handles)) {
        const end = (exit: Exit.Exit<void, E>) => Effect.sync(() => watcher.end(exit))
        yield* Effect.forkScoped(Effect.onExit(Stream.runForEach(handles, follow), end))
      } else {
        yield* follow(handles)
        watcher.end(Exit.void)
      }
      yield* RcRef.get(poller)
      return Stream.fromPull(Effect.succeed(watcher.pull))
    }))

  return watch
})
