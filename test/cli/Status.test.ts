import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Context, DateTime, type Duration, Effect, Fiber, Layer, Result, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as HTCondorCE from "../../src/ce/HTCondorCE.ts"
import type * as Backend from "../../src/cli/Backend.ts"
import * as Connection from "../../src/cli/Connection.ts"
import { CEUnavailable } from "../../src/contract/BackendError.ts"
import type { StatusChange } from "../../src/contract/Capability.ts"
import { UnreadableJob, WrongEndpoint } from "../../src/contract/JobError.ts"
import { JobHandle } from "../../src/contract/JobHandle.ts"
import type { Exit, JobStatus } from "../../src/contract/JobStatus.ts"
import * as Credential from "../../src/credentials/Credential.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import { held, removed } from "../contract/Statuses.ts"
import { backendOf, cases, directory, document, handleOf, reporting, run } from "./utils.ts"

const all = ["1.0", "1.1", "1.2", "1.3"].map((job, copy) => handleOf(job, copy))
const texts = all.map(String)
const [first, second, third, fourth] = texts

const handleAt = (host: string, job: string, copy: number) =>
  new JobHandle({ ...handleOf(job, copy), endpoint: `${host}:9619`, scheduler: host })

const table = <A>(...answers: ReadonlyArray<A>) => (handle: JobHandle): A | undefined => answers[handle.copy]

/** Runs the command, and lets one interval pass: the watch begins then. */
const runFor = Effect.fnUntraced(
  function*(interval: Duration.Input, ...[args, options]: Parameters<typeof run>) {
    const fiber = yield* Effect.forkChild(run(args, options))
    yield* TestClock.adjust(interval)
    return yield* Fiber.join(fiber)
  }
)

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
        "JOB  KEY   STATUS     HOLD                      DETAIL",
        "1.0  k1/0  Running",
        "1.1  k1/1  Completed                            signal 9, its output is not at the CE",
        "1.2  k1/2  Held       12/2 TransferOutputError  no file, advice: Resubmit.",
        "1.3  k1/3  Unknown"
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

  it.effect("-o wide shows the CE and the handle, -o name only handles", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({ status: statuses })
      const wide = yield* run(["status", first ?? "", "-o", "wide"], { backend })
      assert.deepStrictEqual(wide.stdout, [
        `CE                   JOB  KEY   STATUS   HANDLE`,
        `ce.example.org:9619  1.0  k1/0  Running  ${first}`
      ])
      const names = yield* run(["status", ...texts, "--format", "name"], { backend })
      assert.deepStrictEqual(names, { code: 0, stdout: texts, stderr: [] })
    }))

  it.effect("-o wide has the run time of a job that runs, where the CE says since when", () =>
    Effect.gen(function*() {
      const since = DateTime.makeUnsafe(0)
      const { backend } = backendOf({
        status: orElse(
          table<Result.Result<JobStatus>>(
            Result.succeed(cases.Running.make({ since })),
            Result.succeed(cases.Waiting.make({ since })),
            Result.succeed(cases.Completed.make({ since, exit: { _tag: "Unknown" }, output: "Kept" }))
          ),
          Result.succeed(cases.Running.make({}))
        )
      })
      yield* TestClock.adjust("90 minutes")
      const { stdout } = yield* run(["status", ...texts, "-o", "wide"], { backend })
      assert.deepStrictEqual(stdout.map((line) => line.slice(21).split(/ {2,}(?:HANDLE|htcondor-ce)/)[0]), [
        "JOB  KEY   STATUS     FOR    RUN TIME",
        "1.0  k1/0  Running    1h30m  1h30m",
        "1.1  k1/1  Waiting    1h30m",
        "1.2  k1/2  Completed  1h30m",
        "1.3  k1/3  Running"
      ])
    }))

  it.effect("-o json is --json, and of failures, too", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({ status: statuses })
      for (const args of [[first ?? ""], []]) {
        const json = yield* run(["status", ...args, "--json"], { backend })
        assert.strictEqual(json.stdout.length, 1)
        for (const flags of [["-o", "json"], ["-o=json"], ["--format", "json"], ["--format=json"]]) {
          assert.deepStrictEqual(yield* run(["status", ...args, ...flags], { backend }), json)
        }
      }
    }))

  it.effect("--check: exits with 1 if a payload has failed, or only held jobs are left", () =>
    Effect.gen(function*() {
      const done = (exit: Exit) => cases.Completed.make({ exit, output: "Kept" })
      const ok = done({ _tag: "Code", code: 0 })
      const running = cases.Running.make({})
      const rows: ReadonlyArray<readonly [code: number, ...statuses: ReadonlyArray<JobStatus>]> = [
        [0, ok, running],
        [0, held(), running],
        [0, done({ _tag: "Unknown" })],
        [1, held(), ok],
        [1, running, done({ _tag: "Code", code: 3 })],
        [1, running, done({ _tag: "Signal", signal: 9 })],
        [1, running, removed()],
        [1, running, cases.Unknown.make({})]
      ]
      for (const [code, ...answers] of rows) {
        const { backend } = backendOf({
          status: orElse((handle) => Result.succeed(answers[handle.copy] ?? ok), Result.succeed(ok))
        })
        const args = ["status", ...texts.slice(0, answers.length)]
        assert.strictEqual((yield* run([...args, "--check"], { backend })).code, code, JSON.stringify(answers))
        assert.strictEqual((yield* run(args, { backend })).code, 0)
      }
    }))

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
      const watch = ["status", ...texts.slice(0, 3), "--watch", "--interval", "0.5"]
      const why = {
        [second ?? ""]: "job 1.1 belongs to ce.example.org:9619 (ce.example.org), not to here",
        [third ?? ""]: "job 1.2: garbled"
      }
      const people = yield* runFor("500 millis", watch, { backend })
      assert.strictEqual(people.code, 1)
      const at = "1970-01-01T00:00:00.500Z ce.example.org:9619"
      assert.deepStrictEqual(people.stderr, [
        "3 jobs: 1 Running, 1 Waiting, 1 WrongEndpoint",
        `${at} 1.0 k1/0 Waiting -> Running`,
        `${at} 1.0 k1/0 Running -> Completed`,
        `${at} 1.2 k1/2 Running -> UnreadableJob: job 1.2: garbled`,
        "1 of 3 jobs could not be followed to the end",
        "3 jobs: 1 Completed, 1 UnreadableJob, 1 WrongEndpoint"
      ])
      assert.deepStrictEqual(people.stdout, [
        "JOB  KEY   STATUS         DETAIL",
        "1.0  k1/0  Completed      exit 0",
        `1.1  k1/1  WrongEndpoint  ${why[second ?? ""]}`,
        "1.2  k1/2  UnreadableJob  job 1.2: garbled"
      ])

      const { code, stderr, stdout } = yield* runFor("500 millis", [...watch, "--json"], { backend })
      assert.deepStrictEqual([code, stderr], [1, ["1 of 3 jobs could not be followed to the end"]])
      const documents = yield* Effect.forEach(stdout, (line) => document([line]))
      assert.deepStrictEqual(documents, [
        { handle: first, _tag: "Waiting" },
        {
          handle: second,
          _tag: "WrongEndpoint",
          retry: "Never",
          message: why[second ?? ""],
          endpoint: "here"
        },
        { handle: third, _tag: "Running" },
        { handle: first, _tag: "Running", previous: "Waiting" },
        { handle: first, _tag: "Completed", exit: { _tag: "Code", code: 0 }, output: "Kept", previous: "Running" },
        {
          handle: third,
          _tag: "UnreadableJob",
          retry: "Later",
          message: "job 1.2: garbled",
          detail: "garbled",
          previous: "Running"
        },
        { ended: "Unfollowed", message: "1 of 3 jobs could not be followed to the end" }
      ])
    }))

  const ok = cases.Completed.make({ exit: { _tag: "Code", code: 0 }, output: "Kept" })

  it.effect("--watch ends when only held jobs are left, and says so", () =>
    Effect.gen(function*() {
      const changes = Stream.make<Array<StatusChange>>({ handle: handleOf("1.0"), outcome: Result.succeed(ok) })
      const { backend } = backendOf({
        status: orElse(table<Result.Result<JobStatus>>(Result.succeed(cases.Running.make({}))), Result.succeed(held())),
        watch: Stream.concat(changes, Stream.never)
      })
      const people = yield* runFor("5 seconds", ["status", ...texts.slice(0, 3), "--watch"], { backend })
      assert.strictEqual(people.code, 1)
      const why = "only held jobs are left: 2 of 3. Release or cancel them"
      assert.include(people.stderr, why)
      const json = yield* runFor("5 seconds", ["status", ...texts.slice(0, 3), "--watch", "--json"], { backend })
      assert.strictEqual(json.code, 1)
      assert.deepStrictEqual(yield* document(json.stdout.slice(-1)), { ended: "OnlyHeld", message: why })
    }))

  it.effect("--watch: a CE that fails beside others costs no job the end that it was seen to come to, and is why it ends", () =>
    Effect.gen(function*() {
      const elsewhere = handleAt("other.example.org", "1.2", 2)
      const down = new CEUnavailable({ endpoint: "ce.example.org:9619", detail: "refused" })
      const { backend } = backendOf({ status: () => Result.succeed(cases.Running.make({})) })
      const watching = reporting(backend, (_, endpoint) => ({
        watch: () =>
          endpoint.startsWith("other")
            ? Stream.make({ handle: elsewhere, outcome: Result.succeed(ok) })
            : Stream.concat(
              Stream.make({ handle: handleOf("1.0"), outcome: Result.succeed(ok) }),
              Stream.fail(down)
            )
      }))
      const args = ["status", first ?? "", second ?? "", String(elsewhere), "--watch"]
      const { code, stderr, stdout } = yield* runFor("5 seconds", args, { backend: watching })
      assert.strictEqual(code, 1)
      assert.include(stderr, "1 of 3 jobs could not be followed to the end")
      assert.deepStrictEqual(stdout.map((line) => line.split(/ +/)[3]), [
        "STATUS",
        "Completed",
        "CEUnavailable",
        "Completed"
      ])
    }))

  it.effect("--watch asks no second question if all have ended, or are held", () =>
    Effect.gen(function*() {
      for (const [status, code] of [[ok, 0], [held(), 1]] as const) {
        const { backend } = backendOf({ status: () => Result.succeed(status) })
        assert.strictEqual((yield* run(["status", first ?? "", "--watch"], { backend })).code, code)
      }
    }))
})

describe("htcondor-ce wait", () => {
  const running = cases.Running.make({})
  const ok = cases.Completed.make({ exit: { _tag: "Code", code: 0 }, output: "Kept" })

  it.effect("--for running: returns when all jobs run or have run", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({
        status: orElse(table<Result.Result<JobStatus>>(Result.succeed(ok)), Result.succeed(cases.Waiting.make({}))),
        watch: Stream.concat(
          Stream.make<Array<StatusChange>>({ handle: handleOf("1.1", 1), outcome: Result.succeed(running) }),
          Stream.never
        )
      })
      const { code, stdout } = yield* runFor("5 seconds", ["wait", ...texts.slice(0, 2), "--for", "running"], {
        backend
      })
      assert.deepStrictEqual([code, stdout.slice(1)], [0, ["1.0  k1/0  Completed  exit 0", "1.1  k1/1  Running"]])
      assert.strictEqual((yield* run(["wait", first ?? "", "--for", "held"], { backend })).code, 2)
    }))

  it.effect("--timeout: fails when the time is over, and says what the jobs do", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({ status: () => Result.succeed(running), watch: Stream.never })
      const fiber = yield* Effect.forkChild(run(["wait", first ?? "", "--timeout", "60"], { backend }))
      yield* TestClock.adjust("1 minute")
      const { code, stderr, stdout } = yield* Fiber.join(fiber)
      assert.deepStrictEqual([code, stdout], [1, ["JOB  KEY   STATUS", "1.0  k1/0  Running"]])
      assert.include(stderr, "timed out: 1 of 1 jobs have not reached the state")
    }))

  it.effect("asks the CE once at the start, and again after the interval", () =>
    Effect.gen(function*() {
      const schedd = yield* Layer.build(FakeSchedd.layer())
      const backend: Backend.Backend = (connection) =>
        HTCondorCE.layer(Connection.config(connection)).pipe(
          Layer.provide(Layer.succeedContext(schedd)),
          Layer.provide(Credential.layerToken(FakeSchedd.token("pilot")))
        )
      const { at } = yield* directory({ "job.sh": "#!/bin/sh", "job.json": { executable: "job.sh" } })
      yield* Effect.gen(function*() {
        const submitted = yield* TimeLapse.run(run(["submit", at("job.json")], { backend }))
        assert.strictEqual(submitted.code, 0, submitted.stderr.join())
        const queriesIn = Effect.fnUntraced(function*(seconds: number) {
          const { calls } = Context.get(schedd, FakeSchedd.FakeSchedd)
          const before = (yield* calls).length
          const args = ["wait", ...submitted.stdout, "--interval", "5", "--timeout", String(seconds)]
          yield* TimeLapse.run(run(args, { backend }))
          return (yield* calls).slice(before).filter(({ tool }) => tool === "condor_q").length
        })
        assert.deepStrictEqual([yield* queriesIn(4), yield* queriesIn(6)], [1, 2])
      }).pipe(Effect.provide(schedd))
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("--timeout: holds for the first question, too", () =>
    Effect.gen(function*() {
      const { backend } = backendOf({})
      const hung = reporting(backend, () => ({ status: () => Effect.never }))
      const fiber = yield* Effect.forkChild(run(["wait", first ?? "", "--timeout", "5"], { backend: hung }))
      yield* TestClock.adjust("5 seconds")
      const { code, stderr, stdout } = yield* Fiber.join(fiber)
      assert.strictEqual(code, 1)
      assert.include(stderr, "timed out: 1 of 1 jobs have not reached the state")
      assert.include(
        stdout.join(),
        "1.0  k1/0  WaitTimedOut  job 1.0 did not meet the condition within 5 s, and no status was received"
      )
    }))
})
