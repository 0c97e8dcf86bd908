import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Result, Stream } from "effect"
import { AuthenticationFailed } from "../../src/contract/BackendError.ts"
import type { CancelOutcome } from "../../src/contract/Capability.ts"
import {
  AlreadyRetrieved,
  LimitExceeded,
  NotFinished,
  NotOwner,
  UnknownJob,
  UnreadableJob,
  WrongEndpoint
} from "../../src/contract/JobError.ts"
import { type JobHandle, toText } from "../../src/contract/JobHandle.ts"
import type { JobStatus } from "../../src/contract/JobStatus.ts"
import { held } from "../contract/Statuses.ts"
import { backendOf, cases, directory, document, handleOf, outputOf, run } from "./utils.ts"

const all = ["1.0", "1.1", "1.2", "1.3"].map((job, copy) => handleOf(job, copy))
const texts = all.map(String)
const [first, second, third, fourth] = texts

const table = <A>(...answers: ReadonlyArray<A>) => (handle: JobHandle): A | undefined => answers[handle.copy]

const orElse = <A, B>(answer: (handle: JobHandle) => A | undefined, other: B) => (handle: JobHandle): A | B =>
  answer(handle) ?? other

describe("htcondor-ce status", () => {
  const statuses = orElse(
    table<Result.Result<JobStatus, WrongEndpoint>>(
      Result.succeed(cases.Running.make({})),
      Result.succeed(cases.Completed.make({ exit: { _tag: "Signal", signal: 9 }, output: "Gone" })),
      Result.succeed(held({ reason: "no\nfile" }))
    ),
    Result.succeed(cases.Unknown.make({}))
  )

  it.effect("prints one status per handle, in the order asked; Unknown is no failure", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({ status: statuses })
      const { code, stderr, stdout } = yield* run(["status", "--json", ...texts, first ?? ""], { backend })
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(stderr, [])
      assert.strictEqual(
        stdout.join(),
        `{"outcomes":{"${first}":{"_tag":"Running"},` +
          `"${second}":{"_tag":"Completed","exit":{"_tag":"Signal","signal":9},"output":"Gone"},` +
          `"${third}":{"_tag":"Held","code":12,"subcode":2,"name":"TransferOutputError","reason":"no\\nfile",` +
          `"cause":"Payload","advice":"Resubmit.","copied":true},` +
          `"${fourth}":{"_tag":"Unknown"}}}`
      )
    }))

  it.effect("prints a line per job for people, and the counts beside it", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({ status: statuses })
      const { code, stderr, stdout } = yield* run(["status", ...texts], { backend })
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(stdout, [
        `${first}  Running`,
        `${second}  Completed  signal 9, its output is not at the compute element`,
        `${third}  Held       no file, advice: Resubmit.`,
        `${fourth}  Unknown`
      ])
      assert.deepStrictEqual(stderr, ["4 jobs: 1 Completed, 1 Held, 1 Running, 1 Unknown"])
    }))

  it.effect("takes handles from arguments and from a file together", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({ status: statuses })
      const submitted = { key: "k1", handles: [second], failures: [], warnings: [], adopted: true }
      const files = yield* directory({
        "strings.json": [second],
        "objects.json": [{ ...all[1] }],
        "submitted.json": submitted
      })
      for (const name of ["strings.json", "objects.json", "submitted.json"]) {
        const { code, stdout } = yield* run(["status", first ?? "", "--handles", files.at(name), "--json"], { backend })
        assert.strictEqual(code, 0)
        assert.deepStrictEqual(yield* document(stdout), {
          outcomes: {
            [first ?? ""]: { _tag: "Running" },
            [second ?? ""]: { _tag: "Completed", exit: { _tag: "Signal", signal: 9 }, output: "Gone" }
          }
        })
      }
    }))

  it.effect("has nothing to say about an empty list", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({ status: statuses })
      const files = yield* directory({ "none.json": [] })
      const { code, stdout } = yield* run(["status", "--handles", files.at("none.json"), "--json"], { backend })
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(yield* document(stdout), { outcomes: {} })
      const people = yield* run(["status", "--handles", files.at("none.json")], { backend })
      assert.deepStrictEqual(people, { code: 0, stdout: [], stderr: ["0 jobs"] })
    }))

  const wrong: ReadonlyArray<readonly [what: string, content: unknown, says: RegExp]> = [
    ["text", "nonsense", /list\.json: Expected a valid JSON string/],
    ["a number in the list", [first, 5], /list\.json: .* at \[1\]/],
    ["no handle", ["a/b"], /list\.json: Expected a job handle: .* at \[0\]/],
    [
      "a handle of another version",
      ["htcondor-ce/2/ce:9619/ce/7.0/k1/0"],
      /list\.json: Expected a job handle: .* at \[0\]/
    ],
    [
      "a handle of another version as JSON",
      [{ ...all[0], version: 2 }],
      /list\.json: Expected .*"version": 1, .* at \[0\]/
    ],
    ["a handle without key", [{ ...all[0], key: undefined }], /list\.json: Missing key at \[0\]\["key"\]/]
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

  it.effect("refuses no handles and wrong handles", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({ status: statuses })
      for (const args of [[], ["foo"], ["--handles", "/nowhere"], [first ?? "", "--interval", "0"]]) {
        const { code, stdout } = yield* run(["status", ...args], { backend })
        assert.deepStrictEqual([code, stdout], [2, []], args.join())
      }
    }))

  it.effect("--watch follows to the end, and passes over what cannot be followed", () =>
    Effect.gen(function*() {
      const [one, two, three] = all
      if (one === undefined || two === undefined || three === undefined) return assert.fail("three handles are needed")
      const done = cases.Completed.make({ exit: { _tag: "Code", code: 0 }, output: "Kept" })
      const { backend } = backendOf({
        status: orElse(
          table<Result.Result<JobStatus, WrongEndpoint>>(
            Result.succeed(cases.Waiting.make({})),
            Result.fail(new WrongEndpoint({ handle: two, endpoint: "here" }))
          ),
          Result.succeed(cases.Running.make({}))
        ),
        watch: Stream.fromIterable([{ handle: one, outcome: Result.succeed(cases.Running.make({})) }]).pipe(
          Stream.concat(Stream.fromIterable([{ handle: one, outcome: Result.succeed(done) }])),
          Stream.concat(
            Stream.fromIterable([
              { handle: three, outcome: Result.fail(new UnreadableJob({ handle: three, detail: "garbled" })) }
            ])
          )
        )
      })
      const args = ["status", ...texts.slice(0, 3), "--watch", "--interval", "0.5", "--json"]
      const { code, stderr, stdout } = yield* run(args, { backend })
      assert.strictEqual(code, 1)
      assert.deepStrictEqual(stderr, [
        "3 jobs: 1 Running, 1 Waiting, 1 WrongEndpoint",
        "3 jobs: 2 Running, 1 WrongEndpoint",
        "3 jobs: 1 Completed, 1 Running, 1 WrongEndpoint",
        "3 jobs: 1 Completed, 1 UnreadableJob, 1 WrongEndpoint"
      ])
      assert.deepStrictEqual(yield* document(stdout), {
        outcomes: {
          [first ?? ""]: { _tag: "Completed", exit: { _tag: "Code", code: 0 }, output: "Kept" },
          [second ?? ""]: {
            _tag: "WrongEndpoint",
            retry: "Never",
            message: "job 1.1 belongs to ce.example.org:9619 (ce.example.org), not to here",
            endpoint: "here"
          },
          [third ?? ""]: { _tag: "UnreadableJob", retry: "Later", message: "job 1.2: garbled", detail: "garbled" }
        }
      })
    }))
})

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
      assert.deepStrictEqual([code, stdout], [0, [`${first}  Retrieved  exit 0, /dest/1.0`]])
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
      assert.deepStrictEqual(shown.stdout.map((line) => line.includes("not released")), [true, false])
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

describe("a failure of the whole operation", () => {
  const fail = new AuthenticationFailed({
    endpoint: "ce.example.org:9619",
    report: { tool: "condor_q", exitCode: 1, output: "no\nway" }
  })
  const message = "ce.example.org:9619 does not accept the credential (condor_q exited with 1: no way)"
  for (const args of [["status"], ["status", "--watch"], ["fetch", "--dest", "d"], ["cancel"]]) {
    it.effect(`is the one document of ${args.join(" ")}`, () =>
      Effect.gen(function*() {
        const { backend } = backendOf({ fail })
        const json = yield* run([...args, toText(handleOf("1.0")), "--json"], { backend })
        assert.strictEqual(json.code, 3)
        assert.deepStrictEqual(yield* document(json.stdout), {
          error: { _tag: "AuthenticationFailed", message, retry: "AfterRepair" }
        })
        const people = yield* run([...args, toText(handleOf("1.0"))], { backend })
        assert.deepStrictEqual(people, { code: 3, stdout: [], stderr: [`htcondor-ce: ${message}`] })
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
