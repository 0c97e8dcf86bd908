import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Redacted, Schema } from "effect"
import * as TokenText from "../../src/credentials/TokenText.ts"
import { plain, wlcg } from "../ce/Tokens.ts"

const [one, two] = [Redacted.value(plain("one")), Redacted.value(wlcg())]

describe("TokenText", () => {
  it.each([one, two])("%j is a token", (text) => assert.isTrue(TokenText.isToken(text)))

  it.each([
    "",
    "opaque",
    "a.b.c",
    "ce.example.org",
    `${one}.x`,
    ` ${one}`,
    `${one}\n${two}`,
    `"${one}"`,
    one.slice(0, -4)
  ])(
    "%j is no token",
    (text) => assert.isFalse(TokenText.isToken(text))
  )

  it("tokens: returns the tokens in their order, without other lines", () => {
    const text = `# of the site\n\n  ${two}\r\nold words\n${one} # mine\n  # ${one}\n${one}`
    assert.deepStrictEqual(TokenText.tokens(text), [two, one])
  })

  const names = Arbitrary.array(Arbitrary.schema(Schema.String), { maxLength: 5 })
  it.effect.prop(
    "tokens: returns exactly the tokens that were written, one on each line",
    [names],
    ([names]) =>
      Effect.sync(() => {
        const all = names.map((name) => Redacted.value(plain(name)))
        assert.deepStrictEqual(TokenText.tokens(all.join("\n# and\n")), all)
      })
  )
})
