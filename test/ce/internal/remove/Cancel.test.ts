import { assert, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { Capability, type CondorTool, type JobHandle, Outcomes } from "../../../../src/index.ts"
import { ad, backend, completedAd, handle, past, picked, printed } from "../../Scripted.ts"

const constraintOf = (call: CondorTool.ToolCall) => call.args[call.args.indexOf("-constraint") + 1] ?? ""

const tagsOf = <A extends { readonly _tag: string }, E extends { readonly _tag: string }>(
  outcomes: Outcomes.Outcomes<A, E>,
  handles: ReadonlyArray<JobHandle.JobHandle>
) =>
  handles.map((one) => {
    const outcome = Outcomes.get(outcomes, one)
    return outcome._tag === "None"
      ? "nothing"
      : Result.isSuccess(outcome.value)
      ? outcome.value.success._tag
      : outcome.value.failure._tag
  })

const cancel = (jobs: ReadonlyArray<string>) =>
  Effect.map(
    Effect.flatMap(Capability.Cancellable, (cancellable) => cancellable.cancel(jobs.map((job) => handle(job)))),
    (outcomes) => tagsOf(outcomes, jobs.map((job) => handle(job)))
  )

const purge = (jobs: ReadonlyArray<string>) =>
  Effect.map(
    Effect.flatMap(Capability.Purgeable, (purgeable) => purgeable.purge(jobs.map((job) => handle(job)))),
    (outcomes) => tagsOf(outcomes, jobs.map((job) => handle(job)))
  )

it.effect("job that completes between query and removal: keeps its output", () =>
  Effect.gen(function*() {
    let removed = false
    const { calls, layer } = backend((call) => {
      if (call.tool !== "condor_rm") return printed(removed ? completedAd("7.0") : ad("7.0", { JobStatus: 2 }))
      removed = true
      return { exitCode: 1, stderr: "Couldn't find/remove all jobs matching constraint (...)" }
    })
    assert.deepStrictEqual(yield* Effect.provide(cancel(["7.0"]), layer), ["AlreadyFinished"])
    const removal = calls.find((call) => call.tool === "condor_rm") ?? assert.fail()
    assert.include(constraintOf(removal), "JobStatus =!= 4")
    assert.notInclude(removal.args, "7.0")
  }))

it.effect("removal: names 2,000 jobs at most, since a schedd rolls back a longer one", () =>
  Effect.gen(function*() {
    const jobs = Array.from({ length: 4_001 }, (_, proc) => `7.${proc}`)
    const { calls, layer } = backend((call) => ({
      stdout: picked(call, jobs.map((job) => ad(job)))
        .map(({ ClusterId, ProcId }) => `job_${ClusterId}_${ProcId} = 1\n`).join("")
    }))
    const outcomes = yield* Effect.provide(cancel(jobs), layer)
    assert.deepStrictEqual(new Set(outcomes), new Set(["Cancelled"]))
    const named = calls.map((call) => picked(call, jobs.map((job) => ad(job))).length)
    assert.deepStrictEqual(calls.map(({ tool }) => tool), ["condor_rm", "condor_rm", "condor_rm"])
    assert.isAtMost(Math.max(...named), 2_000)
    assert.strictEqual(named.reduce((sum, count) => sum + count), jobs.length)
  }))

it.effect("each job: has the schedd's own answer", () =>
  Effect.gen(function*() {
    const { layer } = backend((call) =>
      call.tool === "condor_rm"
        ? { stdout: "ActionResult = 1\njob_7_0 = 1\njob_7_1 = 4\njob_7_2 = 0\n" }
        : printed(ad("7.0"), ad("7.1"), ad("7.2"))
    )
    assert.deepStrictEqual(yield* Effect.provide(cancel(["7.0", "7.1", "7.2"]), layer), [
      "Cancelled",
      "Cancelled",
      "NotRemovable"
    ])
  }))

it.effect("refusal: is not taken for jobs that were not found", () =>
  Effect.gen(function*() {
    const { layer } = backend((call) =>
      call.tool === "condor_rm"
        ? {
          exitCode: 1,
          stderr: "SECMAN:2010:Received \"DENIED\" from server\nCouldn't find/remove all jobs matching constraint (...)"
        }
        : printed(ad("7.0"))
    )
    assert.strictEqual((yield* Effect.flip(Effect.provide(cancel(["7.0"]), layer)))._tag, "AuthorizationDenied")
  }))

it.effect.each(["condor_rm: \n", "condor_rm: (null)\n"])(
  "%j: is a failure of the credential if the probe says so",
  (stderr) =>
    Effect.gen(function*() {
      const { layer } = backend((call) =>
        call.tool === "condor_rm"
          ? { exitCode: 1, stderr }
          : {
            exitCode: 1,
            stderr: "Error: communication error\nAUTHENTICATE:1003:Failed to authenticate with any method"
          }
      )
      assert.strictEqual((yield* Effect.flip(Effect.provide(cancel(["7.0"]), layer)))._tag, "AuthenticationFailed")
    })
)

it.effect("job with a strange ad: can be cancelled and purged", () =>
  Effect.gen(function*() {
    const { layer } = backend((call) =>
      call.tool === "condor_rm"
        ? { stdout: constraintOf(call).includes("JobStatus == 4") ? "job_7_1 = 1\n" : "job_7_0 = 1\n" }
        : printed(ad("7.0", { JobStatus: 2, HoldReasonSubCode: 1.5 }), completedAd("7.1", { ExitCode: "none" }))
    )
    assert.deepStrictEqual(yield* Effect.provide(cancel(["7.0", "7.1"]), layer), ["Cancelled", "AlreadyFinished"])
    assert.deepStrictEqual(yield* Effect.provide(purge(["7.1"]), layer), ["Purged"])
  }))

const nothingMatches = { exitCode: 1, stderr: "Couldn't find/remove all jobs matching constraint (...)" }

it.effect("job that the removal did not find: is queried again", () =>
  Effect.gen(function*() {
    const { calls, layer } = backend((call) =>
      call.tool === "condor_rm"
        ? nothingMatches
        : call.tool === "condor_history"
        ? printed(completedAd("7.1", { JobStatus: 3, LastJobStatus: 2 }))
        : printed(completedAd("7.0"))
    )
    assert.deepStrictEqual(yield* Effect.provide(cancel(["7.0", "7.1", "8.0"]), layer), [
      "AlreadyFinished",
      "Cancelled",
      "UnknownJob"
    ])
    assert.deepStrictEqual(calls.map((call) => call.tool).slice(0, 2), ["condor_rm", "condor_q"])
  }))

it.effect("removed jobs: are not queried again", () =>
  Effect.gen(function*() {
    const { calls, layer } = backend(() => ({ stdout: "job_7_0 = 1\njob_7_1 = 1\n" }))
    assert.deepStrictEqual(yield* Effect.provide(cancel(["7.0", "7.1"]), layer), ["Cancelled", "Cancelled"])
    assert.deepStrictEqual(calls.map((call) => call.tool), ["condor_rm"])
  }))

it.effect("job that completes between the purge and the query: is purged", () =>
  Effect.gen(function*() {
    let looked = false
    const { layer } = backend((call) => {
      if (call.tool === "condor_rm") return looked ? { stdout: "job_7_0 = 1\n" } : nothingMatches
      looked = true
      return printed(completedAd("7.0"))
    })
    assert.deepStrictEqual(yield* Effect.provide(purge(["7.0"]), layer), ["Purged"])
  }))

it.effect("job that the schedd never finds removable: is not removed", () =>
  Effect.gen(function*() {
    const { calls, layer } = backend((call) => call.tool === "condor_rm" ? nothingMatches : printed(ad("7.0")))
    assert.deepStrictEqual(yield* Effect.provide(cancel(["7.0"]), layer), ["NotRemovable"])
    assert.lengthOf(calls.filter((call) => call.tool === "condor_rm"), 2)
  }))

it.effect("handles that share an id: are distinguished", () =>
  Effect.gen(function*() {
    const { calls, layer } = backend((call) =>
      call.tool !== "condor_rm"
        ? printed(ad("7.0", { EffectCECopy: 0 }))
        : constraintOf(call).includes("EffectCECopy - ProcId =?= 0 ")
        ? { stdout: "job_7_0 = 1\n" }
        : nothingMatches
    )
    const [right, wrong] = [handle("7.0"), handle("7.0", 3)]
    const outcomes = yield* Effect.provide(
      Effect.flatMap(Capability.Cancellable, ({ cancel }) => cancel([right, wrong])),
      layer
    )
    assert.deepStrictEqual(tagsOf(outcomes, [right, wrong]), ["Cancelled", "UnknownJob"])
    assert.lengthOf(calls.filter((call) => call.tool === "condor_rm"), 2)
  }))

it.effect("purge: removes only completed jobs", () =>
  Effect.gen(function*() {
    const { calls, layer } = backend((call) =>
      call.tool === "condor_rm" ? { stdout: "job_7_0 = 1\n" } : printed(completedAd("7.0"), ad("7.1"))
    )
    assert.deepStrictEqual(yield* Effect.provide(purge(["7.0", "7.1"]), layer), ["Purged", "NotFinished"])
    const removal = calls.find((call) => call.tool === "condor_rm") ?? assert.fail()
    assert.strictEqual(
      constraintOf(removal),
      "(((ClusterId == 7 && EffectCEKey =?= \"task-1\" && EffectCECopy - ProcId =?= 0 && member(ProcId,{0,1})))) && "
        + "(EffectCEFormat =?= 1) && (JobStatus == 4)"
    )
  }))

it.effect.each(
  [
    ["AlreadyFinished", completedAd("7.0")],
    ["AlreadyFinished", completedAd("7.0", { JobStatus: 3, LastJobStatus: 4 })],
    ["AlreadyFinished", completedAd("7.0", { ExitBySignal: null, ExitCode: null })],
    ["Cancelled", ad("7.0", { JobStatus: 3, LastJobStatus: 2 })]
  ] as const
)("cancel: answers %s for a job that has left the queue (%#)", ([tag, gone]) =>
  Effect.gen(function*() {
    const { layer } = backend((call) =>
      call.tool === "condor_rm" ? nothingMatches : call.tool === "condor_history" ? past(call, [gone]) : printed()
    )
    assert.deepStrictEqual(yield* Effect.provide(cancel(["7.0"]), layer), [tag])
  }))

it.effect("cancel: queries again before it reports that a job belongs to another identity", () =>
  Effect.gen(function*() {
    // A gateway prints nothing for a query that is too large for it.
    let asked = 0
    const { calls, layer } = backend((call) => {
      if (call.tool === "condor_rm") return asked > 1 ? { stdout: "job_7_0 = 1\n" } : nothingMatches
      if (call.tool === "condor_history") return past(call, [])
      return asked++ === 0 ? printed() : printed(ad("7.0"))
    })
    assert.deepStrictEqual(yield* Effect.provide(cancel(["7.0"]), layer), ["Cancelled"])
    assert.deepStrictEqual(calls.map(({ tool }) => tool).slice(0, 5), [
      "condor_rm",
      "condor_q",
      "condor_q",
      "condor_q",
      "condor_rm"
    ])
  }))
