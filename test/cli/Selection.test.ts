import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Result } from "effect"
import { CEUnavailable } from "../../src/contract/BackendError.ts"
import { JobHandle } from "../../src/contract/JobHandle.ts"
import { backendOf, cases, directory, document, handleOf, reporting, run } from "./utils.ts"

const at = (endpoint: string, scheduler: string, job: string, backend = "htcondor-ce") =>
  JobHandle.make({ ...handleOf(job), backend, endpoint, scheduler })

const one = at("one:9619", "schedd.one", "1.0")
const two = at("two:9619", "schedd@two", "1.0")
const oneAgain = at("ONE.:9619", "schedd.one", "2.0")
const byHost = at("three:9619", "submit@host@submit.example.org:9618", "3.0", "htcondor-ce-grid")
const all = [one, two, oneAgain, byHost]

const running = () => Result.succeed(cases.Running.make({}))

const unavailable = (endpoint: string) => new CEUnavailable({ endpoint, detail: "does not answer" })

describe("jobs of several compute elements", () => {
  it.effect("each is asked for its own, by the route of the handles, whatever the flags say", () =>
    Effect.gen(function*() {
      const { asked, backend } = backendOf({ status: running })
      const files = yield* directory({ "handles.txt": all.map(String).join("\n") })
      const flags = ["--ce", "other", "--schedd", "other", "--local-pool", "other"]
      const { code, stdout } = yield* run(["status", "--handles", files.at("handles.txt"), ...flags], { backend })
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(asked.connections.map(({ endpoint, route, schedd }) => [endpoint, schedd, route]), [
        ["one:9619", "schedd.one", undefined],
        ["two:9619", "schedd@two", undefined],
        ["three:9619", undefined, { _tag: "Grid", pool: "submit.example.org:9618", schedd: "submit@host" }]
      ])
      assert.deepStrictEqual(stdout, [
        "CE          JOB  KEY   STATUS",
        "one:9619    1.0  k1/0  Running",
        "two:9619    1.0  k1/0  Running",
        "ONE.:9619   2.0  k1/0  Running",
        "three:9619  3.0  k1/0  Running"
      ])
    }))

  it.effect("needs no --ce", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({ cancel: () => Result.succeed({ _tag: "Cancelled" }) })
      const { code } = yield* run(["cancel", ...all.map(String)], { backend, env: {} })
      assert.strictEqual(code, 0)
    }))

  it.effect("a CE that fails is only the outcome of its jobs", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({
        status: running,
        fail: ({ endpoint }) => endpoint.startsWith("two") ? unavailable(endpoint) : undefined
      })
      for (const flags of [[], ["--check"]]) {
        const { code, stdout } = yield* run(["status", String(one), String(two), "--json", ...flags], { backend })
        assert.strictEqual(code, 1)
        assert.deepStrictEqual(yield* document(stdout), {
          outcomes: {
            [String(one)]: { _tag: "Running" },
            [String(two)]: {
              _tag: "CEUnavailable",
              message: "two:9619 does not answer",
              retry: "Later",
              advice: "run \"htcondor-ce doctor --ce two:9619\" to see what is wrong"
            }
          }
        })
      }
    }))

  it.effect("CEs that hang are waited for beside others, and keep none of dozens from being asked", () =>
    Effect.gen(function*() {
      const handles = Array.from({ length: 40 }, (_, index) => at(`ce-${index}:9619`, `schedd.${index}`, "1.0"))
      const last = yield* Deferred.make<void>()
      const { backend } = backendOf({ status: running })
      const slow = reporting(backend, (reporter, endpoint) => ({
        status: (some) =>
          Effect.andThen(
            endpoint === "ce-39:9619" ? Deferred.succeed(last, undefined) : Deferred.await(last),
            reporter.status(some)
          )
      }))
      const { code, stdout } = yield* run(["status", ...handles.map(String)], { backend: slow })
      assert.deepStrictEqual([code, stdout.length], [0, 41])
    }))

  it.effect("the operation fails if all CEs fail, and reports each", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({ fail: ({ endpoint }) => unavailable(endpoint) })
      const { code, stderr } = yield* run(["status", String(one), String(two)], { backend })
      assert.strictEqual(code, 3)
      assert.deepStrictEqual(stderr, [
        "htcondor-ce: two:9619 does not answer",
        "htcondor-ce: one:9619 does not answer",
        "htcondor-ce: run \"htcondor-ce doctor --ce one:9619\" to see what is wrong"
      ])
    }))
})

describe("--key", () => {
  const local = handleOf("7.0")

  it.effect("names the jobs that the CE has of it, beside handles", () =>
    Effect.gen(function*() {
      const { asked, backend } = backendOf({
        status: running,
        reconcile: (key) => ({ _tag: "Submitted", handles: key === "k1" ? [local] : [] })
      })
      const args = ["status", "--key", "k1", "--schedd", "ce.example.org", String(one), String(local), "-o", "name"]
      const { code, stdout } = yield* run(args, { backend })
      assert.deepStrictEqual([code, stdout], [0, [String(one), String(local)]])
      // The one of the key is opened once.
      assert.deepStrictEqual(asked.connections.map(({ endpoint }) => endpoint), ["ce.example.org", "one:9619"])
    }))

  it.effect("needs a CE, and jobs that it has", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({ reconcile: () => ({ _tag: "Absent" }) })
      assert.strictEqual((yield* run(["cancel", "--key", "k1"], { backend, env: {} })).code, 2)
      const { code, stdout } = yield* run(["cancel", "--key", "k1", "--json"], { backend })
      assert.strictEqual(code, 3)
      assert.deepStrictEqual(yield* document(stdout), {
        error: {
          _tag: "UnknownSubmission",
          message: "ce.example.org has no jobs of submission k1",
          retry: "Never"
        }
      })
    }))
})

describe("htcondor-ce reconcile", () => {
  it.effect("prints the handles of a key, and fails if that is not all", () =>
    Effect.gen(function*() {
      const handles = [handleOf("7.0")]
      const states = [["Submitted", 0], ["Incomplete", 1], ["Staging", 1], ["Duplicated", 1]] as const
      for (const [_tag, expected] of states) {
        const { backend } = backendOf({ reconcile: () => ({ _tag, handles }) })
        const { code, stderr, stdout } = yield* run(["reconcile", "k1"], { backend })
        assert.deepStrictEqual([code, stdout], [expected, handles.map(String)])
        assert.match(stderr.join("\n"), new RegExp(`^1 job of k1, ${_tag}: `))
        const json = yield* run(["reconcile", "k1", "--json"], { backend })
        assert.deepStrictEqual(yield* document(json.stdout), { _tag, key: "k1", handles: handles.map(String) })
      }
      const { backend } = backendOf({ reconcile: () => ({ _tag: "Absent" }) })
      assert.strictEqual((yield* run(["reconcile", "k1"], { backend })).code, 1)
    }))
})
