import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { ClassAd, Expr, Json, Long, Parser, Printer, Struct } from "../../src/classad/index.ts"
import * as Trees from "./Trees.ts"

const seeds = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 }))

/** A random ad whose names exist in every form. */
const randomAd = (seed: number): Expr.Ad =>
  Expr.ad(Array.from({ length: 1 + seed % 5 }, (_, index) => [`Attr${index}`, Trees.tree(seed + index)] as const))

const same = (left: Expr.Expr, right: Expr.Expr, message: string): void =>
  assert.deepStrictEqual(Trees.bare(left), Trees.bare(right), message)

describe("ClassAd", () => {
  it.effect.prop(
    "new form and JSON form: parse to the printed ad",
    [seeds],
    ([seed]) =>
      Effect.gen(function*() {
        const ad = randomAd(seed)
        for (const form of [ClassAd.fromNew, ClassAd.fromJson]) {
          const text = yield* Schema.encodeEffect(form)(ad)
          const again = yield* Schema.decodeEffect(form)(text)
          // In JSON only these constants become other expressions: times, infinity and NaN.
          same(again, ad, text)
        }
      }),
    { arbitrary: { runs: 1_000 } }
  )

  // Line breaks, quotes and backslashes: an old string cannot have all of them everywhere.
  const delicate = (expr: Expr.Expr): boolean => /[\n"\\]/.test(Printer.print(expr).replace(/\\?"([^"\\]*)"/g, "$1"))

  it.effect.prop(
    "long form: parses to the printed ad, or is refused because of a string",
    [seeds],
    ([seed]) =>
      Effect.gen(function*() {
        const ad = randomAd(seed)
        const text = yield* Effect.result(Schema.encodeEffect(ClassAd.fromLong)(ad))
        if (Result.isSuccess(text)) same(yield* Schema.decodeEffect(ClassAd.fromLong)(text.success), ad, text.success)
        else {
          assert.match(text.failure.message, /the long form cannot carry the value of Attr\d/)
          const refused = ClassAd.get(ad, /Attr\d/.exec(text.failure.message)?.[0] ?? "")
          assert.isTrue(refused !== undefined && delicate(refused), text.failure.message)
        }
      }),
    { arbitrary: { runs: 1_000 } }
  )

  it.effect.prop(
    "long form: parses to the printed ad if its strings are plain",
    [seeds],
    ([seed]) =>
      Effect.gen(function*() {
        const ad = randomAd(seed)
        for (const [name, { expr }] of ad.members) {
          if (delicate(expr)) continue
          const one = ClassAd.make([[name, expr]])
          same(
            yield* Schema.decodeEffect(ClassAd.fromLong)(yield* Schema.encodeEffect(ClassAd.fromLong)(one)),
            one,
            name
          )
        }
      }),
    { arbitrary: { runs: 1_000 } }
  )

  it.effect("ExprFromText: decodes an expression", () =>
    Effect.gen(function*() {
      const expr = yield* Schema.decodeEffect(ClassAd.ExprFromText)("a  +1")
      assert.deepStrictEqual(expr, Expr.binary("+", Expr.attribute("a"), Expr.integer(1)))
      assert.strictEqual(yield* Schema.encodeEffect(ClassAd.ExprFromText)(expr), "a + 1")
      const failure = yield* Effect.flip(Schema.decodeEffect(ClassAd.ExprFromText)("a +"))
      assert.include(failure.message, "line 1, column 4: expected an expression, not the end")
    }))

  it.effect("fromJson: decodes the output of condor_q -json, and encodes it again", () =>
    Effect.gen(function*() {
      const text = String.raw`{
  "ClusterId": 56,
  "Big": 9223372036854775807,
  "Real": 1.0,
  "Huge": 1E+300,
  "Infinite": "\/Expr(real(\"INF\"))\/",
  "Cleared": null,
  "Broken": "\/Expr(error)\/",
  "Tag": "/Expr(1)/",
  "Rule": "\/Expr(JobStatus == 5 && Tag is \"t6\")\/",
  "List": [
    1,
    "a\"b\\c\u0001",
    [
    ]
  ],
  "Nested": {
    "q r": true,
    "Empty": {
    }
  }
}`
      const ad = yield* Schema.decodeEffect(ClassAd.fromJson)(text)
      assert.deepStrictEqual(ClassAd.get(ad, "clusterid"), Expr.integer(56))
      assert.deepStrictEqual(ClassAd.get(ad, "Big"), Expr.integer(2n ** 63n - 1n))
      assert.deepStrictEqual(ClassAd.get(ad, "Real"), Expr.real(1))
      assert.deepStrictEqual(ClassAd.get(ad, "Tag"), Expr.string("/Expr(1)/"))
      assert.deepStrictEqual(ClassAd.get(ad, "Cleared"), Expr.undefinedLiteral)
      assert.strictEqual(yield* Schema.encodeEffect(ClassAd.fromJson)(ad), text)
    }))

  it.each<readonly [string, string]>([
    ["{", "line 1, column 2: expected the name of an attribute, not the end"],
    ["{\"a\": }", "line 1, column 7: expected a value, not \"}\""],
    ["{\"a\": 1,}", "line 1, column 9: expected the name of an attribute, not \"}\""],
    ["{\"a\": [1 2]}", "line 1, column 10: expected \",\" or \"]\", not \"2]}\""],
    ["[]", "line 1, column 1: expected an object"],
    ["{} x", "line 1, column 4: expected the end, not \"x\""],
    [
      "{\"a\": \"\\/Expr(1 +)\\/\"}",
      "line 1, column 18: in \"1 +\": expected an expression, not the end"
    ],
    ["\n{\n  \"a\": 1,\n  \"b\": nope\n}", "line 4, column 8: expected a value, not \"nope\\n}\""],
    ["{\n\"a\": 1\n\"b\": 2}", "line 3, column 1: expected \",\" or \"}\", not \"\\\"b\\\": 2}\""],
    [
      "{\n\"a\": \"\\/Expr(\\\"\\u0041\\\" + \\n 1 +)\\/\"}",
      "line 2, column 33: in \"\\\"A\\\" + \\n 1 +\": expected an expression, not the end"
    ],
    ["{\"a\": 9223372036854775808}", "line 1, column 7: expected an integer of 64 bits, not \"9223372036854775808}\""]
  ])("refuses the JSON %s", (text, reason) => {
    const result = Json.parse(text)
    assert.strictEqual(Result.isFailure(result) ? result.failure.message : "read", reason)
  })

  it("Json.parseAll: parses arrays of ads, and an empty text", () => {
    assert.deepStrictEqual(Json.parseAll("\n"), Result.succeed([]))
    assert.deepStrictEqual(
      Json.parseAll("[{\"a\": 1}\n,\n{\"a\": 2}]"),
      Result.succeed([Expr.ad([["a", Expr.integer(1)]]), Expr.ad([["a", Expr.integer(2)]])])
    )
  })

  it("all forms: parse and print ten thousand levels", () => {
    let deep: Expr.Expr = Expr.binary("+", Expr.attribute("x"), Expr.string("a\"b"))
    for (let level = 0; level < 10_000; level++) {
      deep = level % 3 === 0
        ? Expr.list([Expr.integer(level), deep])
        : level % 3 === 1
        ? Expr.ad([["a", deep], ["b c", Expr.boolean(true)]])
        : Expr.list([Expr.parens(Expr.unary("!", deep))])
    }
    const ad = Expr.ad([["A", deep]])
    const again = [
      Json.parse(Json.print(ad)),
      Result.flatMap(Long.print(ad), (text) => Long.parse(text)),
      Parser.parseAd(Printer.print(ad)),
      Parser.parseAd(Printer.print(ad, { layout: "lines" }))
    ]
    for (const one of again) assert.deepStrictEqual(Result.map(one, Printer.print), Result.succeed(Printer.print(ad)))
  })

  it("Long: parses the long form", () => {
    const text =
      "# comment\nClusterId = 7\nCmd = \"a\\b\"\nRank = 0.0\nEnv = \"x=\\\"y\\\"\"\nRequirements = (TARGET.a =?= 1)\n"
    const ad = Result.getOrElse(Long.parse(text), (error) => assert.fail(error.message))
    assert.deepStrictEqual(ClassAd.get(ad, "cmd"), Expr.string("a\\b"))
    assert.deepStrictEqual(ClassAd.get(ad, "Env"), Expr.string("x=\"y\""))
    assert.deepStrictEqual(Long.print(ad), Result.succeed(text.replace("# comment\n", "")))
    const two = Long.parseAll(`${text}\n${text}*** Offset = 1\n\n`)
    assert.deepStrictEqual(Result.map(two, (ads) => ads.length), Result.succeed(2))
  })

  it.each<readonly [string, string]>([
    ["a = 1\nb", "line 2, column 1: expected \"name = expression\""],
    ["\na = 1\n\n\nb = 2\n", "line 5, column 1: expected one ad, and another one begins here"],
    ["a = 1\n*** Offset = 1\nb = 2\n", "line 3, column 1: expected one ad, and another one begins here"],
    ["a = 1\nb = 1 +", "line 2, column 8: b: expected an expression, not the end"]
  ])("refuses the long form %j", (text, reason) => {
    const result = Long.parse(text)
    assert.strictEqual(Result.isFailure(result) ? result.failure.message : "read", reason)
  })

  it("set and remove: return a new ad", () => {
    const ad = ClassAd.make([["Owner", Expr.string("me")]])
    const more = ClassAd.set(ad, "OWNER", Expr.string("you"))
    assert.strictEqual(Printer.print(more), "[ Owner = \"you\" ]")
    assert.strictEqual(Printer.print(ClassAd.remove(more, "owner")), "[  ]")
    assert.deepStrictEqual(ClassAd.get(ad, "owner"), Expr.string("me"))
  })

  const Job = Struct.Struct({
    ClusterId: Schema.Int,
    Owner: Schema.String,
    Hot: Schema.optionalKey(Schema.Boolean),
    Tags: Schema.optionalKey(Schema.Array(Schema.String)),
    Requirements: Schema.optionalKey(Struct.Expression)
  })

  it.effect("Struct: decodes the named attributes", () =>
    Effect.gen(function*() {
      const ad = Result.getOrElse(
        Parser.parseAd(
          "[clusterid = 7; Owner = \"me\"; Hot = undefined; Tags = {\"a\"}; Requirements = a > 1; Other = 1]"
        ),
        (error) => assert.fail(error.message)
      )
      const job = yield* Schema.decodeEffect(Job)(ad)
      assert.deepStrictEqual(job, {
        ClusterId: 7,
        Owner: "me",
        Tags: ["a"],
        Requirements: Expr.binary(">", Expr.attribute("a"), Expr.integer(1))
      })
      const again = yield* Schema.encodeEffect(Job)(job)
      assert.strictEqual(
        Printer.print(again),
        "[ ClusterId = 7; Owner = \"me\"; Tags = { \"a\" }; Requirements = a > 1 ]"
      )
      const failure = yield* Effect.flip(Schema.decodeEffect(Job)(ClassAd.set(ad, "ClusterId", Expr.string("x"))))
      assert.include(failure.message, "ClusterId")
    }))

  it.effect("Struct: decodes a nested ad with another Struct, and drops nothing silently", () =>
    Effect.gen(function*() {
      const Outer = Struct.Struct({ a: Struct.Struct({ B: Schema.Int }), l: Schema.Array(Schema.String) })
      const ad = ClassAd.make([["A", ClassAd.make([["b", Expr.integer(1)]])], ["l", Expr.list([Expr.string("x")])]])
      const value = yield* Schema.decodeEffect(Outer)(ad)
      assert.deepStrictEqual(value, { a: { B: 1 }, l: ["x"] })
      assert.strictEqual(Printer.print(yield* Schema.encodeEffect(Outer)(value)), "[ a = [ B = 1 ]; l = { \"x\" } ]")

      const Record = Struct.Struct({ a: Schema.Struct({ b: Schema.Int }) })
      const record = yield* Effect.flip(Schema.encodeEffect(Record)({ a: { b: 1 } }))
      assert.match(record.message, /Expected a string, a boolean[^]*at \["a"\]/)
      const Anything = Struct.Struct({ a: Schema.Unknown })
      for (const a of [null, Symbol("x"), () => 1, new Map(), [1, [{}]], 2n ** 63n]) {
        assert.match(
          (yield* Effect.flip(Schema.encodeEffect(Anything)({ a }))).message,
          /Expected (?:a string|an integer)/
        )
      }
    }))

  it.effect("Integer: has 64 bits", () =>
    Effect.gen(function*() {
      const Counts = Struct.Struct({ n: Struct.Integer })
      for (const n of [0n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
        const ad = ClassAd.make([["n", Expr.integer(n)]])
        const value = yield* Schema.decodeEffect(Counts)(ad)
        assert.deepStrictEqual(value, { n })
        assert.deepStrictEqual(yield* Schema.encodeEffect(Counts)(value), ad)
      }
      const real = ClassAd.make([["n", Expr.real(1.5)]])
      assert.include((yield* Effect.flip(Schema.decodeEffect(Counts)(real))).message, "integer")
      assert.include((yield* Effect.flip(Schema.encodeEffect(Counts)({ n: 2n ** 63n }))).message, "Expected")
    }))

  it.effect("schemas with options: pass them to the parser", () =>
    Effect.gen(function*() {
      const options = { version: "23.9" } as const
      assert.strictEqual(
        Printer.print(yield* Schema.decodeEffect(ClassAd.ExprFromTextWith(options))("a ?: b + c"), { exact: true }),
        "a ?: b + c"
      )
      const a = "1 ?: !2"
      for (
        const [form, text] of [
          [ClassAd.fromNewWith, `[a = ${a}]`],
          [ClassAd.fromLongWith, `a = ${a}`],
          [ClassAd.fromJsonWith, `{"a": "\\/Expr(${a})\\/"}`]
        ] as const
      ) {
        assert.strictEqual((yield* Schema.decodeEffect(form(options))(text)).members.size, 1)
        assert.include((yield* Effect.flip(Schema.decodeEffect(form({}))(text))).message, "begins with no operator")
      }
    }))
})
