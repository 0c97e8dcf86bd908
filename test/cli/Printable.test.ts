import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Layer, Result, Schema, Stream } from "effect"
import { TestConsole } from "effect/testing"
import * as Printable from "../../src/cli/Printable.ts"
import { toText } from "../../src/contract/JobHandle.ts"
import { held as makeHeld } from "../contract/Statuses.ts"
import { backendOf, document, handleOf, run } from "./utils.ts"

// A colour, the end of a line, C1, a change of direction, an invisible character, a mark, a tag and a separator of lines.
const evil = "a\u001b[31mb\r\u0000c\u009b2Jd\u202ee\u2066f\u200bg\u00adh\ufeffi\u{e0041}j\u2028k\u007fl\u3164"

const harmful = /[^\P{C}\n\t]|[\p{DI}\p{Zl}\p{Zp}\u2800]/u

const Json = Schema.fromJsonString(Schema.Unknown)

const text = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0x10ffff })))),
  (codes) => String.fromCodePoint(...codes)
)

describe("Printable.escape", () => {
  it("leaves alone what can be seen", () => {
    for (const plain of ["", "a b\tc", "Müller, ñ, ½ № «»", "日本語", "😀", "\\u001b"]) {
      assert.strictEqual(Printable.escape(plain), plain)
    }
  })

  it("shows everything else by its number, line breaks too", () => {
    assert.strictEqual(
      Printable.escape(`${evil}\n`),
      "a\\u001b[31mb\\u000d\\u0000c\\u009b2Jd\\u202ee\\u2066f\\u200bg\\u00adh\\ufeffi\\udb40\\udc41j\\u2028k\\u007fl\\u3164\\u000a"
    )
  })

  it.prop("leaves nothing harmful, and a JSON document says the same afterwards", [text], ([value]) => {
    const json = Schema.encodeSync(Json)({ value, [value]: [value] })
    const escaped = Printable.escape(json)
    assert.notMatch(escaped, harmful)
    assert.deepStrictEqual(Schema.decodeSync(Json)(escaped), Schema.decodeSync(Json)(json))
  })
})

const handle = handleOf("1.0")

const loudly = (backend: ReturnType<typeof backendOf>["backend"]): typeof backend => (connection) =>
  Layer.provideMerge(Layer.effectDiscard(Effect.logWarning(evil, { evil })), backend(connection))

describe("texts of a compute element", () => {
  const held = makeHeld({ reason: `${evil}\nforged` })

  it.effect("reaches the terminal harmless: lines, log, document and progress", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({
        status: () => Result.succeed(held),
        watch: Stream.empty
      })
      for (const flags of [[], ["-o", "wide"], ["--json"], ["--watch"], ["--watch", "--json"]]) {
        const args = ["status", toText(handle), ...flags]
        const { code, stderr, stdout } = yield* run(args, { backend: loudly(backend) })
        assert.strictEqual(code, flags.includes("--watch") ? 1 : 0)
        for (const line of [...stdout, ...stderr]) assert.notMatch(line, harmful)
        // It did say so.
        assert.include(stdout.join("\n"), "\\u001b[31m")
        const logged = stderr.filter((line) => line.includes("WARN"))
        assert.strictEqual(logged.length, 1)
        assert.include(logged[0], "d\\u202ee")
        if (flags[0] === "--json") {
          assert.deepStrictEqual(yield* document(stdout), { outcomes: { [toText(handle)]: { ...held } } })
        }
      }
    }))

  it.effect("is harmless in a failure of the whole operation, and so is what the user says", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({ submit: Effect.die(new Error(evil)) })
      for (
        const args of [["status", evil], ["status", toText(handle), evil], [evil], ["preview", `/nowhere/${evil}`]]
      ) {
        const { code, stderr, stdout } = yield* run([...args, "--json"], { backend: loudly(backend) })
        assert.isAbove(code, 1)
        for (const line of [...stdout, ...stderr]) assert.notMatch(line, harmful)
        assert.include(stderr.join(), "\\u202e")
      }
    }))

  it.effect("leaves the lines of a document, and none of a message", () =>
    Effect.gen(function*() {
      const console = Printable.console(yield* TestConsole.testConsoleWith(Effect.succeed))
      console.log("a\nb\u0007")
      console.error("a\nb", 1, { c: "\u202e" })
      console.warn("w\r")
      assert.deepStrictEqual(yield* TestConsole.logLines, ["a\nb\\u0007"])
      assert.deepStrictEqual(yield* TestConsole.errorLines, ["a\\u000ab 1 {\"c\":\"\\u202e\"}"])
    }))
})
