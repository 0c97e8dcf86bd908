import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as FileName from "../../src/files/FileName.ts"

const bytesOf = (text: string): string => Buffer.from(text).toString("latin1")

describe("FileName", () => {
  it.each([
    ["plain.txt", true, "plain.txt"],
    [bytesOf("Müller.dat"), true, "Müller.dat"],
    [bytesOf("𝄞 \u{10FFFF}"), true, "𝄞 \u{10FFFF}"],
    [bytesOf("\uFEFFmark"), true, "\uFEFFmark"],
    [bytesOf("a\uFFFDb"), true, "a\uFFFDb"],
    ["M\xfcller.dat", false, "M%FCller.dat"],
    ["\x80", false, "%80"],
    // Cut off, too long for what they say, half of a pair of UTF-16, and beyond Unicode.
    ["a\xe2\x82", false, "a%E2%82"],
    ["\xc0\xaf", false, "%C0%AF"],
    ["\xe0\x80\xaf", false, "%E0%80%AF"],
    ["\xed\xa0\x80", false, "%ED%A0%80"],
    ["\xf4\x90\x80\x80", false, "%F4%90%80%80"],
    [`\xff${bytesOf("é")}\n`, false, "%FFé\n"]
  ])("%j is text: %s, and becomes %j", (bytes, isText, text) => {
    assert.strictEqual(FileName.isText(bytes), isText)
    assert.strictEqual(FileName.toText(bytes), text)
  })

  it.prop("toText: makes text of any bytes, and does not change text", [
    Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 255 })))
  ], ([bytes]) => {
    const buffer = Buffer.from(bytes)
    const name = buffer.toString("latin1")
    const isText = Buffer.from(buffer.toString("utf8")).equals(buffer)
    assert.strictEqual(FileName.isText(name), isText)
    if (isText) assert.strictEqual(FileName.toText(name), buffer.toString("utf8"))
    assert.isTrue(FileName.toText(name).isWellFormed())
  }, { arbitrary: { runs: 500 } })

  it("unlike: adds a number to a taken name, and shortens a long one", () => {
    assert.strictEqual(FileName.unlike("M\xfcller", new Set(["M%FCller", "M%FCller~2"])), "M%FCller~3")
    const long = FileName.unlike("\xfc".repeat(255), new Set())
    assert.strictEqual(long, "%FC".repeat(85))
    assert.strictEqual(FileName.unlike("\xfc".repeat(255), new Set([long])), `${"%FC".repeat(84)}%~2`)
    const wide = FileName.unlike(`\xff${bytesOf("é".repeat(127))}`, new Set())
    assert.strictEqual(wide, `%FF${"é".repeat(126)}`)
  })
})
