import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { PersistenceError } from "effect/cluster/ClusterError"
import { TestClock } from "effect/testing"
import * as Ask from "../../../src/cluster/internal/Ask.ts"

const endpoint = "ce.example.org:9619"

/** The answers of owners, in order. */
const owners = <A>(answers: ReadonlyArray<A>) => {
  const left = [...answers]
  return () => left.shift() ?? answers[0]
}

describe("Ask", () => {
  it.effect("ask: asks the next owner if one has stopped", () =>
    Effect.gen(function*() {
      const next = owners([Effect.interrupt, Effect.interrupt, Effect.succeed(1)])
      const asked = yield* Effect.forkChild(Ask.ask(endpoint)(Effect.suspend(() => next() ?? Effect.never)))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* Fiber.join(asked), 1)
    }))

  it.effect("follow: begins again at the next owner if one has stopped", () =>
    Effect.gen(function*() {
      const next = owners([Stream.concat(Stream.make(1), Stream.fromEffect(Effect.interrupt)), Stream.make(1, 2)])
      const told = yield* Effect.forkChild(
        Stream.runCollect(Ask.follow(endpoint)(Stream.suspend(() => next() ?? Stream.never)))
      )
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* Fiber.join(told), [1, 1, 2])
    }))

  it.effect("ask, follow: send nothing more after their caller is interrupted", () =>
    Effect.gen(function*() {
      let asked = 0
      const question = Effect.suspend(() => {
        asked += 1
        return Effect.never
      })
      const one = yield* Effect.forkChild(Ask.ask(endpoint)(question))
      const other = yield* Effect.forkChild(Stream.runDrain(Ask.follow(endpoint)(Stream.fromEffect(question))))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interruptAll([one, other])
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(asked, 2)
    }))

  it.effect("ask, follow: fail with `Later` if the engine does not deliver a request", () =>
    Effect.gen(function*() {
      const question = Effect.fail(new PersistenceError({ cause: "locked" }))
      const error = yield* Effect.flip(Ask.ask(endpoint)(question))
      assert.deepInclude(error, { _tag: "BackendFailed", retry: "Later" })
      const other = yield* Effect.flip(Stream.runDrain(Ask.follow(endpoint)(Stream.fromEffect(question))))
      assert.deepInclude(other, { _tag: "BackendFailed", retry: "Later" })
    }))

  it.effect.each([
    ["locked", "PersistenceError: locked"],
    [new Error("first line\nsecond line"), "PersistenceError: first line second line"],
    [
      new Error("no answer of postgres://me:p@ss/word@db:5432/wms"),
      "PersistenceError: no answer of postgres://db:5432/wms"
    ]
  ])("ask: says why the database did not answer, without its password: %s", ([cause, text]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Ask.ask(endpoint)(Effect.fail(new PersistenceError({ cause }))))
      assert.deepInclude(error, { detail: `the cluster did not deliver the question: ${text}` })
    }))
})
