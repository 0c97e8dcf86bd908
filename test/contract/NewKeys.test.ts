import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import * as NewKeys from "../../src/contract/NewKeys.ts"
import { generate, SubmissionKey } from "../../src/contract/SubmissionKey.ts"
import * as Keys from "../testing/Keys.ts"

const take = (key: SubmissionKey) => Effect.flatMap(NewKeys.NewKeys, (keys) => keys.take(key))

describe("NewKeys", () => {
  it.effect("a key that was generated here is new, once", () =>
    Effect.gen(function*() {
      const [one, other] = [yield* generate, yield* generate]
      assert.isTrue(yield* take(one))
      assert.isFalse(yield* take(one))
      assert.isTrue(yield* take(other))
    }).pipe(Effect.provide(Keys.layerOwn)))

  it.effect("it is new for ten seconds", () =>
    Effect.gen(function*() {
      const [early, late] = [yield* generate, yield* generate]
      yield* TestClock.adjust(Duration.millis(NewKeys.lifetime - 1))
      assert.isTrue(yield* take(early))
      const between = yield* generate
      yield* TestClock.adjust(Duration.millis(1))
      assert.isFalse(yield* take(late))
      assert.isTrue(yield* take(between))
    }).pipe(Effect.provide(Keys.layerOwn)))

  it.effect("it is not when the clock was set back", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_000_000)
      const key = yield* generate
      yield* TestClock.setTime(999_999)
      assert.isFalse(yield* take(key))
    }).pipe(Effect.provide(Keys.layerOwn)))

  it.effect("a key of another process is not, and neither is one that was read", () =>
    Effect.gen(function*() {
      assert.isFalse(yield* take(yield* Keys.elsewhere))
      assert.isFalse(yield* take(SubmissionKey.make("mine")))
    }).pipe(Effect.provide(Keys.layerOwn)))
})
