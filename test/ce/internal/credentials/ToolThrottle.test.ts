import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as ToolThrottle from "../../../../src/ce/internal/credentials/ToolThrottle.ts"
import { ToolTimedOut } from "../../../../src/condor/tools/CondorTool.ts"

const settings = { maxConcurrent: 4, slowAfter: Duration.seconds(10) }

const rig = Effect.gen(function*() {
  const pace = yield* ToolThrottle.make(settings)
  const state = { running: 0, suspects: 0 }
  // It waits for others before it begins.
  const tool = (lasts: Duration.Input, isTold = true, hangs = false, waits: Duration.Input = 0) =>
    pace(isTold, (isSuspect, begins) => {
      state.running += 1
      if (isSuspect) state.suspects += 1
      return Effect.sleep(waits).pipe(
        Effect.andThen(begins),
        Effect.andThen(Effect.sleep(lasts)),
        Effect.andThen(hangs ? Effect.fail(new ToolTimedOut({ tool: "condor_q", seconds: 60 })) : Effect.void),
        Effect.ensuring(Effect.sync(() => state.running -= 1))
      )
    })
  /** How many run at one time, now. */
  const room = Effect.gen(function*() {
    const fibers = yield* Effect.forEach(
      Array.from({ length: 6 }),
      () => Effect.forkChild(tool("1 hour"), { startImmediately: true })
    )
    const { running } = state
    yield* Effect.forEach(fibers, Fiber.interrupt)
    return running
  })
  const after = (lasts: Duration.Input, isTold = true, hangs = false) =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Effect.exit(tool(lasts, isTold, hangs)))
      yield* TestClock.adjust(lasts)
      yield* Fiber.join(fiber)
      return yield* room
    })
  return { after, room, state, tool }
})

describe("Pace", () => {
  it.effect("a CE that answers in time has all the room that is allowed, and no more", () =>
    Effect.gen(function*() {
      const { after, room } = yield* rig
      assert.strictEqual(yield* room, 4)
      assert.strictEqual(yield* after("1 second"), 4)
    }))

  it.effect("each slow answer takes one place, and each quick one gives one back", () =>
    Effect.gen(function*() {
      const { after } = yield* rig
      const rooms: Array<number> = []
      for (const lasts of [11, 11, 11, 11, 11, 1, 1, 1, 1]) rooms.push(yield* after(Duration.seconds(lasts)))
      assert.deepStrictEqual(rooms, [3, 2, 1, 1, 1, 2, 3, 4, 4])
    }))

  it.effect("one that hangs has one place and is suspected, until it answers", () =>
    Effect.gen(function*() {
      const { after, state } = yield* rig
      assert.strictEqual(yield* after("60 seconds", true, true), 1)
      const { suspects } = state
      assert.isAbove(suspects, 0)
      assert.strictEqual(yield* after("1 second"), 2)
      assert.isAbove(state.suspects, suspects)
      const answered = state.suspects
      assert.strictEqual(yield* after("1 second"), 3)
      assert.strictEqual(state.suspects, answered)
    }))

  it.effect("an answer is as slow as the tool, and not as what the tool waited for", () =>
    Effect.gen(function*() {
      const { room, tool } = yield* rig
      const roomAfter = Effect.fnUntraced(function*(waits: Duration.Input, lasts: Duration.Input) {
        const fiber = yield* Effect.forkChild(tool(lasts, true, false, waits))
        yield* TestClock.adjust("1 hour")
        yield* Fiber.join(fiber)
        return yield* room
      })
      assert.strictEqual(yield* roomAfter("30 seconds", "1 second"), 4)
      assert.strictEqual(yield* roomAfter("1 second", "30 seconds"), 3)
    }))

  it.effect("one that nobody waited for any longer was slow", () =>
    Effect.gen(function*() {
      const { room, state, tool } = yield* rig
      for (const [patience, left, suspected] of [["5 seconds", 4, false], ["11 seconds", 3, true]] as const) {
        const fiber = yield* Effect.forkChild(Effect.timeoutOption(tool("1 hour"), patience))
        yield* TestClock.adjust(patience)
        yield* Fiber.join(fiber)
        const { suspects } = state
        assert.strictEqual(yield* room, left)
        assert.strictEqual(state.suspects > suspects, suspected)
      }
    }))

  it.effect("transfers count, too, and keep no question waiting", () =>
    Effect.gen(function*() {
      const { after, room, state, tool } = yield* rig
      assert.strictEqual(yield* after("60 seconds", true, true), 1)
      const transfers = yield* Effect.forEach(Array.from({ length: 6 }), () =>
        Effect.forkChild(tool("1 hour", false), { startImmediately: true }))
      assert.strictEqual(state.running, 3)
      assert.strictEqual(yield* room, 4)
      yield* Effect.forEach(transfers, Fiber.interrupt)
    }))

  it.effect("no more tools run than are allowed, whatever they do", () =>
    Effect.gen(function*() {
      for (const [maxConcurrent, transferring] of [[1, 1], [2, 1], [4, 3]] as const) {
        const pace = yield* ToolThrottle.make({ ...settings, maxConcurrent })
        const running = { questions: 0, transfers: 0 }
        const tool = (kind: keyof typeof running) =>
          pace(kind === "questions", () =>
            Effect.acquireUseRelease(
              Effect.sync(() => running[kind] += 1),
              () => Effect.sleep("1 second"),
              () => Effect.sync(() => running[kind] -= 1)
            ))
        const kinds = Array.from({ length: 10 }, () => ["transfers", "questions"] as const).flat()
        const fibers = yield* Effect.forEach(kinds.toSorted().toReversed(), (kind) => Effect.forkChild(tool(kind)))
        yield* TestClock.adjust("1 milli")
        assert.deepStrictEqual(running, { questions: maxConcurrent - transferring, transfers: transferring })
        yield* TestClock.adjust("1 minute")
        yield* Effect.forEach(fibers, Fiber.join)
        assert.deepStrictEqual(running, { questions: 0, transfers: 0 })
      }
    }))

  it.effect("what is urgent waits for nothing", () =>
    Effect.gen(function*() {
      const { state, tool } = yield* rig
      const busy = yield* Effect.forEach(
        [1, 2, 3, 4],
        () => Effect.forkChild(tool("1 hour"), { startImmediately: true })
      )
      const urgent = tool("1 second").pipe(Effect.provideService(ToolThrottle.Urgent, true))
      const fiber = yield* Effect.forkChild(urgent, { startImmediately: true })
      assert.strictEqual(state.running, 5)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      yield* Effect.forEach(busy, Fiber.interrupt)
    }))

  it.effect("a transfer tells nothing", () =>
    Effect.gen(function*() {
      const { after, state } = yield* rig
      assert.strictEqual(yield* after("60 seconds", false, true), 4)
      assert.strictEqual(yield* after("60 seconds", false), 4)
      assert.strictEqual(state.suspects, 0)
    }))
})
