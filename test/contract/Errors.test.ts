import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Predicate, Schema } from "effect"
import * as BackendError from "../../src/contract/BackendError.ts"
import * as JobError from "../../src/contract/JobError.ts"
import { backend, job, type Row } from "./ErrorRows.ts"

const classes = (module: object): Array<string> =>
  Object.entries(module).flatMap(([name, value]) =>
    typeof value === "function" && value.prototype instanceof Error ? [name] : []
  )

const AnyError = Schema.Union([
  ...BackendError.SubmitError.members,
  ...JobError.FetchError.members,
  ...JobError.HeldFetchError.members,
  ...JobError.CancelError.members,
  ...JobError.WaitError.members,
  ...JobError.ReleaseError.members
])
const json = Schema.fromJsonString(Schema.toCodecJson(AnyError))
const decode = Schema.decodeOption(json)

/** An error with a line break in each text that can have one. */
const breakUp = (error: typeof AnyError.Type, lineBreak: string, place: number) =>
  Effect.map(Schema.encodeEffect(json)(error), (text) => {
    const names = new Set(Array.from(text.matchAll(/"(\w+)":/g), ([, name = ""]) => name))
    return Array.from(names).reduce((whole, name) => {
      const broken = JSON.stringify(JSON.parse(whole), (key, value) => {
        if (key !== name || !Predicate.isString(value)) return value
        const at = place % (value.length + 1)
        return `${value.slice(0, at)}!${lineBreak}!${value.slice(at)}`
      })
      return Option.isSome(decode(broken)) ? broken : whole
    }, text)
  }).pipe(Effect.flatMap(Schema.decodeEffect(json)))

describe("errors of the contract", () => {
  it.each([...backend, ...job])("$message", ({ error, message, retry }) => {
    assert.strictEqual(error.message, message)
    assert.instanceOf(error, Error)
    assert.include(String(error), message)
    assert.strictEqual(error.retry, retry)
    assert.notInclude(message, "undefined")
    assert.notInclude(message, "[object")
  })

  it("every class of errors has a row", () => {
    const tags = (rows: ReadonlyArray<Row>) => Array.from(new Set(rows.map(({ error }) => error._tag))).toSorted()
    assert.deepStrictEqual(classes(BackendError).toSorted(), tags(backend))
    assert.deepStrictEqual(classes(JobError).toSorted(), tags(job))
  })

  it.each([...backend, ...job])("identified by the package and its tag: $error._tag", ({ error }) => {
    assert.strictEqual(error.name, `effect-htcondor-ce/${error._tag}`)
  })

  it.effect.prop(
    "a message is one line, whatever line breaks its texts have",
    [Schema.Literals(["\n", "\r\n", "\u0085", "\u2028", "\v", "\f"]), Schema.Natural],
    ([lineBreak, place]) =>
      Effect.forEach(
        [...backend, ...job],
        ({ error, message }) =>
          Effect.map(breakUp(error, lineBreak, place), (broken) => {
            assert.notMatch(broken.message, /[\n\r\v\f\u0085\u2028\u2029]/)
            assert.notStrictEqual(broken.message, message)
          }),
        { discard: true }
      ),
    { arbitrary: { runs: 50, seed: 20_261_129 } }
  )
})
