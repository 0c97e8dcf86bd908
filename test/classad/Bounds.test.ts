/** Very long and very deep inputs have a value or an error, and nothing is thrown. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { ClassAd, Evaluator, Expr, Json, Long, Parser, Printer, Struct, Value } from "../../src/classad/index.ts"

const read = (text: string): Expr.Expr => Result.getOrElse(Parser.parse(text), (error) => assert.fail(error.message))
const adOf = (text: string): Expr.Ad => Result.getOrElse(Parser.parseAd(text), (error) => assert.fail(error.message))

const evaluated = (expr: Expr.Expr | string, my: Expr.Ad = Expr.ad([])): string =>
  Printer.print(
    Value.toExpr(
      Evaluator.evaluateWith(typeof expr === "string" ? read(expr) : expr, { now: 0, random: () => 0 }, { my })
    ),
    { exact: true }
  )

/** `a0 = step(a1); a1 = step(a2); ...` */
const chain = (length: number, step: (name: string) => string, last: string): Expr.Ad =>
  adOf(
    `[${Array.from({ length }, (_, index) => `a${index} = ${step(`a${index + 1}`)}`).join("; ")}; a${length} = ${last}]`
  )

const nested = (depth: number): Expr.Expr => {
  let expr: Expr.Expr = Expr.integer(1)
  for (let level = 0; level < depth; level++) expr = level % 2 === 0 ? Expr.list([expr]) : Expr.ad([["a", expr]])
  return expr
}

describe("Bounds", () => {
  it("unresolved: visits each attribute once", () => {
    assert.strictEqual(evaluated("unresolved(a0)", chain(60, (name) => `${name} + ${name}`, "q")), "\"q\"")
    assert.strictEqual(evaluated("unresolved(a0)", chain(60, (name) => `MY.${name} + MY.${name}`, "q")), "\"q\"")
    assert.strictEqual(evaluated("unresolved(a)", adOf("[a = MY; b = nope]")), "\"\"")
  })

  it("unresolved: counts a step for each visited expression", () => {
    const wide = Expr.list(Array.from({ length: 1_100_000 }, () => Expr.attribute("q")))
    assert.strictEqual(evaluated("unresolved(a)", Expr.ad([["a", wide]])), "error")
  })

  it("printer: 300,000 levels on lines have blanks up to a limit", () => {
    const deep = nested(300_000)
    assert.isBelow(Printer.print(deep, { layout: "lines" }).length, 20_000_000)
    const ad = Expr.ad([["a", deep]])
    assert.match(evaluated("unparse(a)", ad), /^(?:error$|")/)
    assert.isBelow(Json.print(ad).length, 20_000_000)
  })

  it("Json: parses a string of nine megabytes", () => {
    const text = "x".repeat(9_000_000)
    const ad = Result.getOrElse(Json.parse(`{"a": "${text}\\n"}`), (error) => assert.fail(error.message))
    assert.deepStrictEqual(ClassAd.get(ad, "a"), Expr.string(`${text}\n`))
    const open = Json.parse(`{"a": "${text}`)
    assert.isBelow(Result.isFailure(open) ? open.failure.message.length : 1e9, 200)
  })

  it("stringListMin and stringListMax: accept 200,000 items", () => {
    const my = Expr.ad([["s", Expr.string(Array.from({ length: 200_000 }, (_, index) => index + 1).join(","))]])
    assert.strictEqual(evaluated("stringListMax(s)", my), "200000")
    assert.strictEqual(evaluated("stringListMin(s)", my), "1")
  })

  it("strings: a string longer than 16 MiB is an error", () => {
    const my = Expr.ad([["s", Expr.string("0".repeat(10 * 2 ** 20))]])
    const many = (item: string) => Array.from({ length: 100 }, () => item).join(", ")
    assert.strictEqual(evaluated("size(s)", my), String(10 * 2 ** 20))
    assert.strictEqual(evaluated("size(strcat(s, \"x\"))", my), String(10 * 2 ** 20 + 1))
    for (
      const text of [
        "strcat(s, s)",
        `strcat(${many("s")})`,
        `join(s, ${many("\"x\"")})`,
        `string(evalInEachContext(s, {${many("[]")}}))`,
        "replaceAll(\"0\", \"000\", s)",
        "replace(\"0+\", s, \"\\\\0\\\\0\\\\0\")",
        `mergeEnvironment(${many("strcat(\"a=\", s)")})`,
        "formatTime(0, s)"
      ]
    ) assert.strictEqual(evaluated(text, my), "error", text)
  })

  it("regular expression: one that is too large for JavaScript is an error or has a value", () => {
    const my = Expr.ad([["s", Expr.string("ab".repeat(1_000_000))]])
    for (const pattern of ["^(?:a|b)*c", "^((a)|(b))*$", "^(a|b)+?$", "^(?:(?:a)(?:b))*x"]) {
      assert.include(["error", "true", "false"], evaluated(`regexp("${pattern}", s)`, my), pattern)
    }
  })

  it.effect("Struct: decodes and encodes lists of any depth", () =>
    Effect.gen(function*() {
      let list: Expr.Expr = Expr.integer(7)
      for (let level = 0; level < 20_000; level++) list = Expr.list([list])
      const Deep = Struct.Struct({ a: Schema.Unknown })
      const { a } = yield* Schema.decodeEffect(Deep)(Expr.ad([["A", list]]))
      let inner = a
      let levels = 0
      for (; Array.isArray(inner); levels++) inner = inner[0]
      assert.deepStrictEqual([levels, inner], [20_000, 7])
      const again = yield* Schema.encodeEffect(Deep)({ a })
      assert.strictEqual(Printer.print(again), Printer.print(Expr.ad([["a", list]])))
    }))

  it("string list: its items are trimmed in linear time", () => {
    const my = Expr.ad([["s", Expr.string(`a${" ".repeat(500_000)}b`)]])
    const start = performance.now()
    assert.strictEqual(evaluated("stringListSize(s, \",\")", my), "1")
    assert.isBelow(performance.now() - start, 20_000)
  })

  it("messages: are short, however long the text", () => {
    const long = "x".repeat(100_000)
    const failures: ReadonlyArray<Result.Result<unknown, Error>> = [
      Parser.parse(`a ${long}`),
      Parser.parse(`absTime("${long}")`),
      Parser.parse(`[${long} 1]`),
      Json.parse(`{"a": "\\/Expr(${long} 1)\\/"}`),
      Json.parse(`{"a": ${long}}`),
      Long.parse(`${long} = 1 +`),
      Long.print(Expr.ad([[`a ${long}`, Expr.integer(1)]])),
      Long.print(Expr.ad([[long, Expr.string("\n")]]))
    ]
    for (const failure of failures) {
      assert.isTrue(Result.isFailure(failure))
      if (Result.isFailure(failure)) assert.isBelow(failure.failure.message.length, 200)
    }
  })

  it("integer: truncates a number that is not an integer", () => {
    const values = [1.5, -1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 62, 1e300]
    assert.deepStrictEqual(
      values.map((value) => Printer.print(Expr.integer(value))),
      ["1", "-1", "-9223372036854775808", "-9223372036854775808", "4611686018427387904", "-9223372036854775808"]
    )
  })
})
