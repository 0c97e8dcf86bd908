/** Answers of condor_history. The real tools of both versions gave the same answers. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Version } from "../../../src/testing/fake/Job.ts"
import * as History from "../../../src/testing/fake/tools/History.ts"
import { lines, other, play, stderr, stdout } from "./Play.ts"
import * as Stub from "./StubQueue.ts"

const gone = [
  Stub.job(9, 0, { CompletionDate: 900, JobStatus: 4, Rank: 0, RAd: "x" }),
  Stub.job(8, 0, { CompletionDate: 0, JobStatus: 3 }, other),
  Stub.job(7, 1, { CompletionDate: 700, JobStatus: 4 }),
  Stub.job(7, 0, { CompletionDate: 600, JobStatus: 4 })
].map(({ ad }) => ad)

const history = (version: Version = "latest") => play(History.run, "condor_history", Stub.queue(version, [], gone))

describe("condor_history", () => {
  it.effect("ads: are those of all users, the newest first; without ads only brackets are printed", () =>
    Effect.gen(function*() {
      const ids = (...args: ReadonlyArray<string>) => history()([...args, "-af:j", "ClusterId", "ProcId"])
      assert.deepStrictEqual(yield* ids(), stdout("9.0 9 0\n8.0 8 0\n7.1 7 1\n7.0 7 0\n"))
      assert.deepStrictEqual(yield* ids("7"), stdout("7.1 7 1\n7.0 7 0\n"))
      assert.deepStrictEqual(yield* ids("7", "-constraint", "ProcId == 0"), stdout("7.0 7 0\n"))
      assert.deepStrictEqual(yield* ids("other", "7.0"), stdout("8.0 8 0\n7.0 7 0\n"))
      assert.deepStrictEqual(yield* history()(["7.0", "-af:j", "JobStatus"]), stdout(" 4\n"))
      assert.deepStrictEqual(yield* history()(["99", "-json"]), stdout("[\n]\n"))
      assert.deepStrictEqual(
        yield* history()(["-limit", "2", "-json", "-attributes", "ProcId,ClusterId"]),
        stdout(lines(
          "[",
          "{",
          "  \"ClusterId\": 9,",
          "  \"ProcId\": 0",
          "}",
          ",",
          "{",
          "  \"ClusterId\": 8,",
          "  \"ProcId\": 0",
          "}",
          "]"
        ))
      )
      assert.deepStrictEqual(
        yield* history()(["7", "-jsonl", "-attributes", "ProcId,ClusterId"]),
        stdout("{\"ClusterId\": 7,\"ProcId\": 1}\n{\"ClusterId\": 7,\"ProcId\": 0}\n")
      )
    }))

  it.effect("-limit, -scanlimit, -since, -completedsince: end the search", () =>
    Effect.gen(function*() {
      const clusters = (...args: ReadonlyArray<string>) =>
        Effect.map(history()([...args, "-af", "ClusterId"]), ({ stdout }) => stdout.trim().replaceAll("\n", " "))
      assert.strictEqual(yield* clusters("-limit", "2"), "9 8")
      assert.strictEqual(yield* clusters("-limit", "0"), "9 8 7 7")
      assert.strictEqual(yield* clusters("-match", "1", "7"), "7")
      assert.strictEqual(yield* clusters("-scanlimit", "2", "7"), "")
      assert.strictEqual(yield* clusters("-forwards"), "7 7 8 9")
      assert.strictEqual(yield* clusters("-forw", "-limit", "1"), "7")
      assert.strictEqual(yield* clusters("-forwards", "-scanlimit", "3", "-constraint", "ClusterId != 7"), "8")
      assert.strictEqual(yield* clusters("-since", "7.1"), "9 8")
      assert.strictEqual(yield* clusters("-since", "JobStatus == 3"), "9")
      // A removed job has no time of completion.
      assert.strictEqual(yield* clusters("-completedsince", "650"), "9")
    }))

  it.effect("23.9: searches at most 50,000 jobs by default", () =>
    Effect.gen(function*() {
      const [newest, ...older] = gone
      const long = [...Array.from({ length: 50_000 }, () => newest ?? assert.fail()), ...older]
      const found = (version: Version, ...args: ReadonlyArray<string>) =>
        Effect.map(
          play(History.run, "condor_history", Stub.queue(version, [], long))(["8", ...args, "-af", "ClusterId"]),
          ({ stdout }) => stdout.trim()
        )
      assert.strictEqual(yield* found("lts"), "")
      assert.strictEqual(yield* found("lts", "-scanlimit", "100000"), "8")
      assert.strictEqual(yield* found("latest"), "8")
    }))

  it.effect("whole ads: have the order of the version", () =>
    Effect.gen(function*() {
      const keys = (text: string) => text.match(/^ *"?(\w+)"?(?=:| =)/gm)?.map((key) => key.replaceAll(/\W/g, ""))
      const order = (version: Version, form: string) =>
        Effect.map(history(version)(["9.0", form]), ({ stdout }) => keys(stdout)?.join(" "))
      const sorted = "ClusterId CompletionDate JobStatus Owner ProcId RAd Rank User"
      assert.strictEqual(yield* order("latest", "-json"), sorted)
      assert.strictEqual(yield* order("latest", "-long"), sorted)
      assert.strictEqual(yield* order("lts", "-long"), sorted)
      assert.strictEqual(yield* order("lts", "-json"), "RAd Rank User Owner ProcId ClusterId JobStatus CompletionDate")
    }))

  // As for condor_q. The schedd adds four levels around the condition.
  it.effect.each([["", 395], [".0", 394]] as const)(
    "too many numbers %s on latest: prints nothing",
    ([suffix, most]) =>
      Effect.gen(function*() {
        const ask = (version: Version, count: number) =>
          history(version)([...Array.from({ length: count }, (_, i) => `${i + 9}${suffix}`), "-af", "ClusterId"])
        assert.deepStrictEqual(yield* ask("latest", most), stdout("9\n"))
        assert.deepStrictEqual(yield* ask("latest", most + 1), stdout(""))
        assert.deepStrictEqual(yield* ask("lts", most + 1), stdout("9\n"))
      })
  )

  it.effect("bad command line: has an error message", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* history()(["-constraint", "a ==", "7", "8.0", "-json"]),
        stderr(
          "Error:  could not parse constraint ( (a ==) ) && ( (ClusterId == 7) || (ClusterId == 8 && ProcId == 0) )\n"
        )
      )
      assert.deepStrictEqual(
        yield* history()(["-since", "bad =="]),
        stderr("Error: invalid -since constraint: bad ==\n\tconstraint must be a job-id, or expression.")
      )
      assert.deepStrictEqual(yield* history()(["-af", "bad =="]), stderr("Error: invalid expression : bad ==\n"))
      assert.deepStrictEqual(
        yield* history()(["-limit"]),
        stderr("Error: Argument -match requires a number value as a parameter.\n")
      )
      assert.deepStrictEqual(
        yield* history()(["-json", "-since", "7.0", "-forwards"]),
        stderr("Error: Argument -forwards cannot be combined with -since.\n")
      )
      assert.strictEqual((yield* history()(["-json:x"])).stderr, "Error: Unknown argument -json:x\n")
      assert.include((yield* history()([])).stderr, "does not play tables")
    }))
})
