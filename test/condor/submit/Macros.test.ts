import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as Quote from "../../../src/condor/Quote.ts"
import { Macros } from "../../../src/condor/submit/Macros.ts"
import * as Samples from "../Samples.ts"

const defined = (...lines: ReadonlyArray<readonly [string, string]>): Macros => {
  const macros = new Macros((name) => name === "HOME" ? "/home/pilot" : undefined)
  for (const [name, value] of lines) macros.define(name, value)
  return macros
}

const noDollar = Arbitrary.map(Arbitrary.schema(Schema.String), (text) => text.replaceAll("$", ""))

describe("Macros", () => {
  it.prop("does not change a text without a dollar", [noDollar], ([text]) => {
    assert.strictEqual(defined(["a", "b"]).expand(text), text)
  })

  it.each([
    ["$INT(a)", "$INT(...)"],
    ["x $(b) $REAL(a,%f)", "$REAL(...)"],
    ["$(c)", "$Fqn(...)"],
    ["$$$BASENAME(a)", "$BASENAME(...)"],
    ["$(arch)", "$(arch)"]
  ])("reports a macro that the fake does not support: %s", (text, foreign) => {
    const macros = defined(["a", "1"], ["b", "2"], ["c", "$Fqn(a)"])
    macros.expand(text)
    assert.strictEqual(macros.foreign, foreign)
  })

  it.each(["$$INT(a)", "$(DOLLAR)INT(a)", "$INT(a", "$INTEGER(a)", "$Fm(a)", "$int(a)", "$ENV(HOME)", "INT(a)"])(
    "reports no other text: %s",
    (text) => {
      const macros = defined()
      macros.expand(text)
      assert.isUndefined(macros.foreign)
    }
  )

  it("does not report a macro that is not expanded", () => {
    const macros = defined(["a", "$INT(b)"], ["arch", "x"])
    macros.expand("$(arch)")
    assert.isUndefined(macros.foreign)
  })

  it.prop("reads a name as the library writes it", [Samples.attributeText], ([text]) => {
    assert.strictEqual(defined(["x", "wrong"], ["DOLLAR", "wrong"]).expand(Quote.name(text)), text)
  })

  it.each([
    ["$(a)", "1"],
    ["$(A) $(undefined) $(undefined:x, y)", "1  x, y"],
    ["$(empty:z)", "z"],
    ["$(a:no)", "1"],
    ["$(b)", "1 2"],
    ["$(DOLLAR)(a) $(dollar)", "$(a) $"],
    ["$$(a) $$$(a) $$([a])", "$$(a) $$1 $$([a])"],
    ["$$(DOLLAR)", "$$(DOLLAR)"],
    ["$ENV(HOME) $ENV(NONE) $ENV(NONE:x)", "/home/pilot UNDEFINED x"],
    ["$(a b) $() $(a", "$(a b)  $(a"],
    ["$(undefined:$(a))", "1"],
    ["$INT(a)", "$INT(a)"]
  ])("%s is %s", (text, expanded) => {
    assert.strictEqual(defined(["a", "1"], ["empty", ""], ["b", "$(a) 2"]).expand(text), expanded)
  })

  it("a line that refers to itself gets its earlier value", () => {
    assert.strictEqual(defined(["a", "1"], ["a", "$(a) 2"], ["A", "$(a) 3"]).get("a"), "1 2 3")
  })

  it("returns the first of several names, and nothing for an empty value", () => {
    const macros = defined(["b", "$(c)"], ["c", ""], ["d", "x"])
    assert.strictEqual(macros.get("a", "d"), "x")
    assert.isUndefined(macros.get("b", "d"))
  })

  it("reports lines that nothing used", () => {
    const macros = defined(["Foo", "1"], ["bar", "$(foo) 2"], ["My.Attr", "3"])
    macros.vary("row", "4")
    macros.provide("Cluster", "5")
    assert.deepStrictEqual(macros.unused(), [
      "the line 'bar = $(foo) 2' was unused by condor_submit. Is it a typo?",
      "the line 'Foo = 1' was unused by condor_submit. Is it a typo?",
      "the Queue variable 'row' was unused by condor_submit. Is it a typo?"
    ])
    macros.get("bar")
    assert.strictEqual(macros.unused().length, 1)
  })
})
