import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Result } from "effect"
import { AuthenticationFailed } from "../../src/contract/BackendError.ts"
import type { CancelOutcome } from "../../src/contract/Capability.ts"
import { AlreadyRetrieved, LimitExceeded, NotFinished, NotOwner, UnknownJob } from "../../src/contract/JobError.ts"
import { type JobHandle, toText } from "../../src/contract/JobHandle.ts"
import { backendOf, cases, document, handleOf, outputOf, run } from "./utils.ts"

const all = ["1.0", "1.1", "1.2", "1.3"].map((job, copy) => handleOf(job, copy))
const texts = all.map(String)
const [first, second, third, fourth] = texts

const table = <A>(...answers: ReadonlyArray<A>) => (handle: JobHandle): A | undefined => answers[handle.copy]

const orElse = <A, B>(answer: (handle: JobHandle) => A | undefined, other: B) => (handle: JobHandle): A | B =>
  answer(handle) ?? other

describe("htcondor-ce fetch", () => {
  it.effect("prints where the output is, and why there is none", () =>
    Effect.gen(function*() {
      const retrievedAt = DateTime.makeUnsafe("2026-01-02T03:04:05Z")
      const { asked, backend } = backendOf({
        fetch: (handle) =>
          orElse(
            table<Result.Result<ReturnType<typeof outputOf>, AlreadyRetrieved | NotFinished>>(
              Result.succeed(outputOf(handle)),
              Result.fail(new AlreadyRetrieved({ handle, retrievedAt, manifest: "/old/manifest.json" })),
              Result.fail(new NotFinished({ handle, status: cases.Running.make({}) }))
            ),
            Result.fail(new LimitExceeded({ handle, limit: "maxFiles", allowed: 1, actual: 2 }))
          )(handle)
      })
      const { code, stdout } = yield* run(["fetch", ...texts, "--dest", "out", "--json"], { backend })
      assert.strictEqual(code, 1)
      assert.deepStrictEqual(asked.destinations, ["out"])
      assert.deepStrictEqual(yield* document(stdout), {
        outcomes: {
          [first ?? ""]: {
            _tag: "Retrieved",
            stdout: { path: "/dest/1.0/stdout", size: 3 },
            stderr: { path: "/dest/1.0/stderr", size: 3 },
            log: { path: "/dest/1.0/job.log", size: 3 },
            files: [{ name: "result", path: "/dest/1.0/result", size: 3 }],
            exit: { _tag: "Code", code: 0 },
            directory: "/dest/1.0",
            manifest: "/dest/1.0/manifest.json",
            released: true
          },
          [second ?? ""]: {
            _tag: "AlreadyRetrieved",
            retry: "Never",
            message: "the output of job 1.1 was retrieved at 2026-01-02T03:04:05.000Z, see /old/manifest.json",
            retrievedAt: "2026-01-02T03:04:05.000Z",
            manifest: "/old/manifest.json"
          },
          [third ?? ""]: {
            _tag: "NotFinished",
            retry: "Later",
            message: "job 1.2 has not completed, it is Running",
            status: { _tag: "Running" }
          },
          [fourth ?? ""]: {
            _tag: "LimitExceeded",
            retry: "AfterRepair",
            message: "the output of job 1.3 exceeds maxFiles: 2 of 1 files allowed",
            limit: "maxFiles",
            allowed: 1,
            actual: 2
          }
        }
      })
    }))

  it.effect("succeeds when every id did", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({ fetch: (handle) => Result.succeed(outputOf(handle)) })
      const { code, stderr, stdout } = yield* run(["fetch", first ?? "", "--dest", "/dest"], { backend })
      assert.deepStrictEqual([code, stdout], [0, [
        "JOB  KEY   STATUS     DETAIL",
        "1.0  k1/0  Retrieved  exit 0, /dest/1.0"
      ]])
      assert.deepStrictEqual(stderr, ["1 job: 1 Retrieved"])
    }))

  it.effect("exits with 1 and says so when the compute element did not release a job", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({
        fetch: (handle) => Result.succeed({ ...outputOf(handle), released: handle.copy !== 0 })
      })
      const all = [first ?? "", second ?? "", "--dest", "/dest"]
      const shown = yield* run(["fetch", ...all], { backend })
      assert.strictEqual(shown.code, 1)
      assert.deepStrictEqual(shown.stdout.map((line) => line.includes("not released")), [false, true, false])
      const { code, stdout } = yield* run(["fetch", ...all, "--json"], { backend })
      assert.strictEqual(code, 1)
      assert.match(stdout.join(""), /"released":false.*"released":true/)
    }))

  it.effect("needs a destination", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({ fetch: (handle) => Result.succeed(outputOf(handle)) })
      for (const rest of [[], ["--dest", ""]]) {
        const { code, stdout } = yield* run(["fetch", first ?? "", ...rest], { backend })
        assert.deepStrictEqual([code, stdout], [2, []])
      }
    }))
})

describe("htcondor-ce cancel", () => {
  it.effect("prints one outcome per id", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({
        cancel: (handle) =>
          orElse(
            table<Result.Result<CancelOutcome, UnknownJob>>(
              Result.succeed({ _tag: "Cancelled" }),
              Result.succeed({ _tag: "AlreadyFinished", output: "Gone" }),
              Result.fail(new UnknownJob({ handle }))
            ),
            Result.fail(new NotOwner({ handle, owner: "other" }))
          )(handle)
      })
      const { code, stdout } = yield* run(["cancel", ...texts, "--json"], { backend })
      assert.strictEqual(code, 1)
      assert.deepStrictEqual(yield* document(stdout), {
        outcomes: {
          [first ?? ""]: { _tag: "Cancelled" },
          [second ?? ""]: { _tag: "AlreadyFinished", output: "Gone" },
          [third ?? ""]: {
            _tag: "UnknownJob",
            retry: "Never",
            message: "ce.example.org:9619 knows no job 1.2 of submission k1"
          },
          [fourth ?? ""]: { _tag: "NotOwner", retry: "Never", message: "job 1.3 belongs to other", owner: "other" }
        }
      })
      assert.strictEqual((yield* run(["cancel", ...texts.slice(0, 2)], { backend })).code, 0)
    }))
})

describe("htcondor-ce purge", () => {
  it.effect("prints one outcome per id", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({
        purge: (handle) =>
          handle.copy === 0
            ? Result.succeed({ _tag: "Purged" })
            : Result.fail(new NotFinished({ handle, status: cases.Running.make({}) }))
      })
      const { code, stdout } = yield* run(["purge", ...texts.slice(0, 2)], { backend })
      assert.deepStrictEqual([code, stdout], [1, [
        "JOB  KEY   STATUS       DETAIL",
        "1.0  k1/0  Purged",
        "1.1  k1/1  NotFinished  job 1.1 has not completed, it is Running"
      ]])
    }))
})

describe("a failure of the whole operation", () => {
  const fail = new AuthenticationFailed({
    endpoint: "ce.example.org:9619",
    report: { tool: "condor_q", exitCode: 1, output: "no\nway" }
  })
  const message = "ce.example.org:9619 does not accept the credential (condor_q exited with 1: no way)"
  const advice = "run \"htcondor-ce doctor --ce ce.example.org:9619\" to see what is wrong"
  for (const args of [["status"], ["status", "--watch"], ["wait"], ["fetch", "--dest", "d"], ["cancel"], ["purge"]]) {
    it.effect(`is the one document of ${args.join(" ")}`, () =>
      Effect.gen(function*() {
        const { backend } = backendOf({ fail })
        const json = yield* run([...args, toText(handleOf("1.0")), "--json"], { backend })
        assert.strictEqual(json.code, 3)
        assert.deepStrictEqual(yield* document(json.stdout), {
          error: { _tag: "AuthenticationFailed", message, retry: "AfterRepair", advice }
        })
        const people = yield* run([...args, toText(handleOf("1.0"))], { backend })
        assert.deepStrictEqual(people, {
          code: 3,
          stdout: [],
          stderr: [`htcondor-ce: ${message}`, `htcondor-ce: ${advice}`]
        })
      }))
  }

  it.effect("a bug has no stack trace and no exit code of its own", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* run(["cancel", toText(handleOf("1.0")), "--json"], {
        backend: backendOf({}).backend
      })
      assert.strictEqual(code, 3)
      assert.deepStrictEqual(yield* document(stdout), {
        error: { _tag: "InternalError", message: "the test has no answer for this" }
      })
      assert.deepStrictEqual(stderr, ["htcondor-ce: the test has no answer for this"])
    }))
})
