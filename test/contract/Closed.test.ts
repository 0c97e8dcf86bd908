/** A closed struct accepts what the struct accepts, and no other field. */
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { closed } from "../../src/contract/Closed.ts"

const open = Schema.Struct({
  endpoint: Schema.String,
  timeout: Schema.optionalKey(Schema.DurationFromString),
  site: Schema.optionalKey(Schema.Record(Schema.String, Schema.Int))
})
const shut = closed(open)
const known = Object.keys(open.fields)

describe("closed", () => {
  it.prop("accepts what the open struct accepts, and keeps it unchanged", [Schema.toEncoded(open)], ([value]) => {
    const read = (schema: typeof open) =>
      Result.mapError(Schema.decodeUnknownResult(schema)(value), ({ message }) => message)
    assert.deepStrictEqual(read(shut), read(open))
  })

  it.prop("refuses any other field by its name, also inside another schema", [Schema.String], ([name]) => {
    const value = { endpoint: "ce", ...Object.fromEntries([[name, undefined]]) }
    if (known.includes(name)) return
    for (const [schema, input] of [[shut, value], [Schema.Array(shut), [value]]] as const) {
      const result = Schema.decodeUnknownResult(schema)(input)
      assert.include(Result.isFailure(result) ? result.failure.message : "", `[${JSON.stringify(name)}]`)
      assert.include(Result.isFailure(result) ? result.failure.message : "", "unknown field: ")
    }
  })

  it("names every unknown field, with the option errors: all", () => {
    const result = Schema.decodeUnknownResult(shut, { errors: "all" })({ endpoint: "ce", one: 1, timeuot: 2 })
    const message = Result.isFailure(result) ? result.failure.message : ""
    assert.include(message, `expected one of endpoint, timeout, site\n  at ["one"]`)
    assert.include(message, `did you mean "timeout"?\n  at ["timeuot"]`)
  })
})
