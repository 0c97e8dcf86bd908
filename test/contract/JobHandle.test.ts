import { assert, describe, it } from "@effect/vitest"
import { Effect, Equal, Hash, HashMap, Option, Result, Schema } from "effect"
import { JobHandle, JobHandleFromString, toText } from "../../src/contract/JobHandle.ts"
import { handle, key } from "./Handles.ts"

const fromText = Schema.decodeUnknownEffect(JobHandleFromString)
const fromTextResult = Schema.decodeUnknownResult(JobHandleFromString)
const json = Schema.fromJsonString(JobHandle)

const text = "htcondor-ce/1/ce.example.org:9619/ce.example.org/12.3/key-1/3"
const sample = handle("12.3", { copy: 3 })

describe("JobHandle", () => {
  it("toText: the text is the one in the documentation", () => {
    assert.strictEqual(toText(sample), text)
    assert.strictEqual(String(sample), text)
    assert.strictEqual(`${sample}`, text)
  })

  it.effect.prop("survives its text, whatever the fields hold", [JobHandle], ([one]) =>
    Effect.gen(function*() {
      const written = yield* Schema.encodeEffect(JobHandleFromString)(one)
      assert.strictEqual(written, String(one))
      // No character here has a meaning in a shell, in a URL's path or in a file name.
      assert.match(written, /^[A-Za-z0-9._%:@-]+(?:\/[A-Za-z0-9._%:@-]+){6}$/)
      const read = yield* fromText(written)
      assert.instanceOf(read, JobHandle)
      assert.isTrue(Equal.equals(read, one))
      assert.deepStrictEqual(read, one)
    }), { arbitrary: { runs: 2_000 } })

  it.effect.prop("survives JSON", [JobHandle], ([one]) =>
    Effect.gen(function*() {
      const written = yield* Schema.encodeEffect(json)(one)
      const read = yield* Schema.decodeEffect(json)(written)
      assert.isTrue(Equal.equals(read, one))
      // The text of plain JSON.stringify can be read, too.
      assert.isTrue(Equal.equals(yield* Schema.decodeEffect(json)(JSON.stringify(one)), one))
    }), { arbitrary: { runs: 1_000 } })

  it.effect("a field may hold characters that a shell, a URL or a path would split", () =>
    Effect.gen(function*() {
      for (
        const nasty of [
          "a/b",
          "../..",
          ".",
          "~",
          "-",
          "%2F",
          "%",
          "a b",
          "'",
          "\"",
          "$(x)",
          "!*()",
          "a\nb",
          "é😀",
          "\0"
        ]
      ) {
        const one = new JobHandle({
          backend: nasty,
          endpoint: nasty,
          scheduler: nasty,
          job: nasty,
          key,
          copy: Number.MAX_SAFE_INTEGER
        })
        const written = String(one)
        assert.match(written, /^[A-Za-z0-9._%:@/-]+$/)
        assert.isTrue(Equal.equals(yield* fromText(written), one), nasty)
      }
    }))

  it("is equal to a handle with the same content, and is the same key", () => {
    const again = handle("12.3", { copy: 3 })
    assert.notStrictEqual(again, sample)
    assert.isTrue(Equal.equals(again, sample))
    assert.strictEqual(Hash.hash(again), Hash.hash(sample))
    const map = HashMap.make([sample, "found"])
    assert.deepStrictEqual(HashMap.get(map, again), Option.some("found"))
    for (
      const other of [handle("12.4", { copy: 3 }), handle("12.3"), handle("12.3", { copy: 3, endpoint: "b:9619" })]
    ) {
      assert.isFalse(Equal.equals(other, sample))
      assert.isTrue(Option.isNone(HashMap.get(map, other)))
    }
  })

  it.each([
    ["CE.Example.ORG:9619", "CE.Example.ORG"],
    ["ce.example.org.:9619", "ce.example.org."]
  ])("an earlier version wrote %s: the handle is of the same job", (endpoint, scheduler) => {
    const [read] = [fromTextResult(text.replace(/ce\.example\.org:9619\/ce\.example\.org/, `${endpoint}/${scheduler}`))]
    if (Result.isFailure(read)) return assert.fail(read.failure.message)
    // It is written unchanged.
    assert.deepStrictEqual([read.success.endpoint, read.success.scheduler], [endpoint, scheduler])
    assert.isTrue(Equal.equals(read.success, sample))
    assert.deepStrictEqual(HashMap.get(HashMap.make([sample, "found"]), read.success), Option.some("found"))
  })

  it("has its version in the text", () => {
    assert.strictEqual(sample.version, 1)
    assert.isTrue(Result.isFailure(Schema.decodeUnknownResult(JobHandle)({ ...sample, version: 2 })))
  })

  it.each([
    "",
    "12.3",
    "htcondor-ce",
    text.slice(0, -2),
    `${text}/x`,
    `/${text}`,
    text.replace("/1/", "/2/"),
    text.replace("/1/", "/01/"),
    text.replace("ce.example.org/", "/"),
    text.replace("12.3", ""),
    text.replace("12.3", "%zz"),
    text.replace("12.3", "%ff"),
    text.replace("12.3", "%ED%A0%80"),
    text.replace("key-1", "no key"),
    text.replace("key-1", "-key"),
    text.replace(/3$/, "-1"),
    text.replace(/3$/, "03"),
    text.replace(/3$/, "1.5"),
    text.replace(/3$/, "x"),
    text.replace(/3$/, "9007199254740993"),
    text.replace(/3$/, "99999999999999999")
  ])("fromText: %j is no handle", (wrong) => {
    assert.isTrue(Result.isFailure(fromTextResult(wrong)))
  })

  it("fromText: the error shows the form of a handle", () => {
    const result = fromTextResult("12.3")
    assert.isTrue(Result.isFailure(result))
    if (Result.isFailure(result)) {
      assert.include(result.failure.message, "\"<backend>/1/<endpoint>/<scheduler>/<job>/<key>/<copy>\"")
    }
  })

  it.each([{ job: "" }, { job: "\ud800" }, { endpoint: "" }, { backend: "" }, { scheduler: "" }, { key: "a b" }, {
    copy: -1
  }, {
    copy: 0.5
  }])("%j is refused", (change) => {
    assert.isTrue(Result.isFailure(Schema.decodeResult(JobHandle)({ ...sample, ...change })))
  })
})
