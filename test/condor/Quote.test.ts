import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result } from "effect"
import * as Quote from "../../src/condor/Quote.ts"
import { Macros } from "../../src/condor/submit/Macros.ts"
import * as Values from "../../src/condor/submit/Values.ts"
import * as Samples from "./Samples.ts"

/** What condor_submit does with a line: no macro may be left for it, at any depth. */
const macro = /\$\w*\((?!DOLLARDOLLAR\))/

/** As `condor_submit` reads a line of words, and the schedd two dollars. */
const wordsIn = (line: string): ReadonlyArray<string> =>
  Result.getOrThrow(Values.words(line)).map((word) => word.replaceAll("$$(DOLLARDOLLAR)", "$$$$"))

describe("Quote", () => {
  it.each(Samples.nastyValues)("writes and reads the word %j", (text) => {
    assert.deepStrictEqual(wordsIn(Quote.word(text)), [text])
    assert.notMatch(Quote.word(text), macro)
    assert.notMatch(Quote.word(text), /[\r\n]/)
  })

  it("writes and reads all the nasty words in one line", () => {
    assert.deepStrictEqual(wordsIn(Quote.words(Samples.nastyValues)), [...Samples.nastyValues])
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
    assert.deepStrictEqual(wordsIn(line), texts)
    assert.notMatch(line, macro)
  }, { arbitrary: { runs: 2_000 } })

  it("no words are an empty line", () => {
    assert.strictEqual(Quote.words([]), "")
    assert.deepStrictEqual(wordsIn(""), [])
    assert.deepStrictEqual(wordsIn("  "), [])
  })

  it.each(["'", "'a", "a 'b", "'a''", "'a' 'b"])("an open quote in %j is no line of words", (line) => {
    assert.isTrue(Result.isFailure(Values.words(line)))
  })

  it("reads what HTCondor itself writes", () => {
    assert.deepStrictEqual(wordsIn("a' 'b it''''s '' plain"), ["a b", "it's", "", "plain"])
  })

  it.prop("names are read as they were written", [Samples.attributeText], ([text]) => {
    const written = Quote.name(text)
    assert.strictEqual(new Macros().expand(written), text)
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
    assert.strictEqual(new Macros().expand(written), text)
  })
})
