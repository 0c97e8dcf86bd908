import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { Expr, Parser, Printer } from "../../src/classad/index.ts"
import { cases } from "../live/oracle/ClassAdCases.ts"
import * as Trees from "./Trees.ts"

const seeds = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 }))

const read = (text: string): Expr.Expr => {
  const result = Parser.parse(text)
  if (Result.isSuccess(result)) return result.success
  assert.fail(`${text}: ${result.failure.message}`)
}

describe("Printer", () => {
  it.prop("text: parses to the printed tree", [seeds], ([seed]) => {
    const tree = Trees.tree(seed)
    const text = Printer.print(tree)
    assert.deepStrictEqual(Trees.bare(read(text)), Trees.bare(tree), text)
  }, { arbitrary: { runs: 3_000 } })

  it.prop("minimal text: needs each pair of parentheses", [seeds], ([seed]) => {
    const tree = Trees.bare(Trees.tree(seed))
    const text = Printer.print(tree, { parentheses: "minimal" })
    const again = read(text)
    assert.deepStrictEqual(Trees.bare(again), tree, text)
    // The tree is the same for older daemons, in which `?:` binds less.
    const loose = Parser.parse(text, { version: "23.9" })
    assert.deepStrictEqual(Result.map(loose, Trees.bare), Result.succeed(tree), text)
    for (const shorter of Trees.withoutEachPair(text)) {
      const others = [Parser.parse(shorter), Parser.parse(shorter, { version: "23.9" })]
      assert.notDeepEqual(others.map(Result.map(Trees.bare)), [Result.succeed(tree), Result.succeed(tree)], shorter)
    }
  }, { arbitrary: { runs: 500 } })

  it.prop("parsed text: is printed with the same parentheses", [seeds], ([seed]) => {
    for (const { expr } of cases(seed, 5)) {
      const first = Parser.parse(expr)
      if (Result.isFailure(first)) continue
      const text = Printer.print(first.success)
      // An infinite literal is printed as a call, as in HTCondor.
      if (/real\("-?INF"\)/.test(text)) continue
      // Only an operand with `?:` gets new parentheses.
      const shape = /\?\s*:/.test(expr) ? Trees.bare : (tree: Expr.Expr): Expr.Expr => tree
      assert.deepStrictEqual(shape(read(text)), shape(first.success), `${expr} / ${text}`)
    }
  }, { arbitrary: { runs: 1_000 } })

  it.each<readonly [string, string]>([
    ["a=?=b", "a is b"],
    ["!a", " !a"],
    ["1.0", "1.000000000000000E+00"],
    ["0.1+0.2", "1.000000000000000E-01 + 2.000000000000000E-01"],
    ["{1,2}", "{ 1,2 }"],
    ["[b=1;a='q r']", "[ b = 1; a = 'q r' ]"],
    ["\"\u00e9\\n\\\"\"", "\"\\303\\251\\n\\\"\""],
    ["parent.x", "'parent'.x"],
    ["x.'a b'", "x.'a b'"],
    ["- 5", " - 5"],
    ["- 5 .a", " - 5 .a"],
    ["relTime(\"26:00:00\")", "relTime(\"1+02:00:00\")"]
  ])("prints %s as %s", (text, printed) => {
    assert.strictEqual(Printer.print(read(text)), printed)
  })

  it("real: has as many digits as it needs", () => {
    assert.strictEqual(Printer.print(Expr.real(0.1 + 0.2)), "3.0000000000000004E-01")
    assert.strictEqual(Printer.print(Expr.real(0.1 + 0.2), { exact: true }), "3.000000000000000E-01")
    assert.strictEqual(Printer.print(Expr.real(1e300), { strings: "old" }), "1E+300")
    assert.strictEqual(Printer.print(Expr.real(100), { strings: "old" }), "100.0")
  })
})
