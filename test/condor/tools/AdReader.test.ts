import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import * as AdReader from "../../../src/condor/tools/AdReader.ts"
import * as Samples from "../Samples.ts"

const records = Arbitrary.array(
  Arbitrary.schema(
    Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Finite, Schema.Array(Schema.Null)]))
  ),
  { maxLength: 5 }
)
const cuts = Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 }))))

/** The objects of a text that arrives in pieces of these lengths, and then in one. */
const read = (text: string, lengths: ReadonlyArray<number> = []) => {
  const taken: Array<unknown> = []
  const reader = AdReader.make((record) => taken.push(record))
  let from = 0
  for (const length of lengths) {
    reader.push(text.slice(from, from + length))
    from += length
  }
  reader.push(text.slice(from))
  return { taken, end: Result.isSuccess(reader.end()) }
}

describe("AdReader", () => {
  it.prop("reads a list of objects that is divided anywhere", [records, cuts], ([list, lengths]) => {
    for (const text of [JSON.stringify(list), JSON.stringify(list, null, 2), `\n ${JSON.stringify(list)}\r\n\t`]) {
      assert.deepStrictEqual(read(text, lengths), { taken: JSON.parse(text), end: true })
    }
  }, { arbitrary: { runs: 500 } })

  it.prop("accepts exactly the lists of objects that JSON.parse accepts", [
    Samples.mutated(["[\n{\"a\": \"x}\\\"\", \"b\": [1, {}]}\n,\n{}\n]\n", "[]", "[{}]", "{}"]),
    cuts
  ], ([text, lengths]) => {
    const whole = Result.try((): unknown => JSON.parse(text))
    const isList = Result.isSuccess(whole) && Array.isArray(whole.success) &&
      whole.success.every((one) => typeof one === "object" && one !== null && !Array.isArray(one))
    assert.strictEqual(read(text, lengths).end, isList || /^[\n\r\t ]*$/.test(text))
  }, { arbitrary: { runs: 3_000 } })

  it("reads many objects that do not end at the first brace", () => {
    const list = Array.from({ length: 50 }, (_, index) => index % 2 === 0 ? { a: [{}], b: "}" } : { c: index })
    const text = JSON.stringify(list, null, 2)
    assert.deepStrictEqual(read(text, [100]), { taken: list, end: true })
  })

  it("distinguishes a blank text from an empty list", () => {
    for (const [text, what] of [["", "Blank"], [" \n", "Blank"], ["[\n]\n", "List"]] as const) {
      const reader = AdReader.make(() => {})
      reader.push(text)
      assert.deepStrictEqual(reader.end(), Result.succeed(what))
    }
  })

  it("does not store an object that never ends", () => {
    const reader = AdReader.make(() => {})
    reader.push("[{\"a\":\"")
    for (let index = 0; index < 20; index++) reader.push("x".repeat(1024 * 1024))
    reader.push("\"}]")
    assert.deepStrictEqual(reader.end(), Result.fail("an ad of more than 16777216 characters"))
  })
})
