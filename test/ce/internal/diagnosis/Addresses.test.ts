import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Addresses } from "../../../../src/ce/internal/diagnosis/Addresses.ts"

it.effect("asks this host's resolver, and tells none where that does not tell", () =>
  Effect.gen(function*() {
    const addresses = yield* Addresses
    assert.deepStrictEqual(yield* addresses("127.0.0.1"), ["127.0.0.1"])
    // Longer than a name may be: nobody is asked.
    assert.deepStrictEqual(yield* addresses("a".repeat(300)), [])
  }))
