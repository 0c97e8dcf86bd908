import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { SealedCopy, SecretSealer } from "../../src/cluster/index.ts"
import { Submission } from "../../src/index.ts"

const layer = SecretSealer.layer([{ id: "one", key: Redacted.make(new Uint8Array(32).fill(1)) }])

const json = Schema.fromJsonString(Schema.toCodecJson(SealedCopy.SealedCopy))

const secret = "swordfish-7f3a91"

const wellFormed = ({ secrets = {} }: Submission.Copy): boolean =>
  Object.values(secrets).every((one) => {
    const content = Redacted.value(one)
    return typeof content !== "string" || content.isWellFormed()
  })

describe("SealedCopy", () => {
  it.effect.prop(
    "encodes and decodes exactly the copies of Submission.Copy, also as JSON text",
    [Submission.Copy],
    ([copy]) =>
      Effect.gen(function*() {
        if (!wellFormed(copy)) return
        const text = yield* Schema.encodeEffect(json)(copy)
        assert.deepStrictEqual(yield* Schema.decodeEffect(json)(text), copy)
      }).pipe(Effect.provide(layer))
  )

  it.effect("seals each secret, and nothing else", () =>
    Effect.gen(function*() {
      const copy: Submission.Copy = {
        environment: { PILOT: "a" },
        secrets: { token: Redacted.make(secret), bytes: Redacted.make(new TextEncoder().encode(secret)) }
      }
      const text = yield* Schema.encodeEffect(json)(copy)
      for (const form of [secret, Buffer.from(secret).toString("base64"), Buffer.from(secret).toString("hex")]) {
        assert.notInclude(text, form)
      }
      const { environment, secrets } = JSON.parse(text)
      assert.deepStrictEqual([environment, Object.keys(secrets)], [{ PILOT: "a" }, ["token", "bytes"]])
      for (const sealed of Object.values(secrets)) assert.match(String(sealed), /^v1\.one\./)
    }).pipe(Effect.provide(layer)))

  it.effect("fails to decode a damaged secret, without the sealed text in the message", () =>
    Effect.gen(function*() {
      const sealed = "v1.one.AAAA.BBBB"
      const { message } = yield* Effect.flip(Schema.decodeEffect(json)(JSON.stringify({ secrets: { token: sealed } })))
      assert.include(message, "damaged")
      assert.include(message, "token")
      assert.notInclude(message, sealed)
    }).pipe(Effect.provide(layer)))

  it.effect("refuses a field that a copy does not have", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Schema.decodeEffect(json)(JSON.stringify({ secret: {} })))
      assert.include(error.message, "did you mean \"secrets\"")
    }).pipe(Effect.provide(layer)))

  it("is a Submission.Copy in its type, and needs the sealer in both directions", () => {
    expectTypeOf<SealedCopy.SealedCopy>().toEqualTypeOf<Submission.Copy>()
    expectTypeOf<keyof typeof SealedCopy.SealedCopy.fields>().toEqualTypeOf<keyof typeof Submission.Copy.fields>()
    expectTypeOf<typeof SealedCopy.SealedCopy["DecodingServices"]>().toEqualTypeOf<SecretSealer.SecretSealer>()
    expectTypeOf<typeof SealedCopy.SealedCopy["EncodingServices"]>().toEqualTypeOf<SecretSealer.SecretSealer>()
    expectTypeOf<typeof SealedCopy.SealedSecret["Encoded"]>().toEqualTypeOf<string>()
    const encoded = Schema.encodeEffect(SealedCopy.SealedCopy)({})
    // @ts-expect-error encoding needs a sealer
    const runs: Effect.Effect<unknown, Schema.SchemaError> = encoded
    assert.isDefined(runs)
  })
})
