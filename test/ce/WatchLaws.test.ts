/** Laws of watchers that start and stop, of sets that grow and shrink, and of jobs with any sequence of states. */
import { assert, it } from "@effect/vitest"
import { Arbitrary, Deferred, Effect, Exit, Fiber, Random, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as WatchPoller from "../../src/ce/internal/status/WatchPoller.ts"
import { JobStatus } from "../../src/index.ts"
import { gaps, jobs, make, rests, type State, states } from "./Watching.ts"

const between = (minimum: number, maximum: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))
const procs = Arbitrary.array(between(0, 5), { minLength: 0, maxLength: 6 })

/** The course of a job: its state after some seconds, and so on. It ends at some moment. */
const course = Arbitrary.all([
  Arbitrary.array(
    Arbitrary.all([
      between(1, 60),
      Arbitrary.schema(Schema.Literals(["Waiting", "Running", "Suspended", "Unknown"]))
    ]),
    { maxLength: 5 }
  ),
  between(1, 200),
  Arbitrary.schema(Schema.Literals(["Completed", "Removed"]))
])

/** A watcher: its start, its sets with the seconds between them, its delay for each change, and its end. */
const watcher = Arbitrary.all([
  between(0, 120),
  Arbitrary.array(Arbitrary.all([between(1, 40), procs]), { minLength: 1, maxLength: 4 }),
  Arbitrary.schema(Schema.Literals([0, 0, 1, 20])),
  Arbitrary.schema(Schema.Literals([30, 10_000, 10_000])),
  Arbitrary.schema(Schema.Literals([5, 7]))
])

type Event =
  | { readonly _tag: "Set"; readonly watcher: number; readonly procs: ReadonlySet<number> }
  | { readonly _tag: "Answer"; readonly answer: ReadonlyMap<number, State> }

interface Change {
  readonly proc: number
  readonly from: string | undefined
  readonly to: string
}

/** The changes that a watcher without delay must get, given its sets and the answers. */
const expected = (events: ReadonlyArray<Event>, which: number): ReadonlyArray<Change> => {
  const followed = new Map<number, { told?: State; doubted?: boolean; over?: boolean }>()
  const changes: Array<Change> = []
  for (const event of events) {
    if (event._tag === "Set") {
      if (event.watcher !== which) continue
      for (const proc of followed.keys()) if (!event.procs.has(proc)) followed.delete(proc)
      for (const proc of event.procs) if (!followed.has(proc)) followed.set(proc, {})
      continue
    }
    for (const [proc, one] of followed) {
      const to = event.answer.get(proc)
      if (to === undefined || one.over === true) continue
      if (to === "Unknown" && one.doubted !== true) {
        one.doubted = true
        continue
      }
      one.doubted = false
      one.over = JobStatus.isTerminal(states[to])
      if (one.told !== to) changes.push({ proc, from: one.told, to })
      one.told = to
    }
  }
  return changes
}

const ofJob = (changes: ReadonlyArray<Change>, proc: number) => changes.filter((change) => change.proc === proc)

const isSubsequence = (some: ReadonlyArray<string>, all: ReadonlyArray<string>) => {
  let at = 0
  return some.every((one) => {
    while (at < all.length && all[at] !== one) at += 1
    return at++ < all.length
  })
}

it.effect.prop("every change reaches each watcher of the job, and no query comes too early", [
  Arbitrary.array(course, { minLength: 6, maxLength: 6 }),
  Arbitrary.array(watcher, { minLength: 1, maxLength: 5 }),
  Arbitrary.schema(Schema.Int)
], ([courses, watchers, seed]) =>
  Effect.gen(function*() {
    const events: Array<Event> = []
    const ce = make(Random.nextIntBetween(0, 8))
    const stateOf = (proc: number): State => {
      const state = ce.now.get(proc) ?? "Waiting"
      return typeof state === "string" ? state : assert.fail()
    }
    const status = (handles: ReturnType<typeof jobs>) =>
      Effect.tap(ce.status(handles), () =>
        Effect.sync(() =>
          events.push({ _tag: "Answer", answer: new Map(handles.map(({ copy }) => [copy, stateOf(copy)])) })
        ))
    const watch = yield* WatchPoller.make(status)

    yield* Effect.forEach(courses, ([steps, last, end], proc) =>
      Effect.forkChild(Effect.gen(function*() {
        for (const [after, state] of steps) {
          yield* Effect.sleep(after * 1_000 + 333)
          ce.now.set(proc, state)
        }
        yield* Effect.sleep(last * 1_000 + 333)
        ce.now.set(proc, end)
      })))

    const running = yield* Effect.forEach(watchers, ([begins, sets, lasts, leaves, interval], which) =>
      Effect.gen(function*() {
        const seen: Array<Change> = []
        const announced = Stream.fromIterable(sets).pipe(
          Stream.mapEffect(([after, some], index) =>
            Effect.delay(
              Effect.sync(() => {
                events.push({ _tag: "Set", watcher: which, procs: new Set(some) })
                return jobs(...some)
              }),
              index === 0 ? 0 : after * 1_000 + 77
            )
          )
        )
        const left = yield* Deferred.make<void>()
        const watching = watch(announced, { interval: `${interval} seconds` }).pipe(
          Stream.runForEach(({ handle, outcome, previous }) =>
            Effect.andThen(
              Effect.sync(() =>
                seen.push({
                  proc: handle.copy,
                  from: previous?._tag,
                  to: outcome._tag === "Success" ? outcome.success._tag : outcome.failure._tag
                })
              ),
              Effect.sleep(lasts * 1_000)
            )
          ),
          Effect.delay(begins * 1_000 + 55 * which)
        )
        const fiber = yield* Effect.forkChild(
          Effect.raceFirst(watching, Effect.andThen(Effect.sleep(leaves * 1_000), Deferred.succeed(left, undefined)))
        )
        return { fiber, left, seen, which, lasts }
      }))

    // Every job has ended by then, and the slowest watcher has got all changes.
    yield* TestClock.adjust("2000 seconds")
    for (const { fiber, lasts, left, seen, which } of running) {
      const gone = yield* Deferred.isDone(left)
      if (!gone) {
        assert.isTrue(Exit.isSuccess(yield* Fiber.await(fiber)))
      }
      const must = expected(events, which)
      const final = new Set(watchers[which]?.[1].at(-1)?.[1])
      for (const proc of courses.keys()) {
        const [mine, all] = [ofJob(seen, proc), ofJob(must, proc)]
        if (!gone && lasts === 0) {
          assert.deepStrictEqual(mine, all)
        } else {assert.isTrue(isSubsequence(
            mine.map(({ to }) =>
              to
            ),
            all.map(({ to }) =>
              to
            )
          ))}
        for (const { from, to } of mine) {
          assert.notStrictEqual(from, to)
          // Even the slowest watcher gets the last change.
          if (!gone && final.has(proc)) {
            assert.strictEqual(mine.at(-1)?.to, all.at(-1)?.to)
          }
        }
      }
    }
    const { polls } = ce
    assert.isTrue(
      rests(polls).every((rest) =>
        rest >= 5
      )
    )
    assert.isTrue(gaps(polls.map(({ began }) => began)).every((gap) => gap >= 5))
    for (const poll of polls) {
      assert.strictEqual(new Set(poll.procs).size, poll.procs.length)
      assert.isNotEmpty(poll.procs)
    }
  }).pipe(Random.withSeed(seed)), { timeout: 120_000, arbitrary: { runs: 60 } })
