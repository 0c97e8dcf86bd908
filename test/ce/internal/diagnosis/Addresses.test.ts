import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Addresses } from "../../../../src/ce/internal/diagnosis/Addresses.ts"

it.effect("Addresses: come from this host's resolver, and are empty if that gives none", () =>
  Effect.gen(function*() {
    const addresses = yield* Addresses
    assert.deepStrictEqual(yield* addresses("127.0.0.1"), ["127.0.0.1"])
    // The name is too long, so no resolver is asked.
    assert.deepStrictEqual(yield* addresses("a".repeat(300)), [])
  }))
