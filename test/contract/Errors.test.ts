import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as BackendError from "../../src/contract/BackendError.ts"
import * as JobError from "../../src/contract/JobError.ts"
import { backend, job, type Row } from "./ErrorRows.ts"

const classes = (module: object): Array<string> =>
  Object.entries(module).flatMap(([name, value]) =>
    typeof value === "function" && value.prototype instanceof Error ? [name] : []
  )

describe("errors of the contract", () => {
  it.each([...backend, ...job])("$message", ({ error, message, retry }) => {
    assert.strictEqual(error.message, message)
    assert.instanceOf(error, Error)
    assert.include(String(error), message)
    assert.strictEqual(error.retry, retry)
    assert.notInclude(message, "undefined")
    assert.notInclude(message, "[object")
  })

  it("every class has a row", () => {
    const tags = (rows: ReadonlyArray<Row>) => Array.from(new Set(rows.map(({ error }) => error._tag))).toSorted()
    assert.deepStrictEqual(classes(BackendError).toSorted(), tags(backend))
    assert.deepStrictEqual(classes(JobError).toSorted(), tags(job))
  })

  it.effect.prop("a backend error goes through JSON", [BackendError.BackendError], ([error]) =>
    Effect.gen(function*() {
      const json = Schema.fromJsonString(BackendError.BackendError)
      const read = yield* Schema.decodeEffect(json)(yield* Schema.encodeEffect(json)(error))
      assert.strictEqual(read._tag, error._tag)
      assert.strictEqual(read.message, error.message)
      assert.isNotEmpty(error.message)
    }), { arbitrary: { runs: 200 } })
})
