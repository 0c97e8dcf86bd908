/**
 * Following jobs: one question at a time for all watchers of a CE, more often while things change.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HashMap from "effect/HashMap"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as RcRef from "effect/RcRef"
import * as Stream from "effect/Stream"
import type { BackendError } from "../../../contract/BackendError.ts"
import type { StatusReporter } from "../../../contract/Capability.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import * as Tuning from "./tuning.ts"
import * as WatchSubscription from "./WatchSubscription.ts"

type Reporter = StatusReporter["Service"]

const milliseconds = Effect.map(Clock.monotonicTimeNanos, (nanoseconds) => Number(nanoseconds) / 1_000_000)

const least = <A>(items: ReadonlyArray<A>, valueOf: (item: A) => number): number =>
  items.reduce((value, item) => Math.min(value, valueOf(item)), Number.POSITIVE_INFINITY)

// A CE that is down is up again, one that refuses a credential has read its map file anew, a disk has room again. What is no
// error is a bug, and a tool that is not there will not come.
const mayPass = (cause: Cause.Cause<BackendError>): boolean =>
  Option.exists(Cause.findErrorOption(cause), ({ _tag, retry }) => retry !== "Never" && _tag !== "NotInstalled")

/**
 * The watching of one CE's jobs, by a function that asks for them.
 */
export const make = Effect.fnUntraced(function*(status: Reporter["status"]) {
  const listeners = new Set<WatchSubscription.Listener<BackendError>>()
  const wake = Latch.makeUnsafe()
  const names = new WeakMap<JobHandle, string>()
  // It outlives those who ask: who comes next may not ask earlier either.
  let lastAsked = Number.NEGATIVE_INFINITY
  let quiet = 0
  let stretch = 1
  let isEager = false

  const nameOf = (handle: JobHandle): string => {
    const known = names.get(handle)
    if (known !== undefined) return known
    const name = String(handle)
    names.set(handle, name)
    return name
  }

  const asking = () => Array.from(listeners).filter(({ live }) => live.size > 0)

  const noteTime = Effect.map(milliseconds, (now) => {
    lastAsked = now
    return now
  })

  const ask = Effect.gen(function*() {
    const handles = new Map(
      asking().flatMap(({ live }) => Array.from(live, ([name, { handle }]) => [name, handle] as const))
    )
    yield* noteTime
    const answer = yield* Effect.exit(status(Array.from(handles.values()))).pipe(Effect.ensuring(noteTime))
    stretch = 1 + Tuning.jitter * (yield* Random.next)
    return { handles, answer }
  })

  const poll = Effect.gen(function*() {
    const { answer, handles } = yield* ask
    if (Exit.isFailure(answer)) {
      quiet += 1
      for (const listener of asking()) {
        if (!listener.endure(lastAsked) && mayPass(answer.cause)) continue
        listeners.delete(listener)
        listener.fail(answer.cause)
      }
      return
    }
    const outcomeOf = (name: string) => {
      const handle = handles.get(name)
      return handle === undefined ? undefined : Option.getOrUndefined(HashMap.get(answer.value, handle))
    }
    const news = asking().filter((listener) => listener.hear(outcomeOf, lastAsked)).length > 0
    quiet = news ? 0 : quiet + 1
  })

  const step = Effect.gen(function*() {
    wake.closeUnsafe()
    const those = asking()
    if (those.length === 0) return yield* wake.await
    const shortest = least(those, ({ interval }) => interval)
    const longest = Math.max(shortest, least(those, ({ maxInterval }) => maxInterval))
    const pause = isEager ? shortest : Math.min(longest, shortest * Tuning.growth ** quiet) * stretch
    const wait = Math.ceil(lastAsked + pause - (yield* milliseconds))
    if (wait > 0) return yield* Effect.raceFirst(Effect.sleep(wait), wake.await)
    if (isEager) yield* Effect.sleep(Tuning.gathering)
    isEager = false
    yield* poll
  })

  // Nobody asks any more once the backend is released.
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      for (const listener of listeners) listener.fail(Cause.interrupt())
    })
  )
  const poller = yield* RcRef.make({
    acquire: Effect.forkScoped(Effect.forever(step))
  })

  const watch: Reporter["watch"] = <E, R>(
    handles: ReadonlyArray<JobHandle> | Stream.Stream<ReadonlyArray<JobHandle>, E, R>,
    {
      interval = Tuning.watch.interval,
      maxInterval = Tuning.watch.maxInterval,
      patience = Tuning.watch.patience
    }: Parameters<Reporter["watch"]>[1] = {}
  ) =>
    Stream.unwrap(Effect.gen(function*() {
      const watcher = WatchSubscription.make<BackendError | E>({
        interval: Duration.toMillis(interval),
        maxInterval: Duration.toMillis(maxInterval),
        patience: Duration.toMillis(patience),
        nameOf
      })
      yield* Effect.acquireRelease(
        Effect.sync(() => listeners.add(watcher)),
        () => Effect.sync(() => listeners.delete(watcher))
      )
      const follow = (set: ReadonlyArray<JobHandle>) =>
        Effect.sync(() => {
          if (!watcher.follow(set)) return
          isEager = true
          quiet = 0
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
