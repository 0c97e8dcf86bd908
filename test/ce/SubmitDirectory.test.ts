import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as SubmitDirectory from "../../src/ce/SubmitDirectory.ts"
import { LocalFailure } from "../../src/contract/BackendError.ts"

/** A directory that tells when it is made and removed. */
const recorded = (events: Array<string>, made: Effect.Effect<void, LocalFailure> = Effect.void) =>
  Effect.acquireRelease(
    Effect.andThen(made, Effect.sync(() => (events.push("made"), { directory: "/directory", name: "k-1" }))),
    () => Effect.sync(() => void events.push("removed")),
    { interruptible: true }
  )

describe("a directory that is prepared early", () => {
  it.effect("is made before it is taken, and goes with the scope of whoever takes it", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      yield* Effect.scoped(Effect.gen(function*() {
        const early = yield* SubmitDirectory.early(recorded(events))
        yield* Effect.yieldNow
        assert.deepStrictEqual(events, ["made"])
        assert.strictEqual((yield* Effect.scoped(early)).directory, "/directory")
        assert.deepStrictEqual(events, ["made", "removed"])
      }))
      assert.deepStrictEqual(events, ["made", "removed"])
    }))

  it.effect("goes with the scope of its preparation where nobody takes it", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      yield* Effect.scoped(Effect.andThen(SubmitDirectory.early(recorded(events)), Effect.yieldNow))
      assert.deepStrictEqual(events, ["made", "removed"])
    }))

  it.effect("is no longer made when nobody takes it", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      yield* Effect.scoped(Effect.andThen(SubmitDirectory.early(recorded(events, Effect.never)), Effect.yieldNow))
      assert.deepStrictEqual(events, [])
    }))

  it.effect("fails whoever takes it, and nobody else", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const failure = new LocalFailure({ path: "/tmp", detail: "disk full" })
      const error = yield* Effect.scoped(Effect.gen(function*() {
        const early = yield* SubmitDirectory.early(recorded(events, Effect.fail(failure)))
        yield* Effect.yieldNow
        return yield* Effect.flip(Effect.scoped(early))
      }))
      assert.strictEqual(error, failure)
      assert.deepStrictEqual(events, [])
    }))

  it.effect("is removed after whoever waited for it was interrupted", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const go = yield* Deferred.make<void>()
      yield* Effect.scoped(Effect.gen(function*() {
        const early = yield* SubmitDirectory.early(recorded(events, Deferred.await(go)))
        const taker = yield* Effect.forkChild(Effect.scoped(early), { startImmediately: true })
        yield* Fiber.interrupt(taker)
        yield* Deferred.succeed(go, undefined)
        yield* Effect.yieldNow
      }))
      assert.deepStrictEqual(events, ["made", "removed"])
    }))
})
