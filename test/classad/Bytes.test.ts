/** Strings are bytes, as in HTCondor, and the case of names counts beyond ASCII. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { ClassAd, Evaluator, Expr, Json, Long, Parser, Printer, Value } from "../../src/classad/index.ts"

const read = (text: string): Expr.Expr => Result.getOrElse(Parser.parse(text), (error) => assert.fail(error.message))

const evaluated = (text: string): string =>
  Printer.print(Value.toExpr(Evaluator.evaluateWith(read(text), { now: 0, random: () => 0 })), { exact: true })

describe("Bytes", () => {
  it.each([
    ["strcmp(\"\\200\", \"\u00e9\")", "-1"],
    ["\"\uffff\" < \"\u{1f600}\"", "true"],
    ["strcat(\"\\303\", \"\\251\") == \"\u00e9\"", "true"],
    ["strcat(\"\\303\", \"\\251\") =?= \"\u00e9\"", "true"],
    ["join(\"\", \"\\303\", \"\\251\") == \"\u00e9\"", "true"],
    ["strcat(substr(\"\u00e9\", 0, 1), substr(\"\u00e9\", 1)) == \"\u00e9\"", "true"],
    ["member(\"\u00e9\", {strcat(\"\\303\", \"\\251\")})", "true"],
    ["replace(\"x\", \"\\303x\", \"\\251\") == \"\u00e9\"", "true"],
    ["size([ '\u00c9' = 1; '\u00e9' = 2 ])", "2"],
    ["size([ '\u212a' = 1; k = 2; K = 3 ])", "2"],
    ["string(['is' = 1; '\u00e9' = 2])", "\"[ 'is' = 1; '\\\\303\\\\251' = 2 ]\""],
    ["split(\"a\u00e9b\", \"\\303\")", "{ \"a\",\"\\251b\" }"],
    ["stringListSize(\"a\u00e9b\", \"\\303\")", "2"],
    ["stringListsIntersect(\"a\u00e9b\", \"a\", \"\\303\")", "true"],
    ["versioncmp(\"1\\200\", \"1\u00e9\")", "-67"],
    ["toLower(\"\u212aK\")", "\"\\342\\204\\252k\""]
  ])("%s is %s", (text, value) => {
    assert.strictEqual(evaluated(text), value)
  })

  it("attribute: a letter beyond ASCII does not match an ASCII letter", () => {
    const ad = ClassAd.make([["\u212a", Expr.integer(1)]])
    assert.isUndefined(ClassAd.get(ad, "k"))
    assert.deepStrictEqual(ClassAd.get(ad, "\u212a"), Expr.integer(1))
    assert.strictEqual(ClassAd.remove(ad, "k").members.size, 1)
    assert.strictEqual(ClassAd.set(ad, "k", Expr.integer(2)).members.size, 2)
  })

  it("Long: keeps quoted names", () => {
    for (const text of ["a = 'é'\n", "a = 'it\\'s'\n", "a = b.'é è' + 'x y'(1)\n"]) {
      assert.deepStrictEqual(Result.flatMap(Long.parse(text), Long.print), Result.succeed(text))
    }
  })

  it.effect("Schemas: refuse to encode names and strings that HTCondor cannot have", () =>
    Effect.gen(function*() {
      const forms = [ClassAd.fromNew, ClassAd.fromLong, ClassAd.fromJson]
      const flawed: ReadonlyArray<readonly [string, Expr.Expr]> = [
        ["a", Expr.string("x\u0000y")],
        ["a", Expr.list([Expr.string("\ud83d")])],
        ["a", Expr.attribute("\ude00")],
        ["a", Expr.ad([["", Expr.integer(1)]])],
        ["", Expr.integer(1)],
        ["a\ud83d", Expr.integer(1)]
      ]
      for (const form of forms) {
        for (const entry of flawed) {
          const failure = yield* Effect.flip(Schema.encodeEffect(form)(ClassAd.make([entry])))
          assert.match(failure.message, /NUL|half of a character|empty name|the long form has no attribute/)
        }
      }
    }))

  it("parsers: refuse names and strings that HTCondor cannot have", () => {
    for (const text of ["\"x\u0000y\"", "['' = 1]"]) assert.isTrue(Result.isFailure(Parser.parse(text)), text)
    for (const text of ["a = \"x\u0000y\"", "a = {\"x\u0000y\"}"]) {
      assert.isTrue(Result.isFailure(Long.parse(text)), text)
    }
    for (const text of ["{\"a\": \"\\u0000\"}", "{\"a\": \"\\ud83d\"}", "{\"\": 1}", "{\"a\\u0000\": 1}"]) {
      assert.isTrue(Result.isFailure(Json.parse(text)), text)
    }
  })

  it("parsers: join the separate bytes of a character", () => {
    const expected = Result.succeed(Expr.ad([["a", Expr.string("\u00e9")]]))
    assert.deepStrictEqual(Json.parse("{\"a\": \"\\udcc3\\udca9\"}"), expected)
    assert.deepStrictEqual(Json.parse("{\"a\": \"\udcc3\udca9\"}"), expected)
    assert.deepStrictEqual(Long.parse("a = \"\udcc3\udca9\""), expected)
    assert.deepStrictEqual(Parser.parseAd("[a = \"\udcc3\\251\"]"), expected)
  })
})
