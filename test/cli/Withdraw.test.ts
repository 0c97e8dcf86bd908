import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Withdrawal, WithdrawnJob } from "../../src/contract/Capability.ts"
import { SubmissionKey } from "../../src/contract/SubmissionKey.ts"
import { backendOf, document, handleOf, run } from "./utils.ts"

const key = SubmissionKey.make("k1")

const jobs = [
  WithdrawnJob.cases.Cancelled.make({ job: "1.0", handle: handleOf("1.0") }),
  WithdrawnJob.cases.Purged.make({ job: "1.1", handle: handleOf("1.1", 1) }),
  WithdrawnJob.cases.AlreadyGone.make({ job: "1.2" })
]

const left = WithdrawnJob.cases.Left.make({ job: "1.3", handle: handleOf("1.3", 3), detail: "does\nnot go" })

const withdrawing = (answer: Omit<Withdrawal, "key">) => {
  const asked: Array<string> = []
  const { backend } = backendOf({
    withdraw: (key) => {
      asked.push(key)
      return { key, ...answer }
    }
  })
  return { asked, backend }
}

describe("htcondor-ce withdraw", () => {
  it.effect("prints what became of each job of the key", () =>
    Effect.gen(function*() {
      const { asked, backend } = withdrawing({ jobs, complete: true })
      const { code, stderr, stdout } = yield* run(["withdraw", "k1"], { backend })
      assert.deepStrictEqual([code, stderr], [0, ["3 jobs: 1 AlreadyGone, 1 Cancelled, 1 Purged"]])
      assert.deepStrictEqual(stdout, [
        "JOB  COPY  STATUS",
        "1.0  0     Cancelled",
        "1.1  1     Purged",
        "1.2        AlreadyGone"
      ])
      const names = yield* run(["withdraw", "k1", "-o", "name"], { backend })
      assert.deepStrictEqual(names.stdout, [handleOf("1.0"), handleOf("1.1", 1)].map(String))
      const json = yield* run(["withdraw", "k1", "--json"], { backend })
      assert.deepStrictEqual(yield* document(json.stdout), {
        key,
        complete: true,
        jobs: [
          { _tag: "Cancelled", job: "1.0", handle: String(handleOf("1.0")) },
          { _tag: "Purged", job: "1.1", handle: String(handleOf("1.1", 1)) },
          { _tag: "AlreadyGone", job: "1.2" }
        ]
      })
      assert.deepStrictEqual(asked, ["k1", "k1", "k1"])
    }))

  it.effect("succeeds if there is nothing", () =>
    Effect.gen(function*() {
      const { backend } = withdrawing({ jobs: [], complete: true })
      assert.deepStrictEqual(yield* run(["withdraw", "k1"], { backend }), { code: 0, stdout: [], stderr: ["0 jobs"] })
    }))

  it.effect("fails if something is left, and says what to do", () =>
    Effect.gen(function*() {
      for (const jobsLeft of [[left], []]) {
        const { backend } = withdrawing({ jobs: jobsLeft, complete: false })
        const { code, stderr, stdout } = yield* run(["withdraw", "k1"], { backend })
        assert.strictEqual(code, 1)
        assert.deepStrictEqual(stdout.slice(1), jobsLeft.map(() => "1.3  3     Left    does not go"))
        assert.strictEqual(stderr[1], "some jobs of k1 are left: withdraw it again later")
      }
    }))

  it.effect("needs one key, and a CE", () =>
    Effect.gen(function*() {
      const { asked, backend } = withdrawing({ jobs, complete: true })
      assert.strictEqual((yield* run(["withdraw"], { backend })).code, 2)
      assert.strictEqual((yield* run(["withdraw", "k1"], { backend, env: {} })).code, 2)
      assert.deepStrictEqual(asked, [])
    }))
})
