/** Deliberate differences from HTCondor. `docs/classad.md` has the reasons. */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import {
  Evaluator,
  type Evaluator as Evaluators,
  Expr,
  Json,
  Long,
  Parser,
  Printer,
  Value
} from "../../src/classad/index.ts"

const read = (text: string, options?: Parser.Options) =>
  Result.match(Parser.parse(text, options), {
    onFailure: (error) => `${error.column}: ${error.reason}`,
    onSuccess: (expr) => Printer.print(expr, { parentheses: "minimal" })
  })

const adOf = (text: string): Expr.Ad => Result.getOrElse(Parser.parseAd(text), (error) => assert.fail(error.message))

const evaluated = (text: string, my = "[]", options: Evaluators.Options & Parser.Options = {}): string => {
  const expr = Result.getOrElse(Parser.parse(text, options), (error) => assert.fail(error.message))
  const value = Evaluator.evaluateWith(expr, { now: 0, random: () => 0 }, { ...options, my: adOf(my) })
  return Printer.print(Value.toExpr(value), { exact: true })
}

describe("refused texts", () => {
  it.each([
    ["a ]", "3: expected an operator or the end, not \"]\""],
    ["[a = 1] b", "9: expected an operator or the end, not \"b\""],
    ["a..b", "3: expected a name after \".\", not \".\""],
    ["..a", "2: expected a name after \".\", not \".\""],
    ["a..5", "3: expected a name after \".\", not \".5\""]
  ])("%s", (text, reason) => {
    assert.strictEqual(read(text), reason)
  })

  it("a text after an ad", () => {
    for (const text of ["[a = 1]]", "[a = 1].a", "[a = 1] [b = 2]"]) {
      assert.isTrue(Result.isFailure(Parser.parseAd(text)), text)
    }
  })

  it("an integer of more than 64 bits in JSON, and \\u without four digits", () => {
    assert.isTrue(Result.isFailure(Json.parse("{\"a\": 9223372036854775808}")))
    assert.isTrue(Result.isFailure(Json.parse("{\"a\": \"\\u12\"}")))
  })

  it("a value that the long form cannot represent", () => {
    for (const text of ["a\nb", "a\u0000b"]) {
      assert.isTrue(Result.isFailure(Long.print(Expr.ad([["A", Expr.string(text)]]))), text)
    }
    assert.isTrue(Result.isFailure(Long.print(Expr.ad([["A b", Expr.integer(1)]]))))
  })
})

describe("texts that HTCondor refuses", () => {
  it("any depth is accepted", () => {
    assert.strictEqual(read(`${"(".repeat(1_000)}a${")".repeat(1_000)}`), "a")
    assert.strictEqual(evaluated(Array.from({ length: 1_000 }, () => "1").join("+")), "1000")
  })
})

describe("expressions with another value", () => {
  it.each([
    ["split(\"a b\").x", "[]", "{ error,error }"],
    ["[a = [b = 1]][\"a\"].b", "[]", "1"],
    ["string(relTime(5000000000.0))", "[]", "\"-24855+03:14:08\""],
    ["splitTime(9223372036854775807)", "[]", "error"],
    ["formatTime(9223372036854775807)", "[]", "error"],
    ["formatTime(absTime(\"2024-06-01T12:00:00Z\"), \"%H %Z\")", "[]", "\"12 UTC\""],
    ["countMatches(nope, {[x = 1]}) + x", "[x = 2]", "2"],
    ["regexp(\"(?>a)\", \"a\")", "[]", "error"]
  ])("%s in %s is %s", (text, my, value) => {
    assert.strictEqual(evaluated(text, my), value)
  })

  it("?: is printed with parentheses, so that all versions read it in the same way", () => {
    assert.strictEqual(read("a + b ?: c"), "a + (b ?: c)")
    assert.strictEqual(
      Printer.print(Expr.binary("?:", Expr.attribute("a"), Expr.integer(1)), { exact: true }),
      "a ?: 1"
    )
  })
})

describe("earlier versions of HTCondor", () => {
  // The values of 25.14, 25.0 and 23.9, which 23.0 shares. For 25.0, those with functions and lists were inferred from the others.
  it.each([
    ["1 ?: 2 + 3", "[]", "4", "4", "1"],
    ["1 ?: 2 ? 3 : 4", "[]", "3", "3", "1"],
    ["1 ?: a", "[a = a]", "1", "1", "error"],
    ["a", "[a = a]", "undefined", "error", "error"],
    ["isUndefined(a)", "[a = a]", "true", "error", "error"],
    ["error && a", "[a = a]", "error", "error", "error"],
    ["isError(error && a)", "[a = a]", "true", "error", "error"],
    ["a ?: 7", "[a = a]", "7", "error", "error"],
    ["{a}[0] ?: 1", "[a = a]", "1", "error", "error"],
    ["1 ?: random(-1)", "[]", "1", "1", "error"],
    ["undefined ? random(-1) : 1", "[]", "undefined", "error", "error"],
    ["eval(\"1 ?: 2 + 3\")", "[]", "4", "4", "1"]
  ])("%s in %s is %s, but %s in 25.0, and %s in 23.9", (text, my, latest, between, old) => {
    assert.strictEqual(evaluated(text, my), latest)
    for (const version of ["25.14", "25.13", "25.13.2", "26.1"] as const) {
      assert.strictEqual(evaluated(text, my, { version }), latest, version)
    }
    for (const version of ["25.0.13", "23.10.1", "24.0", "25.12.2"] as const) {
      assert.strictEqual(evaluated(text, my, { version }), between, version)
    }
    for (const version of ["23.9", "23.9.6", "23.0.28", "10.9", "23.10.0"] as const) {
      assert.strictEqual(evaluated(text, my, { version }), old, version)
    }
  })
})
