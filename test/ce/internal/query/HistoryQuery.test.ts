import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Result } from "effect"
import { Capability, CondorTool, JobHandle, Outcomes, SubmissionKey } from "../../../../src/index.ts"
import {
  ad,
  backend,
  completedAd,
  constraintOf,
  handle,
  isControl,
  past,
  picked,
  printed,
  shown,
  status
} from "../../Scripted.ts"

describe("jobs that have left the queue", () => {
  it.effect("are searched in the history, and no other jobs are", () =>
    Effect.gen(function*() {
      const gone = [
        completedAd("7.1", { JobStatus: 3, LastJobStatus: 4, ExitCode: 3 }),
        completedAd("6.0"),
        completedAd("5.0")
      ]
      const { calls, layer } = backend((call) => call.tool === "condor_history" ? past(call, gone) : printed(ad("7.0")))
      assert.deepStrictEqual(yield* Effect.provide(shown([handle("7.0"), handle("7.1")]), layer), [
        "Waiting",
        "Completed"
      ])
      const [oldest, search, ...more] = calls.filter((call) => call.tool === "condor_history").map(({ args }) =>
        args.slice(4, args.indexOf("-json")).join(" ")
      )
      assert.deepStrictEqual(more, [])
      assert.strictEqual(oldest, "-forwards -limit 1")
      assert.strictEqual(
        search,
        "-constraint ((((ClusterId == 7 && EffectCEKey =?= \"task-1\" && ProcId == 1))) && " +
          "(User =?= \"pilot@users.htcondor.org\")) || " +
          "((((ClusterId == 5 && ProcId == 0))) && (EnteredCurrentStatus == 1000)) -limit 1 -scanlimit 20000"
      )
    }))

  it.effect("do not cost a second answer about their whole cluster", () =>
    Effect.gen(function*() {
      const jobs = Array.from({ length: 1_000 }, (_, proc) => ad(`7.${proc}`))
      const { calls, layer } = backend((call) =>
        call.tool === "condor_history" ? { stdout: "[\n]\n" } : printed(...picked(call, jobs.slice(1)))
      )
      assert.strictEqual(
        (yield* Effect.provide(shown(jobs.map((_, proc) => handle(`7.${proc}`))), layer))[0],
        "Unknown"
      )
      assert.deepStrictEqual(calls.filter(isControl).map(constraintOf), ["((ClusterId == 7 && ProcId == 0))"])
    }))

  it.effect("are Unknown only if queue, control and history have no record", () =>
    Effect.gen(function*() {
      const gone = [completedAd("6.0"), completedAd("5.0")]
      const { calls, layer } = backend((call) => call.tool === "condor_q" ? printed() : past(call, gone))
      assert.deepStrictEqual(yield* Effect.provide(shown([handle("7.0")]), layer), ["Unknown"])
      assert.deepStrictEqual(calls.map((call) => call.tool), [
        "condor_q",
        "condor_q",
        "condor_history",
        "condor_q",
        "condor_history"
      ])
    }))

  it.effect("before the searched part of the history: are not Unknown, but HistoryUnavailable", () =>
    Effect.gen(function*() {
      const gone = Array.from({ length: 30 }, (_, index) => completedAd(`${100 - index}.0`))
      const { layer } = backend(
        (call) => call.tool === "condor_q" ? printed(ad("101.0")) : past(call, gone),
        { historyDepth: 20 }
      )
      const asked = ["101.0", "100.0", "81.0", "80.0", "71.0", "7.0"].map((job) => handle(job))
      const outcomes = yield* Effect.provide(status(asked), layer)
      assert.deepStrictEqual(
        asked.map((one) => Result.merge(Option.getOrThrow(Outcomes.get(outcomes, one)))._tag),
        ["Waiting", "Completed", "Completed", "HistoryUnavailable", "HistoryUnavailable", "HistoryUnavailable"]
      )
      const beyond = Result.merge(Option.getOrThrow(Outcomes.get(outcomes, handle("7.0"))))
      assert.isTrue("temporary" in beyond && !beyond.temporary && beyond.message.includes("20 jobs"))
    }))

  it.effect.each(
    [
      ["as long as it is read", [completedAd("9.0"), completedAd("5.0")], "Unknown"],
      ["empty", [], "Unknown"],
      ["one job longer", [completedAd("9.0"), completedAd("8.0"), completedAd("5.0")], "HistoryUnavailable"],
      // The ids were assigned again, and the history was kept. The job with the oldest job's id is not the oldest.
      ["of two schedds", [
        completedAd("9.0"),
        completedAd("5.0", { EnteredCurrentStatus: 2_000 }),
        completedAd("8.0"),
        completedAd("5.0")
      ], "HistoryUnavailable"]
    ] as const
  )("in a history that is %s, a job that is not there is %s", ([, gone, tag]) => {
    const { layer } = backend((call) => call.tool === "condor_q" ? printed() : past(call, gone), { historyDepth: 2 })
    return Effect.gen(function*() {
      assert.deepStrictEqual(yield* shown([handle("7.0")]), [tag])
    }).pipe(Effect.provide(layer))
  })

  it.effect("are reported even if they are the oldest of the history, or have its id", () =>
    Effect.gen(function*() {
      const gone = [completedAd("9.0"), completedAd("7.0")]
      const { layer } = backend((call) => call.tool === "condor_q" ? printed() : past(call, gone))
      const other = new JobHandle.JobHandle({ ...handle("7.0"), key: SubmissionKey.SubmissionKey.make("task-2") })
      assert.deepStrictEqual(yield* Effect.provide(shown([handle("7.0"), other]), layer), ["Completed", "Unknown"])
    }))

  it.effect("the end of the history is recognised by id and time", () =>
    Effect.gen(function*() {
      // A schedd that was installed again has assigned the id of the oldest job again.
      const gone = [
        completedAd("9.0"),
        completedAd("5.0", { EnteredCurrentStatus: 2_000 }),
        completedAd("8.0"),
        completedAd("5.0", { EffectCEKey: "task-2" })
      ]
      const { layer } = backend((call) => call.tool === "condor_q" ? printed() : past(call, gone), { historyDepth: 2 })
      assert.deepStrictEqual(yield* Effect.provide(shown([handle("5.0"), handle("7.0")]), layer), [
        "Completed",
        "HistoryUnavailable"
      ])
    }))

  it.effect("an answer that is cut short: fails the operation", () =>
    Effect.gen(function*() {
      const { layer } = backend(() => ({ stdout: "[\n{\"ClusterId\": 7," }))
      assert.strictEqual((yield* Effect.flip(Effect.provide(status([handle("7.0")]), layer)))._tag, "BackendFailed")
    }))

  const cutOff = { stdout: "[\n{}\n]\n" }

  it.effect("an oldest record without a number: hides no other, and only jobs that are not found are HistoryUnavailable", () =>
    Effect.gen(function*() {
      const gone = [completedAd("7.1", { JobStatus: 3, LastJobStatus: 2 }), completedAd("7.0")]
      const { layer } = backend((call) =>
        call.tool === "condor_rm"
          ? { exitCode: 1, stderr: "Couldn't find/remove all jobs matching constraint (x)" }
          : call.tool === "condor_q"
          ? printed()
          : call.args.includes("-forwards")
          ? cutOff
          : past(call, gone)
      )
      const jobs = ["7.0", "7.1", "8.0"].map((job) => handle(job))
      assert.deepStrictEqual(yield* Effect.provide(shown(jobs), layer), ["Completed", "Removed", "HistoryUnavailable"])
      const outcomes = yield* Effect.provide(
        Effect.flatMap(Capability.Cancellable, ({ cancel }) => cancel(jobs)),
        layer
      )
      assert.deepStrictEqual(
        jobs.map((one) => Result.merge(Option.getOrThrow(Outcomes.get(outcomes, one)))._tag),
        ["AlreadyFinished", "Cancelled", "HistoryUnavailable"]
      )
    }))

  it.effect("a record without a number among others: may be the job that was not found, and hides no other", () =>
    Effect.gen(function*() {
      const gone = [completedAd("7.0"), completedAd("5.0")]
      const { layer } = backend((call) => {
        if (call.tool === "condor_q") return printed()
        const { stdout = "[]" } = past(call, gone)
        return { stdout: constraintOf(call) === "" ? stdout : stdout.replace("[", "[{},") }
      })
      assert.deepStrictEqual(yield* Effect.provide(shown([handle("7.0"), handle("8.0")]), layer), [
        "Completed",
        "HistoryUnavailable"
      ])
    }))

  it.effect("a record without a number in the queue: may be the job that is not found", () =>
    Effect.gen(function*() {
      const { layer } = backend((call) =>
        call.tool === "condor_q"
          ? printed(ad("7.0"), { JobStatus: 2 })
          : past(call, [completedAd("7.1"), completedAd("5.0")])
      )
      assert.deepStrictEqual(yield* Effect.provide(shown(["7.0", "7.1", "7.2"].map((job) => handle(job))), layer), [
        "Waiting",
        "Completed",
        "UnreadableJob"
      ])
    }))

  it.effect("a record without a number, and a hidden history: no answer says that the job has left the queue", () =>
    Effect.gen(function*() {
      const { layer } = backend((call) =>
        call.tool === "condor_q"
          ? printed(ad("7.0"), { JobStatus: 2 })
          : { exitCode: 1, stderr: "Error 10: Remote history has been disabled on this schedd" }
      )
      assert.deepStrictEqual(yield* Effect.provide(shown(["7.0", "7.1"].map((job) => handle(job))), layer), [
        "Waiting",
        "UnreadableJob"
      ])
    }))

  it.effect.each(["\n", " \n"])(
    "an answer of %j with exit code 0: is none, and fails the operation",
    (stdout) =>
      Effect.gen(function*() {
        const { layer } = backend((call) => call.tool === "condor_q" ? printed() : { stdout })
        const error = yield* Effect.flip(Effect.provide(status([handle("7.0")]), layer))
        assert.deepStrictEqual([error._tag, error.retry], ["BackendFailed", "Later"])
      })
  )

  it.effect("an empty answer, beside a job of the queue: is a temporary HistoryUnavailable, and never Unknown", () =>
    Effect.gen(function*() {
      for (const isBlank of [() => true, (call: CondorTool.ToolCall) => !call.args.includes("-forwards")]) {
        const { layer } = backend((call) =>
          call.tool === "condor_q"
            ? printed(ad("7.1"))
            : isBlank(call)
            ? { stdout: "\n" }
            : past(call, [completedAd("5.0")])
        )
        const outcomes = yield* Effect.provide(status([handle("7.0"), handle("7.1")]), layer)
        const gone = Option.getOrThrow(Outcomes.get(outcomes, handle("7.0")))
        assert.isTrue(Result.isFailure(gone) && gone.failure._tag === "HistoryUnavailable" && gone.failure.temporary)
      }
    }))

  it.effect.each(
    [
      ["undefined", 5, "Error 5: HISTORY undefined in remote configuration. No such related history to be queried."],
      ["disabled", 10, "Error 10: Remote history has been disabled on this schedd"],
      ["denied", 1, "SECMAN:2010:Received \"DENIED\" from server"]
    ] as const
  )("the history is %s: only the jobs in the queue get an answer", ([, exitCode, stderr]) => {
    const { layer } = backend((call) =>
      call.tool === "condor_history" ? { exitCode, stdout: "[\n", stderr } : printed(ad("7.1"))
    )
    return Effect.gen(function*() {
      assert.deepStrictEqual(yield* shown([handle("7.0"), handle("7.1")]), ["HistoryUnavailable", "Waiting"])
    }).pipe(Effect.provide(layer))
  })

  it.effect("a history that does not answer: fails no job that is in the queue", () =>
    Effect.gen(function*() {
      const { layer } = backend((call) =>
        call.tool === "condor_history"
          ? { exitCode: 1, stdout: "[\n", stderr: "Failed to receive remote ad." }
          : printed(ad("7.1"))
      )
      const outcomes = yield* Effect.provide(status([handle("7.0"), handle("7.1")]), layer)
      const gone = Option.getOrThrow(Outcomes.get(outcomes, handle("7.0")))
      assert.isTrue(Result.isFailure(gone) && gone.failure._tag === "HistoryUnavailable" && gone.failure.temporary)
      assert.isTrue(Result.isSuccess(Option.getOrThrow(Outcomes.get(outcomes, handle("7.1")))))
    }))

  it.effect("a history that does not end in time: HistoryUnavailable beside a job of the queue, otherwise TimedOut", () =>
    Effect.gen(function*() {
      let queue = [ad("7.1")]
      const { layer } = backend((call) =>
        call.tool === "condor_history"
          ? Effect.fail(new CondorTool.ToolTimedOut({ tool: call.tool, seconds: 60 }))
          : printed(...queue)
      )
      assert.deepStrictEqual(yield* Effect.provide(shown([handle("7.0"), handle("7.1")]), layer), [
        "HistoryUnavailable",
        "Waiting"
      ])
      queue = []
      assert.strictEqual((yield* Effect.flip(Effect.provide(status([handle("7.0")]), layer)))._tag, "TimedOut")
    }))

  it.effect("a history that ends in the middle: fails the operation, if there is no other answer", () =>
    Effect.gen(function*() {
      const { layer } = backend((call) =>
        call.tool === "condor_history"
          ? { exitCode: 1, stdout: "[\n", stderr: "Failed to receive remote ad." }
          : printed()
      )
      assert.strictEqual((yield* Effect.flip(Effect.provide(status([handle("7.0")]), layer)))._tag, "CEUnavailable")
    }))
})
