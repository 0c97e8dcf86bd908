import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Exit, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as ToolThrottle from "../../../src/condor/tools/ToolThrottle.ts"

const options = { maxConcurrent: 2, patience: "2 seconds", maxWaiting: 3 } as const

/** Counts the running tools. */
const counter = () => {
  const counts = { running: 0, most: 0, done: 0 }
  const run = (duration: number) =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        counts.running += 1
        counts.most = Math.max(counts.most, counts.running)
      }),
      () => Effect.sleep(duration),
      () =>
        Effect.sync(() => {
          counts.running -= 1
          counts.done += 1
        })
    )
  return { counts, run }
}

const start = <A, E>(effects: ReadonlyArray<Effect.Effect<A, E>>) =>
  Effect.forEach(effects, (effect) => Effect.forkChild(effect, { startImmediately: true }))

describe("the room for tools", () => {
  it.effect("runs no more tools than allowed, in their order", () =>
    Effect.gen(function*() {
      const room = ToolThrottle.makeRoom(options)
      const { counts, run } = counter()
      const fibers = yield* start(Array.from({ length: 10 }, () => room(false, run(1_000))))
      yield* TestClock.adjust("5 seconds")
      yield* Effect.forEach(fibers, Fiber.join)
      assert.deepStrictEqual(counts, { running: 0, most: 2, done: 10 })
    }))

  it.effect("slow tools make room, unless there are too many of them", () =>
    Effect.gen(function*() {
      const room = ToolThrottle.makeRoom(options)
      const hung = counter()
      const quick = counter()
      const fibers = yield* start(Array.from({ length: 20 }, () => room(false, hung.run(60_000))))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(hung.counts.running, 5)
      yield* Effect.forEach(fibers, Fiber.interrupt)
      assert.strictEqual(hung.counts.running, 0)
      const others = yield* start(Array.from({ length: 4 }, () => room(false, quick.run(100))))
      yield* TestClock.adjust("200 millis")
      yield* Effect.forEach(others, Fiber.join)
      assert.deepStrictEqual(quick.counts, { running: 0, most: 2, done: 4 })
    }))

  it.effect("a slow tool that finds no place among the waiting ones tries again", () =>
    Effect.gen(function*() {
      const room = ToolThrottle.makeRoom(options)
      const suspects = yield* start(Array.from({ length: 3 }, () => room(true, Effect.sleep("5 seconds"))))
      const hung = yield* start(Array.from({ length: 2 }, () => room(false, Effect.sleep("60 seconds"))))
      const { counts, run } = counter()
      const quick = yield* start([room(false, run(100))])
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(counts.running, 0)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(counts.done, 1)
      yield* Effect.forEach([...suspects, ...hung, ...quick], Fiber.interrupt)
    }))

  it.effect("suspected tools delay no others", () =>
    Effect.gen(function*() {
      const room = ToolThrottle.makeRoom(options)
      const hung = counter()
      const quick = counter()
      const fibers = yield* start(Array.from({ length: 20 }, () => room(true, hung.run(60_000))))
      assert.strictEqual(hung.counts.running, 3)
      const others = yield* start([1, 2, 3, 4].map(() => room(false, quick.run(100))))
      yield* TestClock.adjust("200 millis")
      assert.strictEqual(quick.counts.done, 4)
      yield* Effect.forEach([...fibers, ...others], Fiber.interrupt)
    }))

  // A fibre yields after so many operations, at any place.
  it.effect("a caller that is interrupted while it takes a place returns it", () =>
    Effect.gen(function*() {
      const lost: Array<unknown> = []
      for (let steps = 2_020; steps < 2_050; steps++) {
        const room = ToolThrottle.makeRoom({ maxConcurrent: 1 })
        const busy = Effect.forEach(Array.from({ length: steps }), () => Effect.void, { discard: true })
        const fiber = yield* Effect.forkChild(Effect.andThen(busy, room(false, Effect.never)), {
          startImmediately: true
        })
        yield* Fiber.interrupt(fiber)
        const after = yield* Effect.forkChild(room(false, Effect.void))
        yield* TestClock.adjust("1 second")
        if (after.pollUnsafe() === undefined) lost.push(steps)
      }
      assert.deepStrictEqual(lost, [])
    }))

  const plan = Arbitrary.array(
    Arbitrary.schema(Schema.Struct({
      start: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5_000 })),
      lasts: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 6_000 })),
      interrupted: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 8_000 }))),
      isSuspect: Schema.Boolean
    })),
    { maxLength: 30 }
  )

  it.effect.prop(
    "keeps its bounds and loses no place, whatever is interrupted",
    [plan],
    ([calls]) =>
      Effect.gen(function*() {
        const room = ToolThrottle.makeRoom(options)
        const { counts, run } = counter()
        const fibers = yield* start(calls.map(({ interrupted, isSuspect, lasts, start }) => {
          const call = Effect.delay(room(isSuspect, run(lasts)), start)
          return interrupted === undefined ? call : Effect.timeoutOption(call, interrupted)
        }))
        yield* TestClock.adjust("10 minutes")
        const exits = yield* Effect.forEach(fibers, Fiber.await)
        assert.isTrue(exits.every(Exit.isSuccess))
        assert.isAtMost(counts.most, 5)
        assert.strictEqual(counts.running, 0)
        const after = counter()
        const others = yield* start(Array.from({ length: 9 }, () => room(false, after.run(10))))
        yield* TestClock.adjust("1 second")
        yield* Effect.forEach(others, Fiber.join)
        assert.deepStrictEqual(after.counts, { running: 0, most: 2, done: 9 })
      }),
    { arbitrary: { runs: 100 } }
  )
})
