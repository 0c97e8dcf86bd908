import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Queue, Result, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Pipe from "../../../src/condor/tools/Pipe.ts"

const bytes = (...all: ReadonlyArray<number>) => Uint8Array.from(all)

const options = { maxBytes: 5, tooMuch: () => "too much" }

describe("Pipe.make", () => {
  it.effect("stores the text, whose characters may arrive in pieces", () =>
    Effect.gen(function*() {
      const pipe = Pipe.make(Stream.make(bytes(0x61, 0xc3), bytes(0xa9), bytes(0xff, 0xc3)), options)
      yield* pipe.read
      assert.strictEqual(pipe.bytes(), 5)
      assert.strictEqual(pipe.rest(), "aé\ufffd\ufffd")
    }))

  it.effect("passes the text to onText, and counts its bytes", () =>
    Effect.gen(function*() {
      const taken: Array<string> = []
      const onText = (text: string) => taken.push(text)
      const chunk = new TextEncoder().encode("ab")
      const pipe = Pipe.make(Stream.forever(Stream.make(chunk)), { ...options, onText })
      assert.deepStrictEqual(yield* Effect.result(pipe.read), Result.fail("too much"))
      assert.strictEqual(taken.join(""), "abab")
      assert.strictEqual(pipe.rest(), "")
    }))
})

describe("Pipe.exit", () => {
  // A pipe that stays open, and its text.
  const open = Effect.gen(function*() {
    const queue = yield* Queue.unbounded<Uint8Array>()
    const pipe = Pipe.make(Stream.fromQueue(queue), { ...options, maxBytes: 1_000 })
    return { pipe, print: Queue.offer(queue, bytes(0x61)) }
  })

  const isDone = <A, E>(fiber: Fiber.Fiber<A, E>) => fiber.pollUnsafe() !== undefined

  it.effect("comes at once if the pipes end, and waits for a process that still runs", () =>
    Effect.gen(function*() {
      const pipe = Pipe.make(Stream.make(bytes(0x61)), options)
      assert.strictEqual(yield* Pipe.exit(Effect.succeed(3), [pipe]), 3)
      const fiber = yield* Effect.forkChild(Pipe.exit(Effect.delay(Effect.succeed(0), "1 hour"), [pipe]))
      yield* TestClock.adjust("59 minutes")
      assert.isFalse(isDone(fiber))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* Fiber.join(fiber), 0)
    }))

  it.effect("comes half a second after the last output to a pipe that stays open", () =>
    Effect.gen(function*() {
      const { pipe, print } = yield* open
      const fiber = yield* Effect.forkChild(Pipe.exit(Effect.succeed(0), [pipe]))
      yield* print
      yield* TestClock.adjust("400 millis")
      yield* print
      yield* TestClock.adjust("450 millis")
      assert.isFalse(isDone(fiber))
      yield* TestClock.adjust("100 millis")
      assert.isTrue(isDone(fiber))
      assert.strictEqual(pipe.rest(), "aa")
    }))

  it.effect("comes two seconds after the end of the process, even if output still arrives", () =>
    Effect.gen(function*() {
      const { pipe, print } = yield* open
      const fiber = yield* Effect.forkChild(Pipe.exit(Effect.delay(Effect.succeed(1), "1 minute"), [pipe]))
      yield* Effect.forkChild(Effect.forever(Effect.andThen(print, Effect.sleep("100 millis"))))
      yield* TestClock.adjust("61 seconds")
      assert.isFalse(isDone(fiber))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(fiber), 1)
    }))

  it.effect("fails at once if a pipe exceeds its limit", () =>
    Effect.gen(function*() {
      const pipe = Pipe.make(Stream.forever(Stream.make(bytes(0x61))), options)
      const exit = yield* Effect.exit(Pipe.exit(Effect.never, [pipe]))
      assert.deepStrictEqual(exit, Exit.fail("too much"))
    }))
})
