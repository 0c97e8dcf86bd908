import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result } from "effect"
import * as Quote from "../../src/condor/Quote.ts"
import { Macros } from "../../src/condor/submit/Macros.ts"
import * as Values from "../../src/condor/submit/Values.ts"
import * as Samples from "./Samples.ts"

/** Expands a line as condor_submit does: no macro may be left, at any depth. */
const macro = /\$\w*\((?!DOLLARDOLLAR\))/

/** Reads a line of words as `condor_submit` does, and two dollars as the schedd does. */
const wordsIn = (line: string): ReadonlyArray<string> =>
  Result.getOrThrow(Values.words(line)).map((word) => word.replaceAll("$$(DOLLARDOLLAR)", "$$$$"))

describe("Quote", () => {
  it.each(Samples.nastyValues)("word: writes and reads %j", (text) => {
    assert.deepStrictEqual(wordsIn(Quote.word(text)), [text])
    assert.notMatch(Quote.word(text), macro)
    assert.notMatch(Quote.word(text), /[\r\n]/)
  })

  it("words: writes and reads all difficult words in one line", () => {
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
  ])("word: writes %j as %j, as measured", (text, written) => {
    assert.strictEqual(Quote.word(text), written)
  })

  it.prop("words: are read as they were written", [Arbitrary.array(Samples.value, { maxLength: 6 })], ([texts]) => {
    const line = Quote.words(texts)
    assert.deepStrictEqual(wordsIn(line), texts)
    assert.notMatch(line, macro)
  }, { arbitrary: { runs: 2_000 } })

  it("words: no words are an empty line", () => {
    assert.strictEqual(Quote.words([]), "")
    assert.deepStrictEqual(wordsIn(""), [])
    assert.deepStrictEqual(wordsIn("  "), [])
  })

  it.each(["'", "'a", "a 'b", "'a''", "'a' 'b"])("an open quote in %j is an error", (line) => {
    assert.isTrue(Result.isFailure(Values.words(line)))
  })

  it("reads the words that HTCondor itself writes", () => {
    assert.deepStrictEqual(wordsIn("a' 'b it''''s '' plain"), ["a b", "it's", "", "plain"])
  })

  it.prop("name: is read as it was written", [Samples.attributeText], ([text]) => {
    const written = Quote.name(text)
    assert.strictEqual(new Macros().expand(written), text)
    // From left to right, as condor_submit does: only $(DOLLAR) is a macro, and it does not complete another one.
    assert.notMatch(written.replaceAll("$(DOLLAR)", "·"), /\$\w*\(/)
    assert.notMatch(written, /\$\$\w*\(/)
  }, { arbitrary: { runs: 2_000 } })

  it.each<readonly [string, string]>([
    ["$(x)", "$(DOLLAR)(x)"],
    ["$ENV(HOME)", "$(DOLLAR)ENV(HOME)"],
    ["a$$b", "a$$b"],
    ["$HOME", "$HOME"],
    ["$ (x)", "$ (x)"]
  ])("name: %j is written as %j", (text, written) => {
    assert.strictEqual(Quote.name(text), written)
    assert.strictEqual(new Macros().expand(written), text)
  })
})
