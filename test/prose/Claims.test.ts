import { assert, describe, it } from "@effect/vitest"
import * as Claims from "../../scripts/prose/Claims.ts"

const head = "| claim | made in | test | title |\n| --- | --- | --- | --- |\n"
const row = { claim: "It holds", file: "test/a.test.ts", title: "holds" }

describe("Claims", () => {
  it("reads the rows of several tables", () => {
    const text = `# A\n\n${head}| It holds | [a](a.md) | \`test/a.test.ts\` | \`holds\` |\n\n${head}| B | b | c | d |\n`
    assert.deepStrictEqual(Claims.claims(text), { rows: [row, { claim: "B", file: "c", title: "d" }], defects: [] })
  })

  it("reports a row with an empty cell, or with one too many", () => {
    assert.lengthOf(Claims.claims(`${head}| A | b | | d |\n| A | b | c | d | e |\n`).defects, 2)
  })

  it("reports a test file or a title that does not exist", () => {
    assert.isUndefined(Claims.problem(row, "it(\"holds\", () => {})"))
    assert.match(Claims.problem(row, "it(\"breaks\", () => {})") ?? "", /no test "holds"/)
    assert.match(Claims.problem(row, undefined) ?? "", /no file/)
  })
})
