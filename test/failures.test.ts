/** The tables of docs/failures.md: each error of the contract, and the error for each message of a tool. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { fileURLToPath } from "node:url"
import * as BackendError from "../src/contract/BackendError.ts"
import * as JobError from "../src/contract/JobError.ts"
import { Capability, type CondorTool } from "../src/index.ts"
import { backend, handle, key, printed, status } from "./ce/Scripted.ts"
import * as ErrorRows from "./contract/ErrorRows.ts"

const document = fileURLToPath(new URL("../docs/failures.md", import.meta.url))

/** The rows of the table below a heading, without its own first two lines. */
const tableBelow = (text: string, heading: string): Array<ReadonlyArray<string>> => {
  const [, section = ""] = text.split(`## ${heading}\n`)
  return (section.split("\n## ")[0] ?? "").split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(2)
    .map((line) => line.slice(2, -2).split(" | ").map((cell) => cell.trim()))
}

const quoted = (cell = ""): Array<string> => Array.from(cell.matchAll(/`([^`]+)`/g), ([, words = ""]) => words)

const sorted = (words: Iterable<string>): Array<string> => Array.from(new Set(words)).toSorted()

const tables = Effect.gen(function*() {
  const text = yield* (yield* FileSystem.FileSystem).readFileString(document)
  return { errors: tableBelow(text, "The errors"), words: tableBelow(text, "The messages of the tools") }
}).pipe(Effect.provide(NodeServices.layer))

// All of condor_error_codes.h, as "1001" to "10003".
const codes: Readonly<Record<string, readonly [first: number, last: number]>> = {
  AUTHENTICATE: [1001, 1007],
  SECMAN: [2001, 2011],
  DAEMON: [3001, 3001],
  SCHEDD: [4001, 4007],
  GSI: [5001, 5008],
  CEDAR: [6001, 6009],
  FILETRANSFER: [7001, 7003],
  DAGMAN: [8001, 8001],
  MultiLogFiles: [9001, 9004],
  DRAINING: [10_001, 10_003]
}

const between = (subsystem: string, first: number, last: number): Array<string> =>
  Array.from({ length: last - first + 1 }, (_, index) => `${subsystem}:${first + index}`)

/** The tool of a row, if the row names one. */
const toolOf = (cell: string) => (["condor_submit", "condor_history"] as const).find((tool) => tool === quoted(cell)[0])

/** The messages of a row: those that it quotes, or one for each error number from the first to the last. */
const textsOf = (cell: string): Array<string> => {
  const [first = "", second = ""] = quoted(cell)
  const [from, to] = [first, second].map((words) => /^(\w+):(\d+)$/.exec(words))
  if (from !== null && from !== undefined && to !== null && to !== undefined) {
    return between(from[1] ?? "", Number(from[2]), Number(to[2])).map((code) => `${code}:of this number`)
  }
  return [(toolOf(cell) === undefined ? first : second).replaceAll("⏎", "\n")]
}

const refused = "AUTHENTICATE:1003:Failed to authenticate with any method\n" +
  "AUTHENTICATE:1004:Failed to authenticate using IDTOKENS"

/** The answers of the CE to the second question: the same error, success, or a refusal of the credential. */
const second: ReadonlyArray<(words: string) => Partial<CondorTool.ToolResult>> = [
  (words) => ({ exitCode: 1, stderr: words }),
  () => ({ stdout: "ce.example.org\n" }),
  () => ({ exitCode: 1, stderr: `Error: communication error\n${refused}` })
]

const failureOf = (
  tool: "condor_q" | "condor_submit" | "condor_history",
  words: string,
  again: typeof second[number]
) => {
  const { layer } = backend((call) =>
    call.tool === tool
      ? { exitCode: 1, stderr: `${words}\n` }
      : call.tool === "condor_status"
      ? again(words)
      : call.tool === "condor_history"
      ? { stdout: "[\n]\n" }
      : printed()
  )
  const submission = Effect.flatMap(
    Capability.Submitter,
    ({ submit }) => submit({ executable: "/bin/true" }, [{}], { key })
  )
  return Effect.gen(function*() {
    if (tool === "condor_submit") return yield* Effect.flip(submission)
    if (tool === "condor_q") return yield* Effect.flip(status([handle("7.0")]))
    const [outcome] = Array.from(yield* status([handle("7.0")]), ([, one]) => one)
    return yield* Effect.flip(Effect.fromResult(outcome ?? assert.fail("no outcome")))
  }).pipe(Effect.provide(layer))
}

describe("docs/failures.md", () => {
  it.effect("has a row for each error, with all that its retry can say", () =>
    Effect.gen(function*() {
      const rows = (yield* tables).errors
      const all = [...ErrorRows.backend, ...ErrorRows.job]
      const tags = sorted(
        [...Object.entries(BackendError), ...Object.entries(JobError)].flatMap(([name, value]) =>
          typeof value === "function" && value.prototype instanceof Error ? [name] : []
        )
      )
      assert.deepStrictEqual(sorted(rows.map(([error]) => quoted(error)[0] ?? "")), tags)
      for (const [error, , whom = "", retry] of rows) {
        const [tag] = quoted(error)
        assert.notStrictEqual(whom, "")
        assert.deepStrictEqual(
          sorted(quoted(retry)),
          sorted(all.filter((one) => one.error._tag === tag).map((one) => one.retry)),
          tag
        )
      }
    }))

  it.effect("has a row for each number of HTCondor's errors", () =>
    Effect.gen(function*() {
      const { words } = yield* tables
      const told = new Set(
        words.flatMap(([says = ""]) => textsOf(says)).flatMap((text) => text.match(/^\w+:\d+/gm) ?? [])
      )
      const missing = Object.entries(codes).flatMap(([subsystem, [first, last]]) => between(subsystem, first, last))
        .filter((code) => !told.has(code))
      assert.deepStrictEqual(missing, [])
    }))

  it.effect("names the error that the library makes of each message", () =>
    Effect.gen(function*() {
      const { words } = yield* tables
      assert.isAbove(words.length, 50)
      for (const [says = "", what = "", error, whom = "", retry] of words) {
        const tool = toolOf(says) ?? "condor_q"
        const failures = yield* Effect.forEach(
          textsOf(says),
          (text) => Effect.forEach(second, (again) => failureOf(tool, text, again), { concurrency: 3 })
        )
        const all = failures.flat()
        assert.deepStrictEqual(sorted(all.map(({ _tag }) => _tag)), sorted(quoted(error)), says)
        assert.deepStrictEqual(sorted(all.map((one) => one.retry)), sorted(quoted(retry)), says)
        assert.isTrue(what !== "" && whom !== "", says)
        for (const one of all) {
          assert.isTrue(one._tag !== "AuthenticationFailed" || /refused|the same|no schedd/.test(what), says)
        }
      }
    }), 120_000)
})
