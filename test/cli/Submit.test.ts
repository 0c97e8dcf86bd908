import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Redacted } from "effect"
import { CEUnavailable, InvalidSubmission } from "../../src/contract/BackendError.ts"
import { backendOf, directory, document, environment, run } from "./utils.ts"

const spec = {
  executable: "bin/payload.sh",
  arguments: ["a b"],
  inputs: [{ name: "data", source: "../data file" }, { name: "url", source: "https://example.org/x" }, {
    name: "passwd",
    source: "/etc/passwd"
  }],
  environment: { PILOT: "p" }
}

const copies = [
  { environment: { COPY: "0" }, secrets: { token: "TOP-SECRET-0" } },
  { environment: { COPY: "1" }, secrets: { token: "TOP-SECRET-1" } }
]

const secret = /TOP-SECRET/

describe("htcondor-ce submit", () => {
  it.effect("prints the key and the compact handles, and writes the list of handles", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "job/spec.json": spec, "copies.json": copies })
      const { asked, backend } = backendOf({ submit: Effect.void })
      const args = ["submit", files.at("job/spec.json"), "--copies-file", files.at("copies.json"), "--key", "run-7"]
      const { code, stderr, stdout } = yield* run([...args, "--handles", files.at("out.json"), "--json"], { backend })
      const handles = [0, 1].map((copy) => `htcondor-ce/1/ce.example.org:9619/ce.example.org/7.${copy}/run-7/${copy}`)
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(yield* document(stdout), {
        key: "run-7",
        handles,
        failures: [],
        warnings: [],
        adopted: false
      })
      assert.deepStrictEqual(stderr, [])
      assert.deepStrictEqual(yield* document([yield* files.read("out.json")]), handles)
      assert.deepStrictEqual((yield* files.names).toSorted(), ["copies.json", "job", "out.json"])

      const [submission] = asked.submissions
      assert.deepStrictEqual(submission?.spec, {
        ...spec,
        executable: files.at("job/bin/payload.sh"),
        inputs: [
          { name: "data", source: files.at("data file") },
          { name: "url", source: "https://example.org/x" },
          { name: "passwd", source: "/etc/passwd" }
        ]
      })
      assert.deepStrictEqual(submission?.copies.map((copy) => copy.environment), [{ COPY: "0" }, { COPY: "1" }])
      const token = submission?.copies[1]?.secrets?.["token"]
      assert.strictEqual(token && Redacted.value(token), "TOP-SECRET-1")
    }))

  it.effect("prints a generated key before it submits", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "spec.json": spec })
      const { asked, backend } = backendOf({
        submit: Effect.fail(
          new CEUnavailable({
            endpoint: "ce:9619",
            detail: "does not answer",
            report: { tool: "condor_submit", exitCode: 1, output: "no\nroute" }
          })
        )
      })
      const { code, stderr, stdout } = yield* run(["submit", files.at("spec.json"), "--copies", "3"], { backend })
      const [submission] = asked.submissions
      assert.strictEqual(code, 3)
      assert.strictEqual(submission?.copies.length, 3)
      assert.isTrue(submission?.isNew)
      assert.deepStrictEqual(stdout, [])
      assert.strictEqual(stderr.length, 3)
      assert.include(stderr[0], `--key ${submission?.key}`)
      assert.strictEqual(
        stderr[1],
        "htcondor-ce: ce:9619 does not answer (condor_submit exited with 1: no route)"
      )
      assert.strictEqual(stderr[2], "htcondor-ce: run \"htcondor-ce doctor --ce ce:9619\" to see what is wrong")
    }))

  it.effect("--on-conflict says what to do with jobs that run something else", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "spec.json": spec })
      const { asked, backend } = backendOf({ submit: Effect.void })
      const args = ["submit", files.at("spec.json"), "--key", "k"]
      for (const more of [[], ["--on-conflict", "fail"], ["--on-conflict", "adopt"]]) {
        assert.strictEqual((yield* run([...args, ...more], { backend })).code, 0)
      }
      assert.deepStrictEqual(asked.submissions.map(({ onConflict }) => onConflict), ["Fail", "Fail", "Adopt"])
      assert.isTrue(asked.submissions.every(({ isNew }) => isNew === false))
      assert.strictEqual((yield* run([...args, "--on-conflict", "ignore"], { backend })).code, 2)
    }))

  it.effect("prints one handle a line for people", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "spec.json": spec })
      const { backend } = backendOf({ submit: Effect.void })
      const { code, stderr, stdout } = yield* run(["submit", files.at("spec.json"), "--key", "k"], { backend })
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(stdout, ["htcondor-ce/1/ce.example.org:9619/ce.example.org/7.0/k/0"])
      assert.deepStrictEqual(stderr, ["1 job submitted under key k"])
    }))

  it.effect("says what to do about a hidden history, and what came of it", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "spec.json": spec })
      const { asked, backend } = backendOf({
        submit: Effect.void,
        warnings: [{ _tag: "HistoryHidden", detail: "HISTORY\nundefined" }]
      })
      const submit = ["submit", files.at("spec.json"), "--key", "k"]
      const { code, stderr } = yield* run(submit, { backend })
      assert.strictEqual(code, 0)
      assert.strictEqual(
        stderr[0],
        "warning: jobs of this key may have run before, but the history is hidden: HISTORY undefined"
      )
      yield* run([...submit, "--on-hidden-history", "fail"], { backend })
      yield* run([...submit, "--on-hidden-history", "warn"], { backend })
      assert.deepStrictEqual(asked.submissions.map(({ onHiddenHistory }) => onHiddenHistory), ["Warn", "Fail", "Warn"])
      assert.strictEqual((yield* run([...submit, "--on-hidden-history", "ask"], { backend })).code, 2)
    }))

  it.effect("finds out before it submits that the handles cannot be written", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "spec.json": spec, "sub/x": "" })
      const { asked, backend } = backendOf({ submit: Effect.void })
      for (const out of ["sub", "nowhere/out.json"]) {
        const args = ["submit", files.at("spec.json"), "--handles", files.at(out), "--json"]
        const { code, stdout } = yield* run(args, { backend })
        assert.strictEqual(code, 2)
        assert.propertyVal(yield* errorOf(stdout), "_tag", "InvalidFile")
      }
      assert.deepStrictEqual(asked.submissions, [])
    }))

  it.effect("says with errno and path that the handles could not be written after the jobs were submitted", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "spec.json": spec })
      // Somebody makes a directory of that name meanwhile.
      const submit = FileSystem.FileSystem.use((fileSystem) => fileSystem.makeDirectory(files.at("out.json"))).pipe(
        Effect.orDie,
        Effect.provide(NodeServices.layer)
      )
      const { backend } = backendOf({ submit })
      const args = ["submit", files.at("spec.json"), "--handles", files.at("out.json"), "--key", "run-7", "--json"]
      const { code, stdout } = yield* run(args, { backend })
      assert.strictEqual(code, 3)
      assert.match(
        JSON.stringify(yield* errorOf(stdout)),
        /EEXIST: .*out\.json.*; the jobs are submitted, run the command again with --key run-7/
      )
    }))

  it.effect("keeps an older list of handles when the submission fails", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "spec.json": spec, "out.json": "old" })
      const { backend } = backendOf({
        submit: Effect.fail(new InvalidSubmission({ issues: [{ field: "tag", detail: "no" }] }))
      })
      const args = ["submit", files.at("spec.json"), "--handles", files.at("out.json"), "--force", "--json"]
      const { code, stdout } = yield* run(args, { backend })
      assert.strictEqual(code, 2)
      assert.deepStrictEqual(yield* document(stdout), {
        error: { _tag: "InvalidSubmission", message: "tag: no", retry: "Never" }
      })
      assert.strictEqual(yield* files.read("out.json"), "old")
      assert.deepStrictEqual((yield* files.names).toSorted(), ["out.json", "spec.json"])
    }))

  const handles = ["htcondor-ce/1/ce.example.org:9619/ce.example.org/7.0/k/0"]
  const other = "htcondor-ce/1/ce.example.org:9619/ce.example.org/3.0/j/0"

  const submitTo = Effect.fnUntraced(function*(
    content: Record<string, unknown>,
    flags: ReadonlyArray<string>,
    backend = backendOf({ submit: Effect.void })
  ) {
    const files = yield* directory({ "spec.json": spec, ...content })
    const args = ["submit", files.at("spec.json"), "--key", "k", "--handles", files.at("out.json"), "--json", ...flags]
    const { code, stdout } = yield* run(args, { backend: backend.backend })
    return { code, stdout, files, submissions: backend.asked.submissions.length }
  })

  it.effect("refuses a file of handles that is there, before it submits anything", () =>
    Effect.gen(function*() {
      for (const content of ["", "[]", JSON.stringify([other])]) {
        const { code, files, stdout, submissions } = yield* submitTo({ "out.json": content }, [])
        assert.strictEqual(code, 2)
        assert.deepInclude(yield* errorOf(stdout), {
          _tag: "InvalidFile",
          message: `${files.at("out.json")}: exists already: --force replaces it, --append adds to it`
        })
        assert.strictEqual(submissions, 0)
        assert.strictEqual(yield* files.read("out.json"), content)
        assert.deepStrictEqual((yield* files.names).toSorted(), ["out.json", "spec.json"])
      }
    }))

  it.effect.each(
    [
      ["--force", [other], handles],
      ["--append", [other], [other, ...handles]],
      // The output of submit --json, and a submission that is repeated.
      ["--append", { handles: [other, ...handles] }, [other, ...handles]],
      ["--append", undefined, handles],
      ["--force", undefined, handles]
    ] as const
  )("%s: a file with %o has %o in it afterwards", ([flag, before, after]) =>
    Effect.gen(function*() {
      const { code, files } = yield* submitTo(before === undefined ? {} : { "out.json": before }, [flag])
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(yield* document([yield* files.read("out.json")]), after)
      assert.deepStrictEqual((yield* files.names).toSorted(), ["out.json", "spec.json"])
    }))

  it.effect("refuses to append to a file that it cannot read, and takes its flags only for that file", () =>
    Effect.gen(function*() {
      const odd = yield* submitTo({ "out.json": "no list" }, ["--append"])
      assert.deepStrictEqual([odd.code, odd.submissions], [2, 0])
      assert.strictEqual(yield* odd.files.read("out.json"), "no list")
      const both = yield* submitTo({}, ["--append", "--force"])
      assert.deepStrictEqual([both.code, both.submissions], [2, 0])
      const { asked, backend } = backendOf({ submit: Effect.void })
      const files = yield* directory({ "spec.json": spec })
      for (const flag of ["--append", "--force"]) {
        assert.strictEqual((yield* run(["submit", files.at("spec.json"), flag], { backend })).code, 2)
      }
      assert.deepStrictEqual(asked.submissions, [])
    }))

  it.effect("its draft follows no link, and nobody can guess its name", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const seen: Array<string> = []
      for (let index = 0; index < 2; index++) {
        const files = yield* directory({ "spec.json": spec, victim: "untouched" })
        yield* fileSystem.symlink(files.at("victim"), files.at(".out.json.new"))
        const submit = Effect.map(files.names, (names) => {
          seen.push(...names.filter((name) => name.startsWith(".htcondor-ce-handles-")))
        })
        const { backend } = backendOf({ submit: Effect.orDie(submit) })
        const args = ["submit", files.at("spec.json"), "--handles", files.at("out.json"), "--key", "k"]
        assert.strictEqual((yield* run(args, { backend })).code, 0)
        assert.strictEqual(yield* files.read("victim"), "untouched")
        assert.deepStrictEqual(yield* document([yield* files.read("out.json")]), handles)
      }
      assert.strictEqual(new Set(seen).size, 2)
    }).pipe(Effect.provide(NodeServices.layer)))

  const wrong: ReadonlyArray<
    readonly [what: string, files: Record<string, unknown>, args: Array<string>, tag: string]
  > = [
    ["no spec", {}, [], "InvalidFile"],
    ["a spec that is no JSON", { "spec.json": "{\"executable\":\"TOP-SECRET" }, [], "InvalidFile"],
    ["a spec without executable", { "spec.json": {} }, [], "InvalidFile"],
    ["a spec with an unknown field", { "spec.json": { executable: "x", argumens: [] } }, [], "InvalidFile"],
    [
      "both kinds of copies",
      { "spec.json": spec, "c.json": copies },
      ["--copies", "2", "--copies-file", "c.json"],
      "UsageError"
    ],
    ["no copies", { "spec.json": spec }, ["--copies", "0"], "UsageError"],
    ["an empty list of copies", { "spec.json": spec, "c.json": [] }, ["--copies-file", "c.json"], "InvalidFile"],
    ["copies that are no JSON", { "spec.json": spec, "c.json": "[{\"secrets\":{\"a\":\"TOP-SECRET" }, [
      "--copies-file",
      "c.json"
    ], "InvalidFile"],
    ["a secret that is no text", { "spec.json": spec, "c.json": [{ secrets: { a: ["TOP-SECRET"] } }] }, [
      "--copies-file",
      "c.json"
    ], "InvalidFile"],
    ["no such list of copies", { "spec.json": spec }, ["--copies-file", "c.json"], "InvalidFile"],
    ["an invalid key", { "spec.json": spec }, ["--key", "a b"], "UsageError"],
    ["an unknown flag", { "spec.json": spec }, ["--kee", "a"], "UsageError"],
    ["a second spec", { "spec.json": spec }, ["more.json"], "UsageError"]
  ]
  for (const [what, content, args, tag] of wrong) {
    it.effect(`refuses ${what}`, () =>
      Effect.gen(function*() {
        const files = yield* directory(content)
        const { asked, backend } = backendOf({ submit: Effect.void })
        const rest = args.map((arg) => arg === "c.json" ? files.at(arg) : arg)
        const { code, stderr, stdout } = yield* run(["submit", files.at("spec.json"), ...rest, "--json"], { backend })
        assert.strictEqual(code, 2)
        assert.propertyVal(yield* errorOf(stdout), "_tag", tag)
        assert.strictEqual(stderr.length, 1)
        assert.notMatch(`${stdout.join()}${stderr.join()}`, /TOP-SECRET|\n/)
        assert.deepStrictEqual(asked.submissions, [])
      }))
  }
})

describe("htcondor-ce preview", () => {
  it.effect("prints the submit description without secrets, with nothing configured", () =>
    Effect.gen(function*() {
      const own = { ...spec, inputs: [{ name: "data", source: "x" }] }
      const files = yield* directory({ "spec.json": own, "copies.json": copies })
      const args = ["preview", files.at("spec.json"), "--copies-file", files.at("copies.json"), "--key", "k9"]
      const people = yield* run(args, { env: {} })
      assert.strictEqual(people.code, 0)
      const text = people.stdout.join("\n")
      assert.include(text, "My.EffectCEKey = \"k9\"")
      assert.include(text, "1 \"'PILOT=p' 'COPY=1'\"")
      assert.notMatch(text, secret)

      const { code, stderr, stdout } = yield* run([...args, "--json"], { env: {} })
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(yield* document(stdout), { description: `${text}\n` })
      assert.deepStrictEqual(stderr, [])
    }))

  it.effect("names the field that cannot be honoured", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "spec.json": spec })
      const { code, stdout } = yield* run(["preview", files.at("spec.json"), "--json"], { env: environment })
      assert.strictEqual(code, 2)
      assert.deepStrictEqual(yield* document(stdout), {
        error: {
          _tag: "InvalidSubmission",
          message: "inputs[1].source: URLs with the scheme \"https\" are not allowed at this site: no URLs are; " +
            "inputs[1].name: HTCondor calls what it has from this URL \"x\"",
          retry: "Never"
        }
      })
    }))
})

const errorOf = Effect.fnUntraced(function*(stdout: ReadonlyArray<string>) {
  const all = yield* document(stdout)
  return typeof all === "object" && all !== null && "error" in all ? all.error : all
})
