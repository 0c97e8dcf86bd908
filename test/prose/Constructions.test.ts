import { assert, describe, it } from "@effect/vitest"
import { constructions } from "../../scripts/prose/Constructions.ts"
import * as Text from "../../scripts/prose/Text.ts"

const found = (text: string): ReadonlyArray<string> =>
  Text.sentences(Text.fromString("string", "a.ts", text, 1)).flatMap((sentence) =>
    constructions.filter((construction) => construction.finds(sentence)).map(({ name }) => name)
  )

describe("Constructions", () => {
  for (const { bad, good, name } of constructions) {
    it(`${name}: finds the bad sentence and not the good one`, () => {
      assert.include(found(bad), name)
      assert.deepStrictEqual(found(good), [])
    })
  }

  it("allows questions", () => {
    assert.deepStrictEqual(found("Who maps the subject to a user?"), [])
  })
})
