import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { TestClock } from "effect/testing"
import { DepartedJob, ListedJob, type ListFilter } from "../../src/contract/Capability.ts"
import { held, removed } from "../contract/Statuses.ts"
import { backendOf, cases, document, handleOf, run } from "./utils.ts"

const { cases: listed } = ListedJob

const at = (seconds: number) => DateTime.makeUnsafe(seconds * 1000)

const jobs = [
  listed.Listed.make({ handle: handleOf("1.0"), status: cases.Running.make({ since: at(90) }), submitted: at(0) }),
  listed.Listed.make({ handle: handleOf("1.1", 1), status: held({ since: at(3500) }), tag: "t", copies: 2 })
]

describe("htcondor-ce list", () => {
  it.effect("prints each job with its age and for how long it is what it is", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("1 hour")
      const { backend } = backendOf({ list: () => jobs })
      const { code, stderr, stdout } = yield* run(["list"], { backend })
      assert.deepStrictEqual([code, stderr], [0, ["2 jobs: 1 Held, 1 Running"]])
      assert.deepStrictEqual(stdout, [
        "JOB  KEY   STATUS   FOR     AGE  HOLD                      DETAIL",
        "1.0  k1/0  Running  58m30s  1h",
        "1.1  k1/1  Held     1m40s        12/2 TransferOutputError  no output, advice: Resubmit."
      ])
      const names = yield* run(["list", "-o", "name"], { backend })
      assert.deepStrictEqual(names.stdout, jobs.map(({ handle }) => String(handle)))
      const json = yield* run(["list", "--json"], { backend })
      assert.deepPropertyVal(yield* document(json.stdout), "jobs", [
        {
          _tag: "Listed",
          handle: String(handleOf("1.0")),
          status: { _tag: "Running", since: "1970-01-01T00:01:30.000Z" },
          submitted: "1970-01-01T00:00:00.000Z"
        },
        {
          _tag: "Listed",
          handle: String(handleOf("1.1", 1)),
          status: { ...held(), since: "1970-01-01T00:58:20.000Z" },
          tag: "t",
          copies: 2
        }
      ])
    }))

  it.effect("asks for what the flags say", () =>
    Effect.gen(function*() {
      const asked: Array<ListFilter | undefined> = []
      const { backend } = backendOf({
        list: (filter) => {
          asked.push(filter)
          return []
        }
      })
      const flags = ["--tag", "t", "--key-prefix", "k", "--status", "Held", "--status", "Running"]
      assert.strictEqual((yield* run(["list", ...flags], { backend })).code, 0)
      assert.strictEqual((yield* run(["list"], { backend })).code, 0)
      assert.strictEqual((yield* run(["list", "--status", "Lost"], { backend })).code, 2)
      assert.deepStrictEqual(asked, [
        { tag: "t", keyPrefix: "k", status: ["Held", "Running"] },
        { tag: undefined, keyPrefix: undefined, status: undefined }
      ])
    }))

  it.effect("fails, and says why, if it cannot show a job", () =>
    Effect.gen(function*() {
      const odd = [
        listed.OtherFormat.make({ endpoint: "ce:9619", job: "5.0", format: 9 }),
        listed.Unreadable.make({ endpoint: "ce:9619", detail: "no\nsense" })
      ]
      const { backend } = backendOf({ list: () => [...jobs, ...odd] })
      const { code, stderr } = yield* run(["list", "-o", "name"], { backend })
      assert.strictEqual(code, 1)
      assert.deepStrictEqual(stderr, [
        "job 5.0: another version of this library submitted it, in format 9",
        "job without number: no sense"
      ])
    }))
})

describe("htcondor-ce list --departed", () => {
  const { cases: departed } = DepartedJob
  const gone = departed.Departed.make({ handle: handleOf("1.0"), status: removed({ since: at(90) }), left: at(90) })
  const cut = departed.Cut.make({ endpoint: "ce:9619", detail: "the newest\n20000 jobs", reaches: at(60) })

  it.effect("prints the jobs that have left since then", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("1 hour")
      const asked: Array<number> = []
      const { backend } = backendOf({
        departed: (since) => {
          asked.push(DateTime.toEpochMillis(since))
          return [gone]
        }
      })
      const args = ["list", "--departed", "--since", "30 minutes"]
      const { code, stderr, stdout } = yield* run(args, { backend })
      assert.deepStrictEqual([code, stderr, asked], [0, ["1 job: 1 Removed"], [1_800_000]])
      assert.match(stdout[1] ?? "", /^1\.0  k1\/0  Removed  58m30s  via condor_rm/)
      const json = yield* run([...args, "--json"], { backend })
      assert.deepPropertyVal(yield* document(json.stdout), "jobs", [
        {
          _tag: "Departed",
          handle: String(handleOf("1.0")),
          status: { ...removed(), since: "1970-01-01T00:01:30.000Z" },
          left: "1970-01-01T00:01:30.000Z"
        }
      ])
    }))

  it.effect("says that there may be more, on stderr and in JSON, and exits with 1", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({ departed: () => [gone, cut] })
      const args = ["list", "--departed", "--since", "1 day"]
      const { code, stderr, stdout } = yield* run([...args, "-o", "name"], { backend })
      assert.deepStrictEqual([code, stdout], [1, [String(handleOf("1.0"))]])
      assert.deepStrictEqual(stderr, [
        "truncated: ce:9619 did not show all of its history, only back to 1970-01-01T00:01:00.000Z: the newest 20000 jobs"
      ])
      const json = yield* run([...args, "--json"], { backend })
      assert.strictEqual(json.code, 1)
      assert.include(
        json.stdout.join(),
        "{\"_tag\":\"Cut\",\"endpoint\":\"ce:9619\",\"detail\":\"the newest\\n20000 jobs\",\"reaches\":\"1970-01-01T00:01:00.000Z\"}"
      )
    }))

  it.effect("needs a length of time, and takes no filter", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({ departed: () => [gone], list: () => jobs })
      const wrong = [
        ["--departed"],
        ["--since", "1 day"],
        ["--departed", "--since", "yesterday"],
        ["--departed", "--since", "-1 day"],
        ["--departed", "--since", "1 day", "--tag", "t"],
        ["--departed", "--since", "1 day", "--status", "Held"]
      ]
      for (const flags of wrong) {
        const { code, stdout } = yield* run(["list", ...flags], { backend })
        assert.deepStrictEqual([code, stdout], [2, []], flags.join(" "))
      }
    }))
})
