import { assert, describe, it } from "@effect/vitest"
import { line } from "../../src/contract/Line.ts"

describe("line", () => {
  it.each([
    [line`job ${"12.3"} has format ${2}`, "job 12.3 has format 2"],
    [line`the file ${"a  b\tc"} is there`, "the file a  b\tc is there"],
    [line`it said: ${"no\n\n  route\r\n"}(again)`, "it said: no route (again)"],
    [line`${"a\rb\vc\fd\u0085e\u2028f\u2029g"}`, "a b c d e f g"],
    [line`\\n stays`, "\\n stays"]
  ])("%j", (text, expected) => {
    assert.strictEqual(text, expected)
  })
})
