/** Regular expressions match as in PCRE, or are errors. */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { Evaluator, Parser, Printer, Value } from "../../src/classad/index.ts"

const evaluated = (text: string): string => {
  const expr = Result.getOrElse(Parser.parse(text), (error) => assert.fail(error.message))
  return Printer.print(Value.toExpr(Evaluator.evaluateWith(expr, { now: 0, random: () => 0 })), { exact: true })
}

describe("Regular expressions", () => {
  it.each([
    [String.raw`regexp("\\x{41}", "A")`, "true"],
    [String.raw`regexp("\\101", "A")`, "true"],
    [String.raw`regexp("\\8", "8")`, "error"],
    [String.raw`regexp("\\400", "A")`, "error"],
    [String.raw`regexp("\\c!", "a")`, "true"],
    [String.raw`regexp("[\\d-z]", "-")`, "error"],
    [String.raw`regexp("[\\d-]", "-")`, "true"],
    [String.raw`regexp("[a-\\d]", "a")`, "error"],
    [String.raw`regexp("[[:constructor:]]", "a")`, "error"],
    [String.raw`regexp("[[:^alpha:]]", "1")`, "true"],
    [String.raw`regexp("(?<=a+)b", "aab")`, "error"],
    [String.raw`regexp("(?<=a?)b", "ab")`, "true"],
    [String.raw`regexp("(?<=a{1,256})b", "ab")`, "error"],
    [String.raw`regexp("^b$", "a\rb", "m")`, "false"],
    [String.raw`regexp("^b$", "a\nb\nc", "m")`, "true"],
    [String.raw`regexp("\n^", "a\n", "m")`, "false"],
    [String.raw`regexp("\303", "\343", "i")`, "false"],
    [String.raw`regexp("a(?i)b|c", "C")`, "true"],
    [String.raw`regexp("(?i:a)b", "Ab")`, "true"],
    [String.raw`regexp("(?i:a)b", "AB")`, "false"],
    [String.raw`regexp("\\h\\v", "\240\205")`, "true"],
    [String.raw`regexp("a +b", "aab", "x")`, "true"],
    [String.raw`regexp("(?<n>a)(?<n>b)", "ab")`, "error"],
    [String.raw`regexp("(?<=(a|ab)(c|bc))d", "abcd")`, "true"],
    [String.raw`regexps("(?<!(a|ab))c", "bc", "x")`, String.raw`"x"`],
    [String.raw`regexp("(?<=b)+a", "ca")`, "false"],
    [String.raw`regexp("(?<=b)*a", "ca")`, "true"],
    [String.raw`regexps("(?=(b)){1,2}b", "b", "\\1")`, String.raw`"b"`],
    [String.raw`regexp("(?!b){2,}a", "ba")`, "true"],
    [String.raw`regexps("()+b", "b", "<\\1>")`, String.raw`"<>"`],
    [String.raw`regexps("(?:^|$)*b", "b", "<\\0>")`, String.raw`"<b>"`],
    [String.raw`replaceAll("(?=(?:|i)s)", "iss", ";")`, String.raw`";i;s;s"`],
    [String.raw`replaceAll("a??\\B", "aaaa", "<\\0>")`, String.raw`"<a><><a><a>a"`],
    [String.raw`replaceAll("(|)^|[\\d-]{2}", "33, 11", "x", "")`, String.raw`"xx, x"`],
    [String.raw`regexps("(a)(|a)\\1", "aaaabb", "<\\2>", "gf")`, String.raw`"<><>bb"`],
    [String.raw`regexps("a++a|b", "aab", "<\\0>")`, String.raw`"<b>"`],
    [String.raw`regexps("(a)?+(b)", "ab", "<\\1\\2>")`, String.raw`"<ab>"`],
    [String.raw`regexps("(?:x|(a)*+b)(c)\\2", "aabcc", "<\\2>")`, String.raw`"<c>"`],
    [String.raw`regexps("[ab]{2} +a", "aba", "<\\0>", "x")`, String.raw`"<aba>"`],
    [String.raw`regexp("^*a", "a")`, "error"],
    [String.raw`regexp("(?aTi:b)", "B")`, "true"],
    [String.raw`regexp("(?a-i)b", "B", "i")`, "false"],
    [String.raw`regexps("(?<=(a)(b))c\\1", "abca", "\\1\\2")`, String.raw`"ab"`],
    [String.raw`replace("(?<=(a|bc))d", "xd", "\\1")`, String.raw`"xd"`],
    [String.raw`replace("(?:(a)|b)*c", "ab", "\\1")`, String.raw`"ab"`],
    [String.raw`regexps("(a)(b)?\\1", "aa", "<\\1>")`, String.raw`"<a>"`]
  ])("%s is %s, as in HTCondor", (text, value) => {
    assert.strictEqual(evaluated(text), value)
  })

  it.each([
    // A reference to a group that has not matched matches nowhere in PCRE, and everywhere in JavaScript.
    String.raw`regexp("\\1(a)", "a")`,
    String.raw`regexp("(a)|b\\1", "b")`,
    String.raw`regexp("(a)\\1", "aA", "i")`,
    // JavaScript clears the groups of an earlier repetition, and ignores a repetition that matches nothing.
    String.raw`regexps("(?:(a)|b)*", "ab", "<\\1>")`,
    String.raw`regexps("(a*)*", "b", "<\\1>")`,
    String.raw`regexps("(?=(b))*b", "b", "\\1")`,
    String.raw`regexps("(?:|a)+", "aaa", "<\\0>")`,
    // In a look-behind, JavaScript begins at the other end.
    String.raw`regexps("(?<=(a|b){2})c", "abc", "\\1")`,
    String.raw`regexp("(?<=(a|b){2})c\\1", "abcb")`,
    String.raw`regexps("(?<=(a|ab)(c|bc))d", "abcd", "\\1")`,
    String.raw`regexp("(?<=(a|bc))d\\1", "ada")`,
    String.raw`replaceAll("a??\\B", "${"a".repeat(5_000)}", "<\\0>")`,
    String.raw`regexp("\\R", "\r\n")`,
    String.raw`regexp("\\Qa.\\E", "a.")`,
    String.raw`regexp("(?<=a++)b", "ab")`,
    String.raw`regexp("(?>a)", "a")`,
    String.raw`regexp("(*UTF)a", "a")`
  ])("%s is an error, because JavaScript would match differently", (text) => {
    assert.strictEqual(evaluated(text), "error")
  })
})
