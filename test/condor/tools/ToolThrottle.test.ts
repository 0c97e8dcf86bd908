import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { Urgent } from "../../../src/condor/Schedd.ts"
import { ToolTimedOut } from "../../../src/condor/tools/CondorTool.ts"
import * as ToolThrottle from "../../../src/condor/tools/ToolThrottle.ts"

const settings = { maxConcurrent: 4, slowAfter: Duration.seconds(10) }

const rig = Effect.gen(function*() {
  const throttleOf = ToolThrottle.make({ maxConcurrent: 20, patience: "1 day", maxWaiting: 100 })
  const throttle = yield* throttleOf(settings)
  const elsewhere = yield* throttleOf({ ...settings, maxConcurrent: 20 })
  const state = { running: 0 }
  const tool = (lasts: Duration.Input, work: ToolThrottle.Work = "Question", hangs = false) =>
    throttle(
      work,
      Effect.suspend(() => {
        state.running += 1
        return Effect.sleep(lasts).pipe(
          Effect.andThen(hangs ? Effect.fail(new ToolTimedOut({ tool: "condor_q", seconds: 60 })) : Effect.void),
          Effect.ensuring(Effect.sync(() => state.running -= 1))
        )
      })
    )
  /** The number of running tools. */
  const room = Effect.gen(function*() {
    const fibers = yield* Effect.forEach(
      Array.from({ length: 6 }),
      () => Effect.forkChild(tool("1 hour"), { startImmediately: true })
    )
    const { running } = state
    yield* Effect.forEach(fibers, Fiber.interrupt)
    return running
  })
  const after = (lasts: Duration.Input, work: ToolThrottle.Work = "Question", hangs = false) =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Effect.exit(tool(lasts, work, hangs)))
      yield* TestClock.adjust(lasts)
      yield* Fiber.join(fiber)
      return yield* room
    })
  /** Runs an effect while tools for other CEs have all places. */
  const whileFull = Effect.fnUntraced(function*<A>(during: Effect.Effect<A>) {
    const others = yield* Effect.forEach(
      Array.from({ length: 20 }),
      () => Effect.forkChild(elsewhere("Question", Effect.never), { startImmediately: true })
    )
    return yield* Effect.ensuring(during, Effect.forEach(others, Fiber.interrupt))
  })
  /** Only a suspected tool finds a place among the waiting ones. */
  const isSuspected = whileFull(Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(tool("1 milli"), { startImmediately: true })
    const { running } = state
    yield* Fiber.interrupt(fiber)
    return running === 1
  }))
  return { after, isSuspected, room, state, tool, whileFull }
})

describe("ToolThrottle", () => {
  it.effect("a CE that answers in time has all allowed places, and no more", () =>
    Effect.gen(function*() {
      const { after, room } = yield* rig
      assert.strictEqual(yield* room, 4)
      assert.strictEqual(yield* after("1 second"), 4)
    }))

  it.effect("each slow answer takes one place, and each fast one returns one", () =>
    Effect.gen(function*() {
      const { after } = yield* rig
      const rooms: Array<number> = []
      for (const lasts of [11, 11, 11, 11, 11, 1, 1, 1, 1]) rooms.push(yield* after(Duration.seconds(lasts)))
      assert.deepStrictEqual(rooms, [3, 2, 1, 1, 1, 2, 3, 4, 4])
    }))

  it.effect("a CE that hangs has one place and is suspected, until it answers", () =>
    Effect.gen(function*() {
      const { after, isSuspected } = yield* rig
      assert.isFalse(yield* isSuspected)
      assert.strictEqual(yield* after("60 seconds", "Question", true), 1)
      assert.isTrue(yield* isSuspected)
      assert.strictEqual(yield* after("1 second"), 2)
      assert.isFalse(yield* isSuspected)
    }))

  it.effect("the time of an answer does not include the wait for a place", () =>
    Effect.gen(function*() {
      const { room, tool, whileFull } = yield* rig
      const roomAfter = Effect.fnUntraced(function*(lasts: Duration.Input) {
        const fiber = yield* whileFull(Effect.gen(function*() {
          const waiting = yield* Effect.forkChild(tool(lasts), { startImmediately: true })
          yield* TestClock.adjust("30 seconds")
          return waiting
        }))
        yield* TestClock.adjust("1 hour")
        yield* Fiber.join(fiber)
        return yield* room
      })
      assert.strictEqual(yield* roomAfter("1 second"), 4)
      assert.strictEqual(yield* roomAfter("30 seconds"), 3)
    }))

  it.effect("a tool that is interrupted after slowAfter counts as slow", () =>
    Effect.gen(function*() {
      const { isSuspected, room, tool } = yield* rig
      for (const [patience, left, suspected] of [["5 seconds", 4, false], ["11 seconds", 3, true]] as const) {
        const fiber = yield* Effect.forkChild(Effect.timeoutOption(tool("1 hour"), patience))
        yield* TestClock.adjust(patience)
        yield* Fiber.join(fiber)
        assert.strictEqual(yield* isSuspected, suspected)
        assert.strictEqual(yield* room, left)
      }
    }))

  it.effect("transfers count, too, and leave a place for queries", () =>
    Effect.gen(function*() {
      const { after, room, state, tool } = yield* rig
      assert.strictEqual(yield* after("60 seconds", "Question", true), 1)
      const transfers = yield* Effect.forEach(Array.from({ length: 6 }), () =>
        Effect.forkChild(tool("1 hour", "Transfer"), { startImmediately: true }))
      assert.strictEqual(state.running, 3)
      assert.strictEqual(yield* room, 4)
      yield* Effect.forEach(transfers, Fiber.interrupt)
    }))

  it.effect("no more tools run than allowed, in any order of calls", () =>
    Effect.gen(function*() {
      for (const [maxConcurrent, transferring] of [[1, 1], [2, 1], [4, 3]] as const) {
        const pace = yield* ToolThrottle.make()({ ...settings, maxConcurrent })
        const running = { questions: 0, transfers: 0 }
        const tool = (kind: keyof typeof running) =>
          pace(
            kind === "questions" ? "Question" : "Transfer",
            Effect.acquireUseRelease(
              Effect.sync(() => running[kind] += 1),
              () => Effect.sleep("1 second"),
              () => Effect.sync(() => running[kind] -= 1)
            )
          )
        const kinds = Array.from({ length: 10 }, () => ["transfers", "questions"] as const).flat()
        const fibers = yield* Effect.forEach(kinds.toSorted().toReversed(), (kind) => Effect.forkChild(tool(kind)))
        yield* TestClock.adjust("1 milli")
        assert.deepStrictEqual(running, { questions: maxConcurrent - transferring, transfers: transferring })
        yield* TestClock.adjust("1 minute")
        yield* Effect.forEach(fibers, Fiber.join)
        assert.deepStrictEqual(running, { questions: 0, transfers: 0 })
      }
    }))

  it.effect("an urgent tool does not wait", () =>
    Effect.gen(function*() {
      const { state, tool } = yield* rig
      const busy = yield* Effect.forEach(
        [1, 2, 3, 4],
        () => Effect.forkChild(tool("1 hour"), { startImmediately: true })
      )
      const urgent = tool("1 second").pipe(Effect.provideService(Urgent, true))
      const fiber = yield* Effect.forkChild(urgent, { startImmediately: true })
      assert.strictEqual(state.running, 5)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      yield* Effect.forEach(busy, Fiber.interrupt)
    }))

  it.effect("a slow transfer does not change the limit", () =>
    Effect.gen(function*() {
      const { after, isSuspected } = yield* rig
      assert.strictEqual(yield* after("60 seconds", "Transfer", true), 4)
      assert.strictEqual(yield* after("60 seconds", "Transfer"), 4)
      assert.isFalse(yield* isSuspected)
    }))
})
