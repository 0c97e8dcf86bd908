import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import { AuthenticationFailed, CEUnavailable } from "../../src/contract/BackendError.ts"
import type { CancelOutcome, ReleaseOutcome } from "../../src/contract/Capability.ts"
import {
  AlreadyRetrieved,
  LimitExceeded,
  NotFinished,
  NotHeld,
  NotOwner,
  ReleaseFutile,
  StatusUnavailable,
  UnknownJob
} from "../../src/contract/JobError.ts"
import { JobHandle, toText } from "../../src/contract/JobHandle.ts"
import { JobRecord } from "../../src/contract/JobRecord.ts"
import type { JobStatus } from "../../src/contract/JobStatus.ts"
import type { PartialOutput } from "../../src/contract/PartialOutput.ts"
import { held } from "../contract/Statuses.ts"
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

describe("htcondor-ce release", () => {
  it.effect("prints one outcome per id, with the advice where a release does not help", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({
        release: (handle) =>
          orElse(
            table<Result.Result<ReleaseOutcome, NotHeld>>(
              Result.succeed({ _tag: "Released" }),
              Result.fail(new NotHeld({ handle, status: cases.Running.make({}) }))
            ),
            Result.fail(new ReleaseFutile({ handle, status: held(), advice: "Cancel it." }))
          )(handle)
      })
      const { code, stdout } = yield* run(["release", ...texts.slice(0, 3), "--json"], { backend })
      assert.strictEqual(code, 1)
      assert.deepStrictEqual(yield* document(stdout), {
        outcomes: {
          [first ?? ""]: { _tag: "Released" },
          [second ?? ""]: {
            _tag: "NotHeld",
            retry: "Never",
            message: "job 1.1 is not held, it is Running",
            status: { _tag: "Running" }
          },
          [third ?? ""]: {
            _tag: "ReleaseFutile",
            retry: "AfterRepair",
            message: "a release of job 1.2 does not help, it is Held: no output; Cancel it.",
            status: { ...held() },
            advice: "Cancel it."
          }
        }
      })
      assert.strictEqual((yield* run(["release", first ?? ""], { backend })).code, 0)
    }))
})

describe("htcondor-ce describe", () => {
  const at = (seconds: number) => DateTime.makeUnsafe(seconds * 1000)
  const record = (handle: JobHandle): JobRecord => ({
    version: 1,
    handle,
    status: cases.Completed.make({ exit: { _tag: "Code", code: 0 }, output: "Kept" }),
    times: { submitted: at(0), started: at(60), ended: at(3660) },
    usage: { wallTime: 3600, cpu: 3500, memory: 239 * 1024 ** 2, bytesIn: 2048 },
    holds: { TransferOutputError: 1 }
  })

  it.effect("prints times and usage in a row for each job", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({
        describe: (handle) =>
          handle.copy === 0
            ? Result.succeed(record(handle))
            : Result.fail(
              new StatusUnavailable({
                handle,
                error: new CEUnavailable({ endpoint: handle.endpoint, detail: "does not answer" })
              })
            )
      })
      const { code, stderr, stdout } = yield* run(["describe", first ?? "", second ?? ""], { backend })
      assert.deepStrictEqual([code, stderr], [1, ["2 jobs: 1 Completed, 1 StatusUnavailable"]])
      assert.deepStrictEqual(stdout.slice(0, 2), [
        "JOB  KEY   STATUS             SUBMITTED             STARTED               ENDED                 WALL  CPU     MEMORY   DETAIL",
        "1.0  k1/0  Completed          1970-01-01T00:00:00Z  1970-01-01T00:01:00Z  1970-01-01T01:01:00Z  1h    58m20s  239 MiB  exit 0"
      ])
      const wide = yield* run(["describe", first ?? "", "-o", "wide"], { backend })
      assert.match(wide.stdout[0] ?? "", /MEMORY +IN +HOLDS +HANDLE/)
      assert.match(wide.stdout[1] ?? "", /2 KiB +1 TransferOutputError +htcondor-ce\//)
    }))

  it.effect("-o wide shows the run time of running jobs only", () =>
    Effect.gen(function*() {
      const runTimeOf = Effect.fnUntraced(function*(status: JobStatus) {
        const { backend } = backendOf({
          describe: (handle) => Result.succeed({ version: 1, handle, status, times: { started: at(0) } })
        })
        const { stdout } = yield* run(["describe", first ?? "", "-o", "wide"], { backend })
        return /RUN TIME/.test(stdout[0] ?? "")
      })
      yield* TestClock.adjust("1 minute")
      assert.isTrue(yield* runTimeOf(cases.Running.make({})))
      assert.isTrue(yield* runTimeOf(cases.Suspended.make({})))
      assert.isFalse(yield* runTimeOf(cases.Finishing.make({})))
      assert.isFalse(yield* runTimeOf(held()))
    }))

  it.effect("prints the record of each job as JSON, which its schema reads", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({ describe: (handle) => Result.succeed(record(handle)) })
      const { code, stdout } = yield* run(["describe", first ?? "", "--json"], { backend })
      const decoded = Schema.decodeUnknownEffect(
        Schema.Struct({ outcomes: Schema.Record(Schema.String, Schema.toCodecJson(JobRecord)) })
      )
      assert.strictEqual(code, 0)
      assert.deepStrictEqual((yield* decoded(yield* document(stdout))).outcomes, {
        [first ?? ""]: record(handleOf("1.0"))
      })
    }))
})

describe("htcondor-ce fetch --held", () => {
  const partial = (handle: JobHandle): PartialOutput => ({
    handle,
    directory: `/dest/${handle.job}.held`,
    record: `/dest/${handle.job}.held/record.json`,
    stdout: { name: "stdout", path: `/dest/${handle.job}.held/stdout`, size: 3, mode: 0o644 },
    files: [],
    missing: ["result"],
    hold: held(),
    whole: false,
    complete: false,
    fetchedAt: DateTime.makeUnsafe("2026-01-02T03:04:05Z")
  })
  const other = JobHandle.make({ ...handleOf("9.0"), endpoint: "other.example.org:9619" })

  it.effect("prints where the files are, what is missing, and why there are none", () =>
    Effect.gen(function*() {
      const { asked, backend } = backendOf({
        fetchHeld: (handle) =>
          handle.copy === 0
            ? Result.succeed(partial(handle))
            : Result.fail(new NotHeld({ handle, status: cases.Running.make({}) }))
      })
      const args = ["fetch", "--held", "--dest", "out"]
      const { code, stdout } = yield* run([...args, first ?? "", second ?? ""], { backend })
      assert.deepStrictEqual([code, stdout], [1, [
        "JOB  KEY   STATUS   DETAIL",
        "1.0  k1/0  Partial  /dest/1.0.held, files may be truncated, missing: result",
        "1.1  k1/1  NotHeld  job 1.1 is not held, it is Running"
      ]])
      assert.deepStrictEqual(asked.destinations, ["out", "out"])
      const json = yield* run([...args, first ?? "", "--json"], { backend })
      assert.strictEqual(json.code, 0)
      assert.deepStrictEqual(yield* document(json.stdout), {
        outcomes: {
          [first ?? ""]: {
            _tag: "Partial",
            directory: "/dest/1.0.held",
            record: "/dest/1.0.held/record.json",
            stdout: { name: "stdout", path: "/dest/1.0.held/stdout", size: 3 },
            files: [],
            missing: ["result"],
            hold: { ...held() },
            whole: false,
            complete: false,
            fetchedAt: "2026-01-02T03:04:05.000Z"
          }
        }
      })
    }))

  it.effect("a CE that fails is only the outcome of its jobs", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({
        fetchHeld: (handle) => Result.succeed(partial(handle)),
        fail: ({ endpoint }) =>
          endpoint.startsWith("other") ? new CEUnavailable({ endpoint, detail: "does not answer" }) : undefined
      })
      const args = ["fetch", "--held", "--dest", "out", first ?? "", String(other)]
      const { code, stdout } = yield* run(args, { backend, env: {} })
      assert.strictEqual(code, 1)
      assert.match(stdout.join("\n"), /ce\.example\.org:9619 +1\.0 +k1\/0 +Partial/)
      assert.match(stdout.join("\n"), /other\.example\.org:9619 +9\.0 +k1\/0 +CEUnavailable/)
    }))
})

describe("a failure of the whole operation", () => {
  const fail = new AuthenticationFailed({
    endpoint: "ce.example.org:9619",
    report: { tool: "condor_q", exitCode: 1, output: "no\nway" }
  })
  const message = "ce.example.org:9619 does not accept the credential (condor_q exited with 1: no way)"
  const advice = "run \"htcondor-ce doctor --ce ce.example.org:9619\" to see what is wrong"
  for (
    const args of [
      ["status"],
      ["status", "--watch"],
      ["wait"],
      ["describe"],
      ["fetch", "--dest", "d"],
      ["fetch", "--held", "--dest", "d"],
      ["release"],
      ["cancel"],
      ["purge"]
    ]
  ) {
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

  it.effect("a bug prints no stack trace, and has no special exit code", () =>
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
