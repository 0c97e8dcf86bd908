import { assert, describe, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import * as Quote from "../../src/condor/Quote.ts"
import * as Samples from "./Samples.ts"

/** What condor_submit does with a line: no macro may be left for it, at any depth. */
const macro = /\$\w*\((?!DOLLARDOLLAR\))/

describe("Quote", () => {
  it.each(Samples.nastyValues)("writes and reads the word %j", (text) => {
    assert.deepStrictEqual(Quote.parseWords(Quote.word(text)), [text])
    assert.notMatch(Quote.word(text), macro)
    assert.notMatch(Quote.word(text), /[\r\n]/)
  })

  it("writes and reads all the nasty words in one line", () => {
    assert.deepStrictEqual(Quote.parseWords(Quote.words(Samples.nastyValues)), [...Samples.nastyValues])
  })

  it.each<readonly [string, string]>([
    ["$(x)", "'$'('x)'"],
    ["$$(x)", "'$$(DOLLARDOLLAR)'('x)'"],
    ["$$$(x)", "'$$(DOLLARDOLLAR)$'('x)'"],
    ["$ENV(HOME)", "'$ENV'('HOME)'"],
    ["f(x)", "'f'('x)'"],
    ["it's", "'it''s'"],
    ["$$", "'$$'"],
    ["", "''"]
  ])("writes %j as %j, as it was measured", (text, written) => {
    assert.strictEqual(Quote.word(text), written)
  })

  it.prop("words are read as they were written", [Arbitrary.array(Samples.value, { maxLength: 6 })], ([texts]) => {
    const line = Quote.words(texts)
    assert.deepStrictEqual(Quote.parseWords(line), texts)
    assert.notMatch(line, macro)
  }, { arbitrary: { runs: 2_000 } })

  it("no words are an empty line", () => {
    assert.strictEqual(Quote.words([]), "")
    assert.deepStrictEqual(Quote.parseWords(""), [])
    assert.deepStrictEqual(Quote.parseWords("  "), [])
  })

  it.each(["'", "'a", "a 'b", "'a''", "'a' 'b"])("an open quote in %j is no line of words", (line) => {
    assert.isUndefined(Quote.parseWords(line))
  })

  it("reads what HTCondor itself writes", () => {
    assert.deepStrictEqual(Quote.parseWords("a' 'b it''''s '' plain"), ["a b", "it's", "", "plain"])
  })

  it.prop("names are read as they were written", [Samples.attributeText], ([text]) => {
    const written = Quote.name(text)
    assert.strictEqual(Quote.parseName(written), text)
    // Left to right, as condor_submit reads: nothing but $(DOLLAR) is a macro, and it does not complete another one.
    assert.notMatch(written.replaceAll("$(DOLLAR)", "·"), /\$\w*\(/)
    assert.notMatch(written, /\$\$\w*\(/)
  }, { arbitrary: { runs: 2_000 } })

  it.each<readonly [string, string]>([
    ["$(x)", "$(DOLLAR)(x)"],
    ["$ENV(HOME)", "$(DOLLAR)ENV(HOME)"],
    ["a$$b", "a$$b"],
    ["$HOME", "$HOME"],
    ["$ (x)", "$ (x)"]
  ])("the name %j is written as %j", (text, written) => {
    assert.strictEqual(Quote.name(text), written)
    assert.strictEqual(Quote.parseName(written), text)
  })
})
