import { assert, describe, it } from "@effect/vitest"
import { Effect, Random, Result, Schema } from "effect"
import { generate, SubmissionKey } from "../../src/contract/SubmissionKey.ts"

const decode = Schema.decodeUnknownResult(SubmissionKey)

describe("SubmissionKey", () => {
  it.each(["a", "0", "run-7.b_2", "A".repeat(128), "k-0a1b2c"])("%j is a key", (text) => {
    assert.strictEqual(Result.getOrNull(decode(text)), text)
  })

  it.each(["", "-a", ".a", "_a", "a b", "a/b", "a\n", "a\"b", "a'b", "a$b", "é", "A".repeat(129), 5, null])(
    "%j is no key",
    (wrong) => {
      const result = decode(wrong)
      assert.isTrue(Result.isFailure(result))
    }
  )

  it("the error describes a key", () => {
    const result = decode("a b")
    if (Result.isFailure(result)) assert.include(result.failure.message, "1 to 128 letters, digits")
    else assert.fail("a b is no key")
  })

  it.prop("a key needs no quotes", [SubmissionKey], ([key]) => {
    assert.match(key, /^[A-Za-z0-9][A-Za-z0-9._-]*$/)
    assert.strictEqual(encodeURIComponent(key), key)
  })

  it.effect("generate: keys of 96 bits that do not repeat", () =>
    Effect.gen(function*() {
      const keys = yield* Effect.replicateEffect(generate, 2_000)
      for (const key of keys) assert.match(key, /^k-[0-9a-f]{24}$/)
      assert.strictEqual(new Set(keys).size, keys.length)
      // Each of the 24 digits takes all of its 16 values.
      for (let digit = 2; digit < 26; digit++) {
        assert.strictEqual(new Set(keys.map((key) => key[digit])).size, 16, `digit ${digit}`)
      }
    }))

  it.effect("generate: the greatest numbers give keys of the same length", () =>
    Effect.gen(function*() {
      const greatest: Random.Random = {
        nextIntUnsafe: () => Number.MAX_SAFE_INTEGER,
        nextDoubleUnsafe: () => 1 - Number.EPSILON / 2
      }
      assert.strictEqual(yield* Effect.provideService(generate, Random.Random, greatest), `k-${"f".repeat(24)}`)
    }))
})
