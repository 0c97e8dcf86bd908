import { assert, describe } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as WatchPoller from "../../src/ce/internal/status/WatchPoller.ts"
import { effect, gaps, jobs, make, note, rests } from "./Watching.ts"

describe("interval between the queries of a CE", () => {
  effect("less and less while nothing changes, and again at once when something does", () =>
    Effect.gen(function*() {
      const { now, polls, status } = make()
      const watch = yield* WatchPoller.make(status)
      yield* note(watch(jobs(0)))
      yield* TestClock.adjust("10 minutes")
      // The first answer is new.
      const slower = gaps(polls.map(({ began }) => began))
      for (const [index, gap] of slower.entries()) {
        const pause = Math.min(60, 5 * 1.5 ** index)
        assert.isAtLeast(gap, pause)
        assert.isAtMost(gap, pause * 1.2 + 0.01)
      }
      assert.isAtMost(polls.length, 17)
      now.set(0, "Running")
      yield* TestClock.adjust("2 minutes")
      const change = polls.findIndex(({ began }) => began > 600)
      assert.isAtMost(gaps(polls.map(({ began }) => began))[change] ?? Number.NaN, 6.01)
    }))

  effect("not at the same moments as another one", () =>
    Effect.gen(function*() {
      const ces = Array.from({ length: 5 }, () => make())
      for (const { status } of ces) yield* note((yield* WatchPoller.make(status))(jobs(0)))
      yield* TestClock.adjust("5 minutes")
      const last = new Set(ces.map(({ polls }) => polls.at(-1)?.began))
      assert.strictEqual(last.size, 5)
    }))

  effect(
    "with the intervals of the watcher who is in the greatest hurry, as long as it watches",
    () =>
      Effect.gen(function*() {
        const { polls, status } = make()
        const watch = yield* WatchPoller.make(status)
        yield* note(watch(jobs(0), { interval: "30 seconds", maxInterval: "10 minutes" }))
        yield* TestClock.adjust("20 minutes")
        const before = polls.length
        assert.isAtMost(before, 8)
        const { fiber } = yield* note(watch(jobs(1), { interval: "1 second", maxInterval: "2 seconds" }))
        yield* TestClock.adjust("1 minute")
        assert.isAtLeast(polls.length - before, 24)
        yield* Fiber.interrupt(fiber)
        yield* TestClock.adjust("1 minute")
        const after = polls.length
        yield* TestClock.adjust("1 minute")
        assert.isAtMost(polls.length - after, 2)
      })
  )

  effect("a longest interval that is shorter than the shortest is none", () =>
    Effect.gen(function*() {
      const { polls, status } = make()
      yield* note((yield* WatchPoller.make(status))(jobs(0), { interval: "10 seconds", maxInterval: "1 second" }))
      yield* TestClock.adjust("5 minutes")
      assert.isTrue(gaps(polls.map(({ began }) => began)).every((gap) => gap >= 10 && gap <= 12.01))
    }))

  effect("watchers that come and go in quick succession do not hurry it", () =>
    Effect.gen(function*() {
      const { polls, status } = make(Effect.succeed(0.1))
      const watch = yield* WatchPoller.make(status)
      for (let round = 0; round < 200; round++) {
        const { fiber } = yield* note(watch(jobs(round)))
        yield* TestClock.adjust("300 millis")
        if (round % 2 === 0) yield* Fiber.interrupt(fiber)
      }
      assert.isAtLeast(polls.length, 10)
      assert.isTrue(rests(polls).every((rest) => rest >= 5))
    }))

  effect("a CE that is slow to answer is left alone in between all the same", () =>
    Effect.gen(function*() {
      const { polls, status } = make(Effect.succeed(20))
      yield* note((yield* WatchPoller.make(status))(jobs(0)))
      yield* TestClock.adjust("2 minutes")
      assert.isTrue(rests(polls).every((rest) => rest >= 5))
    }))
})
