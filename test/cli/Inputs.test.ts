import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { backendOf, cases, directory, handleOf, run } from "./utils.ts"

const all = [0, 1].map((copy) => handleOf(`1.${copy}`, copy))
const [first = "", second = ""] = all.map(String)
const statuses = () => Result.succeed(cases.Running.make({}))

describe("a file of handles", () => {
  const wrong: ReadonlyArray<readonly [what: string, content: unknown, says: RegExp]> = [
    ["text", `${first}\nnonsense`, /list\.json:2: Expected a job handle: /],
    ["broken JSON", "[\n\"", /list\.json:2: is not valid JSON from column 1 on/],
    ["a number in the list", [first, 5], /list\.json:1: .* at \[1\]/],
    ["no handle", ["a/b"], /list\.json:1: Expected a job handle: .* at \[0\]/],
    [
      "a handle of another version",
      ["htcondor-ce/2/ce:9619/ce/7.0/k1/0"],
      /list\.json:1: Expected a job handle: .* at \[0\]/
    ],
    [
      "a handle of another version as JSON",
      [{ ...all[0], version: 2 }],
      /list\.json:1: Expected .*"version": 1, .* at \[0\]/
    ],
    ["a handle without key", [{ ...all[0], key: undefined }], /list\.json:1: Missing key at \[0\]\["key"\]/]
  ]
  for (const [what, content, says] of wrong) {
    it.effect(`refuses a file of handles with ${what}`, () =>
      Effect.gen(function*() {
        const files = yield* directory({ "list.json": content })
        const { backend } = backendOf({ status: statuses })
        const { code, stderr, stdout } = yield* run(["status", "--handles", files.at("list.json")], { backend })
        assert.strictEqual(code, 2)
        assert.deepStrictEqual(stdout, [])
        assert.strictEqual(stderr.length, 1)
        assert.match(stderr[0] ?? "", says)
      }))
  }

  it.effect("may have a handle a line, with comments", () =>
    Effect.gen(function*() {
      const files = yield* directory({ "list.txt": `# mine\n${first}\r\n\n  ${second}  \n` })
      const { backend } = backendOf({ status: statuses })
      const { code, stdout } = yield* run(["status", "--handles", files.at("list.txt"), "-o", "name"], { backend })
      assert.deepStrictEqual([code, stdout], [0, [first, second]])
    }))

  it.effect("is stdin for -, in each form", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({ status: statuses })
      for (
        const stdin of [
          `${first}\n${second}\n`,
          JSON.stringify([first, second]),
          JSON.stringify({ handles: [first, second] })
        ]
      ) {
        const { code, stdout } = yield* run(["status", "--handles", "-", "-o", "name"], { backend, stdin })
        assert.deepStrictEqual([code, stdout], [0, [first, second]])
      }
      const { code, stderr } = yield* run(["status", "--handles", "-"], { backend, stdin: `${first}\nfoo` })
      assert.strictEqual(code, 2)
      assert.match(stderr.join(), /^htcondor-ce: stdin:2: Expected a job handle/)
    }))
})

describe("a SPEC.json", () => {
  const complaint = Effect.fnUntraced(function*(text: string) {
    const files = yield* directory({ "spec.json": text })
    const { code, stderr, stdout } = yield* run(["preview", files.at("spec.json")])
    assert.deepStrictEqual([code, stdout, stderr.length], [2, [], 1])
    return (stderr[0] ?? "").replace(`htcondor-ce: ${files.at("spec.json")}`, "FILE")
  })

  it.effect("is refused with the line of each mistake", () =>
    Effect.gen(function*() {
      const text = `{\n  "executable": "a",\n  "arguments": [\n    "b",\n    7\n  ],\n  "enviroment": {}\n}\n`
      assert.strictEqual(
        yield* complaint(text),
        "FILE:5: Expected string at [\"arguments\"][1]; line 7: unknown field: did you mean \"environment\"? at [\"enviroment\"]"
      )
    }))

  it.effect("copies that are wrong by the thousands are a few lines, and the number of the others", () =>
    Effect.gen(function*() {
      const copies = Array.from({ length: 20_000 }, () => ({ enviroment: {} }))
      const files = yield* directory({
        "job.json": { executable: "/bin/true" },
        "copies.json": JSON.stringify(copies, null, 1)
      })
      const { code, stderr } = yield* run(["preview", files.at("job.json"), "--copies-file", files.at("copies.json")])
      assert.strictEqual(code, 2)
      assert.match(
        stderr.join(),
        /copies\.json:3: unknown field: did you mean "environment"\? at .*; line 30: .* at \[9\]\["enviroment"\]; and 19990 more$/
      )
    }))

  it.effect("is refused with the place where it is no JSON, and nothing of its text", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* complaint(`{\n  "executable": "SECRET",\n  "arguments": ["a",]\n}`),
        "FILE:3: is not valid JSON from column 21 on"
      )
      assert.strictEqual(yield* complaint(""), "FILE:1: is not valid JSON from column 1 on")
    }))
})

describe("completion", () => {
  it.live("completes files, directories and choices", () =>
    Effect.gen(function*() {
      const { stdout } = yield* run(["--completions", "bash"])
      const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
      const files = yield* directory({ "sub/inner.json": "", "jobs.json": "" })
      const complete = (...words: ReadonlyArray<string>) =>
        spawner.string(ChildProcess.make("bash", [
          "--norc",
          "-c",
          [
            stdout.join("\n"),
            `COMP_WORDS=(${["htcondor-ce", ...words].map((word) => `'${word}'`).join(" ")})`,
            `COMP_CWORD=${words.length}`,
            `COMP_LINE="\${COMP_WORDS[*]}"`,
            `_htcondor_ce htcondor-ce "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"`,
            "printf '%s\\n' \"${COMPREPLY[@]}\""
          ].join("\n")
        ], { cwd: files.at("."), extendEnv: true }))
      const of = (text: string) => text.trim().split("\n").toSorted()
      assert.deepStrictEqual(of(yield* complete("status", "--handles", "j")), ["jobs.json"])
      assert.deepStrictEqual(of(yield* complete("fetch", "--dest", "")), ["sub"])
      assert.deepStrictEqual(of(yield* complete("submit", "j")), ["jobs.json"])
      assert.deepStrictEqual(of(yield* complete("status", "--token-kind", "")), ["idtoken", "scitoken"])
      assert.deepStrictEqual(of(yield* complete("submit", "--on-conflict", "")), ["adopt", "fail"])
      assert.deepStrictEqual(of(yield* complete("wait", "--for", "r")), ["running"])
    }).pipe(Effect.provide(NodeServices.layer)))
})
