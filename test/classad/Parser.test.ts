import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { Expr, Parser, Printer } from "../../src/classad/index.ts"

const { attribute, binary, conditional, integer, real, string, unary } = Expr
const [a, b, c] = [attribute("a"), attribute("b"), attribute("c")]

const parsed = (text: string, options?: Parser.Options): Expr.Expr => {
  const result = Parser.parse(text, options)
  assert.isTrue(Result.isSuccess(result), Result.isFailure(result) ? result.failure.message : text)
  return Result.getOrElse(result, () => Expr.errorLiteral)
}

const reasonOf = (text: string, options?: Parser.Options): string => {
  const result = Parser.parse(text, options)
  return Result.isFailure(result) ? result.failure.message : `read as ${Printer.print(result.success)}`
}

describe("Parser", () => {
  it.each<readonly [string, Expr.Expr]>([
    ["a + b * c", binary("+", a, binary("*", b, c))],
    ["a * b + c", binary("+", binary("*", a, b), c)],
    ["a - b - c", binary("-", binary("-", a, b), c)],
    ["a || b && c", binary("||", a, binary("&&", b, c))],
    ["a | b ^ c", binary("|", a, binary("^", b, c))],
    ["a ^ b & c", binary("^", a, binary("&", b, c))],
    ["a & b == c", binary("&", a, binary("==", b, c))],
    ["a == b < c", binary("==", a, binary("<", b, c))],
    ["a < b << c", binary("<", a, binary("<<", b, c))],
    ["a >>> b + c", binary(">>>", a, binary("+", b, c))],
    ["a is b", binary("=?=", a, b)],
    ["a ISNT b", binary("=!=", a, b)],
    ["a ? b : c ? a : b", conditional(a, b, conditional(c, a, b))],
    ["a ? b ? c : a : b", conditional(a, conditional(b, c, a), b)],
    ["a || b ? c : a", conditional(binary("||", a, b), c, a)],
    ["a ?: b ?: c", binary("?:", a, binary("?:", b, c))],
    ["a ? : b", binary("?:", a, b)],
    ["a ?: b + c", binary("+", binary("?:", a, b), c)],
    ["-a ?: b", unary("-", binary("?:", a, b))],
    ["!a.b", unary("!", attribute("b", a))],
    ["a[b].c", attribute("c", Expr.subscript(a, b))],
    [".a.b", attribute("b", Expr.absolute("a"))],
    ["-5", integer(-5)],
    ["- 5", unary("-", integer(5))],
    ["a-5", binary("-", a, integer(5))],
    ["--5", unary("-", integer(-5))],
    ["9223372036854775808", integer(0)],
    ["-9223372036854775808", integer(-(2n ** 63n))],
    [".5", real(0.5)],
    ["1.5E-3", real(0.0015)],
    ["\"a\" \"b\"", string("ab")],
    ["\"\\101\\n\\q\\303\\251\"", string("A\nq\u00e9")],
    ["\"\\377\"", string("\udcff")],
    ["'a b'", attribute("a b")],
    ["(a)", Expr.parens(a)],
    ["{a, b}", Expr.list([a, b])],
    ["f()", Expr.call("f", [])],
    ["f(a; b)", Expr.call("f", [a, b])],
    ["[a = b;; c = a]", Expr.ad([["a", b], ["c", a]])],
    ["[a = b; A = c]", Expr.ad([["a", c]])],
    ["a /* x */ // y\n + b", binary("+", a, b)]
  ])("parses %s", (text, expr) => {
    assert.deepStrictEqual(parsed(text), expr)
  })

  it.each<readonly [string, string]>([
    ["1 +", "line 1, column 4: expected an expression, not the end"],
    ["a\n  b", "line 2, column 3: expected an operator or the end, not \"b\""],
    ["(a", "line 1, column 3: expected \")\", not the end"],
    ["f(a", "line 1, column 4: expected \",\" or \")\", not the end"],
    ["{a;", "line 1, column 3: expected \",\" or \"}\", not \";\""],
    ["[a = 1, b]", "line 1, column 7: expected \";\" or \"]\", not \",\""],
    ["[a 1]", "line 1, column 4: expected \"=\" after \"a\", not \"1\""],
    ["a ? b", "line 1, column 6: expected \":\" of a conditional, not the end"],
    [
      "a ?: !b",
      "line 1, column 6: expected an operand that begins with no operator (put it in parentheses), not \"!\""
    ],
    ["\"abc", "line 1, column 1: the quote is not closed"],
    ["\"a\\0b\"", "line 1, column 1: a string cannot hold a NUL"],
    ["1 /* x", "line 1, column 3: the comment is not closed"],
    ["1.", "line 1, column 1: a digit is missing in the number"],
    ["017", "line 1, column 1: a number must not begin with 0"],
    ["a @ b", "line 1, column 3: the character \"@\" has no meaning here"],
    ["1K", "line 1, column 2: expected an operator or the end, not \"K\""],
    ["a..b", "line 1, column 3: expected a name after \".\", not \".\""],
    ["absTime(\"never\")", "line 1, column 1: \"never\" is no time for absTime"],
    ["", "line 1, column 1: expected an expression, not the end"]
  ])("refuses %j", (text, reason) => {
    assert.strictEqual(reasonOf(text), reason)
  })

  it("strict semantics: numbers can begin with 0, and hexadecimal numbers are 0", () => {
    assert.deepStrictEqual(parsed("017", { semantics: "strict" }), integer(17))
    assert.deepStrictEqual(parsed("0x1F", { semantics: "strict" }), integer(0))
    assert.match(reasonOf("f(a; b)", { semantics: "strict" }), /expected "," or "\)", not ";"/)
  })

  it("scaleSuffixes: parses the suffixes of older daemons", () => {
    assert.deepStrictEqual(parsed("1K", { scaleSuffixes: true }), real(1024))
    assert.deepStrictEqual(parsed("1.5m", { scaleSuffixes: true }), real(1.5 * 2 ** 20))
    assert.match(reasonOf("1Kx", { scaleSuffixes: true }), /expected an operator/)
  })

  it("bases: parses integers in all bases, as older libraries do", () => {
    const old = { semantics: "strict", bases: true } as const
    for (
      const [text, value] of [
        ["0x1F", 31],
        ["-0xff", -255],
        ["017", 15],
        ["-017", -15],
        ["0", 0],
        ["00", 0],
        ["10", 10],
        ["0xFFFFFFFFFFFFFFFFF", 2n ** 63n - 1n],
        ["-0xFFFFFFFFFFFFFFFFF", -(2n ** 63n)],
        ["-0x8000000000000000", -(2n ** 63n)]
      ] as const
    ) assert.deepStrictEqual(parsed(text, old), integer(value), text)
    assert.deepStrictEqual(parsed("0x10K", { ...old, scaleSuffixes: true }), real(2 ** 14))
    assert.deepStrictEqual(parsed("010K", { ...old, scaleSuffixes: true }), real(2 ** 13))
    assert.match(reasonOf("018", old), /digits below 8/)
    assert.match(reasonOf("0x1F", { bases: true }), /must not begin with 0/)
    assert.match(reasonOf("017", { bases: true }), /must not begin with 0/)
    assert.deepStrictEqual(parsed("-017", { bases: true }), integer(-17))
  })

  it("version: ?: binds less for older daemons", () => {
    const old = { version: "23.9" } as const
    assert.deepStrictEqual(parsed("a ?: b + c", old), binary("?:", a, binary("+", b, c)))
    assert.deepStrictEqual(parsed("a + b ?: -c", old), binary("?:", binary("+", a, b), unary("-", c)))
    assert.deepStrictEqual(parsed("a ?: b ? c : a ?: b", old), binary("?:", a, conditional(b, c, binary("?:", a, b))))
  })

  it.each<readonly [string, string]>([
    ["\"a\\nb\"", "a\\nb"],
    ["\"a\\\"b\"", "a\"b"],
    ["\"a\\\\\"", "a\\\\"],
    ["\"a\\\"", "a\\"]
  ])("parses the old string %s", (text, value) => {
    assert.deepStrictEqual(parsed(text, { strings: "old" }), string(value))
  })

  const depth = 10_000
  it.each<readonly [string, string]>([
    ["parentheses", `${"(".repeat(depth)}1${")".repeat(depth)}`],
    ["lists", `${"{".repeat(depth)}1${"}".repeat(depth)}`],
    ["ads", `${"[a = ".repeat(depth)}1${"]".repeat(depth)}`],
    ["calls", `${"f(".repeat(depth)}1${")".repeat(depth)}`],
    ["subscripts", `${"a[".repeat(depth)}1${"]".repeat(depth)}`],
    ["minus signs", `${"- ".repeat(depth)}a`],
    ["a sum", Array.from({ length: depth }, () => "a").join(" + ")],
    ["selections", Array.from({ length: depth }, () => "a").join(".")],
    ["defaults", Array.from({ length: depth }, () => "a").join(" ?: ")],
    ["conditionals", `${"a ? b : ".repeat(depth)}c`],
    ["conditionals within", `${"a ? ".repeat(depth)}b${" : c".repeat(depth)}`]
  ])("parses and prints %s ten thousand levels deep", (_, text) => {
    const printed = Printer.print(parsed(text))
    assert.strictEqual(printed, Printer.print(parsed(printed)))
    assert.isAbove(printed.length, depth)
  })

  it("parser: takes time proportional to the text", () => {
    const time = (size: number): number => {
      const text = `{${
        Array.from({ length: size }, (_, index) => `a${index} == "x" && f(${index}, 'q r')`).join(", ")
      }}`
      const start = performance.now()
      parsed(text)
      return performance.now() - start
    }
    time(20_000)
    assert.isBelow(time(100_000), 80 * Math.max(2, time(10_000)))
  })

  describe("parseAds", () => {
    const adsOf = (text: string, options?: Parser.Options): ReadonlyArray<string> | string =>
      Result.match(Parser.parseAds(text, options), {
        onFailure: ({ message }) => message,
        onSuccess: (ads) => ads.map((ad) => Printer.print(ad))
      })

    it.each<readonly [string, string, ReadonlyArray<string>]>([
      [
        "output of condor_transform_ads -out:new",
        "{\n[ A = 1; B = \"x]y\"; C = 3 ]\n,\n[ A = 2; C = 3; L = { 1,2,[ q = 1 ] } ]\n}\n",
        ["[ A = 1; B = \"x]y\"; C = 3 ]", "[ A = 2; C = 3; L = { 1,2,[ q = 1 ] } ]"]
      ],
      [
        "one ad in each line",
        "[ A = \"]\"; B = l[0] ]\n[ C = [ d = 1 ] ]\n",
        ["[ A = \"]\"; B = l[0] ]", "[ C = [ d = 1 ] ]"]
      ],
      ["ads that touch", "[a = 1][b = 2]", ["[ a = 1 ]", "[ b = 2 ]"]],
      ["one ad", " [a = 1] // nothing more", ["[ a = 1 ]"]],
      ["empty ads", "[][ ]", ["[  ]", "[  ]"]],
      ["an empty list", "{ }", []],
      ["nothing", " \n/* nothing */", []]
    ])("parses %s", (_, text, ads) => {
      assert.deepStrictEqual(adsOf(text), ads)
    })

    it.each([
      ["[a = 1]\n[b = ]", "line 2, column 6: expected an expression"],
      ["[a = 1], [b = 2]", "expected an ad"],
      ["a = 1", "expected an ad"],
      ["[a = 1", "not the end"],
      ["[a = 1]\n[b = \"x]", "the quote is not closed"],
      ["{ [a = 1], 2 }", "expected a list of ads"],
      ["{ [a = 1] }.a", "expected a list of ads"],
      ["{ [a = 1] } [b = 2]", "expected"]
    ])("refuses %s", (text, reason) => {
      const message = adsOf(text)
      assert.include(typeof message === "string" ? message : "read", reason)
    })

    it("options: select the syntax of strings", () => {
      const texts = ["[ a = \"x\\\\y\" ]", "[ b = 1 ]"]
      assert.deepStrictEqual(adsOf("[a = \"x\\y\"]\n[b = 1]", { strings: "old" }), texts)
    })
  })
})
