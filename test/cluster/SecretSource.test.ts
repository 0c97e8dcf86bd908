import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { SecretSource } from "../../src/cluster/index.ts"
import { type Submission, SubmissionKey } from "../../src/index.ts"

const key = SubmissionKey.SubmissionKey.make("key-1")

const ask = (copy: number) => Effect.flatMap(SecretSource.SecretSource, ({ secretsFor }) => secretsFor(key, copy))

describe("SecretSource", () => {
  it.effect("layer: calls the function each time, with the key and the copy", () =>
    Effect.gen(function*() {
      let minted = 0
      const layer = SecretSource.layer((key, copy) =>
        Effect.sync(() => ({ token: Redacted.make(`${key}/${copy}/${++minted}`) }))
      )
      const tokens = yield* Effect.forEach([0, 1, 1], ask).pipe(Effect.provide(layer))
      assert.deepStrictEqual(tokens.map(({ token }) => token && Redacted.value(token)), [
        "key-1/0/1",
        "key-1/1/2",
        "key-1/1/3"
      ])
    }))

  it.effect("layer: its failure names the copy, in one line, and says when to try again", () =>
    Effect.gen(function*() {
      const layer = SecretSource.layer((key, copy) =>
        Effect.fail(new SecretSource.SecretUnavailable({ key, copy, detail: "the issuer\nis down" }))
      )
      const error = yield* Effect.flip(Effect.provide(ask(2), layer))
      assert.deepStrictEqual([error.message, error.retry], [
        "no secrets for copy 2 of submission key-1: the issuer is down",
        "Later"
      ])
    }))

  it.effect("fill: gives each copy its secrets, and keeps its environment", () =>
    Effect.gen(function*() {
      const layer = SecretSource.layer((_, copy) => Effect.succeed({ token: Redacted.make(String(copy)) }))
      const copies = yield* Effect.provide(SecretSource.fill(key, [{ environment: { PILOT: "a" } }, {}]), layer)
      assert.deepStrictEqual(copies, [
        { environment: { PILOT: "a" }, secrets: { token: Redacted.make("0") } },
        { secrets: { token: Redacted.make("1") } }
      ])
    }))

  it.effect("PlainCopy: encodes and decodes without a service, and refuses secrets", () =>
    Effect.gen(function*() {
      const json = Schema.fromJsonString(Schema.toCodecJson(SecretSource.PlainCopy))
      const copy: SecretSource.PlainCopy = { environment: { PILOT: "a" } }
      assert.deepStrictEqual(yield* Schema.decodeEffect(json)(yield* Schema.encodeEffect(json)(copy)), copy)
      const error = yield* Effect.flip(Schema.decodeEffect(json)(JSON.stringify({ secrets: { token: "swordfish" } })))
      assert.include(error.message, "secrets")
      assert.notInclude(error.message, "swordfish")
    }))

  it("PlainCopy: a copy that has secrets, or may have some, does not compile", () => {
    expectTypeOf<{ readonly environment: { readonly A: string } }>().toExtend<SecretSource.PlainCopy>()
    expectTypeOf<SecretSource.PlainCopy>().toExtend<Submission.Copy>()
    const some: Submission.Copy = { secrets: { token: Redacted.make("swordfish") } }
    // @ts-expect-error it may have secrets, which no workflow stores
    const plain: SecretSource.PlainCopy = some
    // @ts-expect-error it has secrets
    const other: SecretSource.PlainCopy = { secrets: { token: Redacted.make("swordfish") } }
    assert.notStrictEqual(plain, other)
  })

  it.effect("layerNone: no copy has secrets", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* ask(0), {})
    }).pipe(Effect.provide(SecretSource.layerNone)))
})
