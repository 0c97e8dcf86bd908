import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { TestClock } from "effect/testing"
import { ListedJob, type ListFilter } from "../../src/contract/Capability.ts"
import { held } from "../contract/Statuses.ts"
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

  it.effect("fails, and says why, if a job cannot be told of", () =>
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
