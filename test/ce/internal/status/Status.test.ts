import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Option, Result, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { CondorTool } from "../../../../src/index.ts"
import { Capability, JobHandle, JobStatus, Outcomes, SubmissionKey } from "../../../../src/index.ts"
import * as JobSelection from "../../../../src/testing/fake/JobSelection.ts"
import {
  ad,
  backend,
  completedAd,
  constraintOf,
  endpoint,
  expressionOf,
  handle,
  instant,
  isControl,
  key,
  past,
  picked,
  printed,
  shown,
  status
} from "../../Scripted.ts"

const instantly = (answer: Parameters<typeof backend>[0]) => backend(answer, {}, instant)

// From 397 levels or words on, a gateway of 25.13 or later prints nothing, with exit code 0.
const isShallow = (call: CondorTool.ToolCall) => {
  const constraint = constraintOf(call)
  return call.args.length < 200 && (constraint === "" || JobSelection.levels(expressionOf(constraint)) < 200)
}

describe("jobs in the queue", () => {
  it.effect("are asked for in one query, by cluster and member()", () =>
    Effect.gen(function*() {
      const { calls, layer } = backend(() => printed(ad("7.0"), ad("7.1", { JobStatus: 2 }), completedAd("9.4")))
      const tags = yield* Effect.provide(shown([handle("7.0"), handle("7.1"), handle("9.4")]), layer)
      assert.deepStrictEqual(tags, ["Waiting", "Running", "Completed"])
      assert.deepStrictEqual(calls.map((call) => call.tool), ["condor_q"])
      assert.strictEqual(
        constraintOf(calls[0] ?? assert.fail()),
        "((ClusterId == 7 && member(ProcId,{0,1})) || (ClusterId == 9 && ProcId == 4))"
      )
    }))

  it.effect("a schedd that dies during its answer has not answered, even if the list looks complete", () =>
    Effect.gen(function*() {
      // Measured on 25.14: with -stream-results the list is still closed.
      const stderr = "\n-- Failed to fetch ads from: <192.0.2.1:9619?addrs=192.0.2.1-9619> : ce.example.org\n"
      const { layer } = backend(() => ({ ...printed(ad("7.0")), exitCode: 1, stderr }))
      const error = yield* Effect.flip(Effect.provide(status([handle("7.0"), handle("7.1")]), layer))
      assert.strictEqual(error._tag, "CEUnavailable")
    }))

  it.effect("an answer that withholds a job is not believed: a separate query asks for it", () =>
    Effect.gen(function*() {
      // The first query is too deep for this gateway.
      let asked = 0
      const { layer } = backend((call) => {
        if (isControl(call)) return printed(ad("7.0"), ad("7.1"))
        asked += 1
        return asked === 1
          ? printed()
          : constraintOf(call).includes("ProcId == 0")
          ? printed(ad("7.0"))
          : printed(ad("7.1"))
      })
      assert.deepStrictEqual(yield* Effect.provide(shown([handle("7.0"), handle("7.1")]), layer), [
        "Waiting",
        "Waiting"
      ])
    }))

  it.effect("a job with the right id and another key is another job", () =>
    Effect.gen(function*() {
      const gone = [ad("7.0", { EffectCEKey: "task-3" }), completedAd("6.0")]
      const { calls, layer } = backend((call) =>
        call.tool === "condor_q" ? printed(ad("7.0", { EffectCEKey: "task-2" })) : past(call, gone)
      )
      assert.deepStrictEqual(yield* Effect.provide(shown([handle("7.0")]), layer), ["Unknown"])
      assert.include(constraintOf(calls.at(-1) ?? assert.fail()), `EffectCEKey =?= "${key}"`)
    }))

  it.effect("two handles with one id are distinguished by their keys", () =>
    Effect.gen(function*() {
      const { layer } = backend((call) => call.tool === "condor_q" ? printed(ad("7.0")) : { stdout: "[\n]\n" })
      const other = new JobHandle.JobHandle({ ...handle("7.0"), key: JobHandle.JobHandle.fields.key.make("task-2") })
      assert.deepStrictEqual(yield* Effect.provide(shown([other, handle("7.0")]), layer), ["Unknown", "Waiting"])
    }))

  it.effect("the copy belongs to the identity", () =>
    Effect.gen(function*() {
      const { layer } = backend((call) => call.tool === "condor_q" ? printed(ad("7.0")) : { stdout: "[\n]\n" })
      assert.deepStrictEqual(yield* Effect.provide(shown([handle("7.0", 1), handle("7.0")]), layer), [
        "Unknown",
        "Waiting"
      ])
    }))

  it.effect("a hold has its name, cause and advice, by the rules of the site before those of the library", () =>
    Effect.gen(function*() {
      const hold = { JobStatus: 5, HoldReasonCode: 26, HoldReasonSubCode: 0 }
      const { layer } = backend(() =>
        printed(
          ad("7.0", { ...hold, HoldReason: "over fair share" }),
          ad("7.1", { ...hold, HoldReason: "over quota" }),
          ad("7.2", { ...hold, HoldReasonCode: 12, HoldReasonSubCode: 2, HoldCopiedFromTargetJob: true }),
          ad("7.3", { JobStatus: 3, RemoveReason: "drained (by user ops)" })
        ), {
        explanations: {
          holds: [{ code: 26, includes: "fair share", cause: "Policy", advice: "Send jobs elsewhere for a day." }],
          removals: [{ begins: "drained", cause: "Interrupted", advice: "Resubmit." }]
        }
      })
      const handles = [0, 1, 2, 3].map((proc) => handle(`7.${proc}`))
      const outcomes = yield* Effect.provide(status(handles), layer)
      const [first, second, third, fourth] = handles.map((one) =>
        Result.getOrThrow(Option.getOrThrow(Outcomes.get(outcomes, one)))
      )
      assert.deepInclude(first, { name: "SystemPolicy", cause: "Policy", advice: "Send jobs elsewhere for a day." })
      assert.deepInclude(second, { name: "SystemPolicy", cause: "Policy", copied: false })
      assert.notDeepInclude(second, { advice: "Send jobs elsewhere for a day." })
      assert.deepInclude(third, { name: "TransferOutputError", cause: "Payload", copied: true })
      assert.deepInclude(fourth, { reason: "drained (by user ops)", cause: "Interrupted", advice: "Resubmit." })
    }))

  it.effect("a state of a later release is a status with a diagnosis: the job is not over", () =>
    Effect.gen(function*() {
      const begun = { JobCurrentStartDate: 1_795_687_881 }
      const { layer } = backend(() =>
        printed(
          ad("7.0", { JobStatus: 9 }),
          ad("7.1", { JobStatus: 10 }),
          ad("7.2", { JobStatus: 99 }),
          ad("7.3", { JobStatus: 99, ...begun })
        )
      )
      const handles = [0, 1, 2, 3].map((proc) => handle(`7.${proc}`))
      const outcomes = yield* Effect.provide(status(handles), layer)
      const statuses = handles.map((one) => Result.getOrNull(Option.getOrThrow(Outcomes.get(outcomes, one))))
      assert.deepStrictEqual(statuses.map((one) => one?._tag), ["Waiting", "Waiting", "Waiting", "Running"])
      const words = [/blocked/, /prepares/, /99/, /99/]
      for (const [index, one] of statuses.entries()) {
        assert.match(one !== null && "diagnosis" in one ? one.diagnosis : "", words[index] ?? /never/)
        assert.isFalse(one === null || JobStatus.isTerminal(one))
      }
    }))

  it.effect("one ad without meaning fails one job", () =>
    Effect.gen(function*() {
      const { layer } = backend(() => printed(ad("7.0", { JobStatus: 1.5 }), ad("7.1")))
      assert.deepStrictEqual(yield* Effect.provide(shown([handle("7.0"), handle("7.1")]), layer), [
        "UnreadableJob",
        "Waiting"
      ])
    }))

  it.effect("no query is made for handles of another CE", () =>
    Effect.gen(function*() {
      const { calls, layer } = backend(() => printed())
      const elsewhere = new JobHandle.JobHandle({ ...handle("7.0"), endpoint: "other:9619" })
      const noNumber = new JobHandle.JobHandle({ ...handle("7.0"), job: "pilot" })
      assert.deepStrictEqual(yield* Effect.provide(shown([elsewhere, noNumber]), layer), [
        "WrongEndpoint",
        "UnreadableJob"
      ])
      // "pilot" would have been taken for the name of a user.
      assert.isFalse(calls.some((call) => call.args.includes("pilot")))
    }))

  it.effect("no handles, no query", () =>
    Effect.gen(function*() {
      const { calls, layer } = backend(() => printed())
      assert.deepStrictEqual(yield* Effect.provide(shown([]), layer), [])
      assert.deepStrictEqual(calls, [])
    }))
})

describe("many jobs", () => {
  it.effect("every id is answered, and no query is too deep", () =>
    Effect.gen(function*() {
      const handles = Array.from(
        { length: 950 },
        (_, index) => handle(`${1 + (index % 310)}.${Math.floor(index / 310)}`)
      )
      const { calls, layer } = backend((call) => call.tool === "condor_q" ? printed() : { stdout: "[\n]\n" })
      const outcomes = yield* Effect.provide(status(handles), layer)
      assert.strictEqual(Array.from(outcomes).length, 950)
      for (const call of calls) assert.isTrue(isShallow(call))
    }))

  it.effect("jobs of one cluster with many keys: the history query is not too deep", () =>
    Effect.gen(function*() {
      const handles = Array.from(
        { length: 450 },
        (_, index) =>
          new JobHandle.JobHandle({ ...handle("7.0"), key: SubmissionKey.SubmissionKey.make(`task-${index}`), copy: 0 })
      )
      const many = handles.map((one, index) => new JobHandle.JobHandle({ ...one, job: `7.${index}`, copy: index }))
      const { calls, layer } = backend((call) =>
        call.tool === "condor_q" ? printed() : past(call, [completedAd("5.0")])
      )
      assert.isTrue((yield* Effect.provide(shown(many), layer)).every((tag) => tag === "Unknown"))
      const searches = calls.filter((call) => call.tool === "condor_history").slice(1)
      assert.isTrue(searches.every(isShallow))
      for (const { key } of many) assert.isTrue(searches.some((call) => constraintOf(call).includes(`"${key}"`)))
    }))

  it.effect("jobs of another identity do not cost a query each", () =>
    Effect.gen(function*() {
      const handles = Array.from({ length: 300 }, (_, proc) => handle(`7.${proc}`))
      const { calls, layer } = backend((call) =>
        isControl(call) ? printed(...handles.map((one) => ad(one.job))) : printed()
      )
      assert.isTrue((yield* Effect.provide(shown(handles), layer)).every((tag) => tag === "Waiting"))
      assert.isAtMost(calls.length, 10)
    }))

  it.effect("statusOf from 5,000 fibres is a handful of queries", () =>
    Effect.gen(function*() {
      const jobs = Array.from({ length: 5_000 }, (_, proc) => ad(`7.${proc}`))
      const { calls, layer } = backend((call) => printed(...picked(call, jobs)))
      const asking = Effect.flatMap(Capability.StatusReporter, (reporter) =>
        Effect.forEach(
          Array.from({ length: 5_000 }, (_, proc) => handle(`7.${proc}`)),
          reporter.statusOf,
          {
            concurrency: "unbounded"
          }
        ))
      const fiber = yield* Effect.forkChild(Effect.provide(asking, layer))
      yield* TestClock.adjust("1 second")
      const answers = yield* Fiber.join(fiber)
      assert.isTrue(answers.every((answer) => answer._tag === "Waiting"))
      assert.isAtMost(calls.length, 5)
    }))
})

describe("watch", () => {
  it.effect("emits changes, queries only live jobs, and ends", () =>
    Effect.gen(function*() {
      const rounds = [[1, 1], [2, 1], [4, 2], [4, 2], [4, 4]]
      let round = -1
      const { calls, layer } = instantly(() => {
        round += 1
        return printed(
          ...(rounds[round] ?? []).map((JobStatus, proc) => completedAd(`7.${proc}`, { JobStatus }))
        )
      })
      const watching = Effect.flatMap(Capability.StatusReporter, (reporter) =>
        Stream.runCollect(reporter.watch([handle("7.0"), handle("7.1")], { interval: "10 seconds" })))
      const fiber = yield* Effect.forkChild(Effect.provide(watching, layer))
      yield* TestClock.adjust("1 minute")
      const changes = yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        changes.map((change) =>
          `${change.handle.job} ${change.previous?._tag ?? "-"} ${Result.merge(change.outcome)._tag}`
        ).toSorted(),
        [
          "7.0 - Waiting",
          "7.0 Running Completed",
          "7.0 Waiting Running",
          "7.1 - Waiting",
          "7.1 Running Completed",
          "7.1 Waiting Running"
        ]
      )
      assert.strictEqual(constraintOf(calls.at(-1) ?? assert.fail()), "((ClusterId == 7 && ProcId == 1))")
    }))

  it.effect("a job that cannot be followed does not end the watch of the others", () =>
    Effect.gen(function*() {
      let round = 0
      const { layer } = instantly(() => {
        round += 1
        return printed(completedAd("7.0", { JobStatus: round < 3 ? 2 : 4 }))
      })
      const elsewhere = new JobHandle.JobHandle({ ...handle("7.2"), endpoint: "other:9619" })
      const noNumber = new JobHandle.JobHandle({ ...handle("7.1"), job: "pilot" })
      const watching = Effect.flatMap(Capability.StatusReporter, (reporter) =>
        Stream.runCollect(reporter.watch([handle("7.0"), noNumber, elsewhere])))
      const fiber = yield* Effect.forkChild(Effect.provide(watching, layer))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(
        (yield* Fiber.join(fiber)).map((change) =>
          `${change.handle.job} ${Result.merge(change.outcome)._tag}`
        ).toSorted(),
        ["7.0 Completed", "7.0 Running", "7.2 WrongEndpoint", "pilot UnreadableJob"]
      )
    }))

  it.effect("a job in an unknown state, or with a broken ad for a while, is followed to its end", () =>
    Effect.gen(function*() {
      const states: ReadonlyArray<unknown> = [1, 9, 99, 1.5, null, 99, 4]
      let round = -1
      const { layer } = instantly(() => {
        round += 1
        return printed(completedAd("7.0", { JobStatus: states[Math.min(round, states.length - 1)] }))
      })
      const watching = Effect.flatMap(
        Capability.StatusReporter,
        (reporter) => Stream.runCollect(reporter.watch([handle("7.0")], { maxInterval: "5 seconds" }))
      )
      const fiber = yield* Effect.forkChild(Effect.provide(watching, layer))
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(
        (yield* Fiber.join(fiber)).map((change) => Result.merge(change.outcome)._tag),
        ["Waiting", "Waiting", "Running", "Completed"]
      )
    }))

  it.effect("one Unknown is not believed, two are", () =>
    Effect.gen(function*() {
      const rounds = ["none", "running", "none", "none"]
      let round = -1
      const { layer } = instantly((call) => {
        if (call.tool === "condor_history") return { stdout: "[\n]\n" }
        if (!isControl(call)) round += 1
        return rounds[round] === "running" ? printed(ad("7.0", { JobStatus: 2 })) : printed()
      })
      const watching = Effect.flatMap(Capability.StatusReporter, (reporter) =>
        Stream.runCollect(reporter.watch([handle("7.0")])))
      const fiber = yield* Effect.forkChild(Effect.provide(watching, layer))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(
        (yield* Fiber.join(fiber)).map((change) =>
          Result.merge(change.outcome)._tag
        ),
        [
          "Running",
          "Unknown"
        ]
      )
    }))

  it.effect("an unreachable CE does not end it at once", () =>
    Effect.gen(function*() {
      let asked = 0
      const { layer } = instantly(() => {
        asked += 1
        return asked < 4
          ? { exitCode: 1, stderr: "CEDAR:6001:Failed to connect to <127.0.0.1:9619>" }
          : printed(completedAd("7.0"))
      })
      const watching = Effect.flatMap(Capability.StatusReporter, (reporter) =>
        Stream.runCollect(reporter.watch([handle("7.0")])))
      const fiber = yield* Effect.forkChild(Effect.provide(watching, layer))
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(
        (yield* Fiber.join(fiber)).map((change) =>
          Result.merge(change.outcome)._tag
        ),
        ["Completed"]
      )
    }))
})

describe("a tool that fails", () => {
  const rows: ReadonlyArray<readonly [string, Partial<CondorTool.ToolResult>, Partial<CondorTool.ToolResult>, string]> =
    [
      [
        "says that it is denied",
        { exitCode: 1, stderr: "SECMAN:2010:Received \"DENIED\" from server" },
        {},
        "AuthorizationDenied"
      ],
      [
        "cannot contact the collector, and the probe cannot authenticate",
        { exitCode: 1, stderr: `Error: Couldn't contact the condor_collector on ${endpoint}.` },
        { exitCode: 1, stderr: "Error: communication error\nAUTHENTICATE:1003:Failed" },
        "AuthenticationFailed"
      ],
      [
        "cannot contact the collector, nor can the probe",
        { exitCode: 1, stderr: `Error: Couldn't contact the condor_collector on ${endpoint}.` },
        { exitCode: 1, stderr: "Error: communication error\nCEDAR:6001:Failed to connect" },
        "CEUnavailable"
      ],
      [
        "fails in silence, and the probe finds another schedd",
        { exitCode: 1 },
        { stdout: "another@ce\n" },
        "CEUnavailable"
      ],
      [
        "says (null), and the probe finds no schedd",
        { exitCode: 1, stderr: "condor_rm: (null)" },
        { stdout: "" },
        "CEUnavailable"
      ],
      ["says (null), and the collector has the schedd", { exitCode: 1, stderr: "condor_rm: (null)" }, {
        stdout: "ce.example.org\n"
      }, "CEUnavailable"],
      [
        "says nothing after its name (up to 23.2), and the probe cannot authenticate",
        { exitCode: 1, stderr: "condor_rm: \n" },
        { exitCode: 1, stderr: "Error: communication error\nAUTHENTICATE:1003:Failed" },
        "AuthenticationFailed"
      ],
      ["says something else", { exitCode: 2, stderr: "no such option" }, {}, "BackendFailed"]
    ]
  for (const [situation, answer, probe, tag] of rows) {
    it.effect(`${situation}: ${tag}`, () =>
      Effect.gen(function*() {
        const { layer } = backend((call) => call.tool === "condor_status" ? probe : answer)
        assert.strictEqual((yield* Effect.flip(Effect.provide(status([handle("7.0")]), layer)))._tag, tag)
      }))
  }
})
