/** A submission with jobs whose ads cannot be read: the state is not part of a job's identity. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Result } from "effect"
import * as PayloadDigest from "../../../../src/ce/internal/submit/PayloadDigest.ts"
import { Capability, type SubmissionKey } from "../../../../src/index.ts"
import { type Ad, ad, backend, key, past, printed } from "../../Scripted.ts"

type Attributes = Readonly<Record<string, unknown>>

const spec = { executable: "/bin/true" }

const digest = Effect.flatMap(
  FileSystem.FileSystem,
  (fileSystem) => PayloadDigest.make(fileSystem, spec, [{}, {}])
)

const site = (queue: ReadonlyArray<unknown>, left: ReadonlyArray<Ad> = []) =>
  backend((call) =>
    call.tool === "condor_submit"
      ? { stdout: "60.0 - 60.1\n" }
      : call.tool === "condor_history"
      ? past(call, left)
      : printed(...queue)
  )

const job = (id: string, EffectCEPayload: unknown, attributes: Attributes = {}) =>
  ad(id, { EffectCECopies: 2, TotalSubmitProcs: 2, JobStatus: 2, EffectCEPayload, ...attributes })

/** The outcome of a submission with the key: its jobs, or the reason, and whether a retry may help. */
const submitted = Effect.fnUntraced(
  function*(queue: ReadonlyArray<unknown>, options: Partial<Capability.SubmitOptions> = {}, left?: ReadonlyArray<Ad>) {
    const { calls, layer } = site(queue, left)
    const outcome = yield* Effect.result(
      Effect.flatMap(Capability.Submitter, ({ submit }) => submit(spec, [{}, {}], { key, ...options })).pipe(
        Effect.provide(layer)
      )
    )
    const submits = calls.filter((call) => call.tool === "condor_submit").length
    if (Result.isSuccess(outcome)) return [outcome.success.handles.map((handle) => handle.job), submits]
    const error = outcome.failure
    return error._tag === "SubmissionConflict"
      ? [error.reason, error.retry, error.detail.replaceAll(/: .*/gs, ""), submits]
      : [error._tag, submits]
  }
)

const reconciled = (
  queue: ReadonlyArray<unknown>,
  left?: ReadonlyArray<Ad>,
  asked: SubmissionKey.SubmissionKey = key
) =>
  Effect.flatMap(Capability.Submitter, ({ reconcile }) => reconcile(asked)).pipe(
    Effect.provide(site(queue, left).layer)
  )

const broken = { JobStatus: "/Expr(error)/" }
const unreadable = [["a broken state", broken], ["half a state", { JobStatus: 1.5 }], ["no state", {
  JobStatus: null
}]] as const

describe.each(unreadable)("job whose ad cannot be read (%s)", (_, strange) => {
  const adopted = [["50.0", "50.1"], 0]

  it.effect("submit: adopts its cluster, whichever of its jobs it is", () =>
    Effect.gen(function*() {
      const own = yield* digest
      assert.deepStrictEqual(yield* submitted([job("50.0", own), job("50.1", own, strange)]), adopted)
      assert.deepStrictEqual(yield* submitted([job("50.0", own, strange), job("50.1", own)]), adopted)
      assert.deepStrictEqual(yield* submitted([job("50.0", own, strange), job("50.1", own, strange)]), adopted)
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("submit: reports a different payload, and only then", () =>
    Effect.gen(function*() {
      const queue = [job("50.0", "1.other", strange), job("50.1", "1.other", strange)]
      assert.deepStrictEqual(yield* submitted(queue), [
        "Payload",
        "Never",
        "the payload of cluster 50 differs from what is submitted",
        0
      ])
      assert.deepStrictEqual(yield* submitted(queue, { onConflict: "Adopt" }), adopted)
      const three = [job("50.0", "1.other", { ...strange, EffectCECopies: 3, TotalSubmitProcs: 3 })]
      assert.deepStrictEqual(yield* submitted(three), [
        "Copies",
        "Never",
        "cluster 50 was submitted with 3 copies, not 2",
        0
      ])
    }))
})

describe("job that does not say its payload", () => {
  it.effect("submit: reads the payload from another job of its cluster", () =>
    Effect.gen(function*() {
      const own = yield* digest
      assert.deepStrictEqual(yield* submitted([job("50.0", own), job("50.1", null)]), [["50.0", "50.1"], 0])
      assert.deepStrictEqual(yield* submitted([job("50.0", own), job("50.1", 5, broken)]), [["50.0", "50.1"], 0])
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("submit: asks for a retry, if no readable ad has the payload", () =>
    Effect.gen(function*() {
      const cannotBeRead = ["Unreadable", "Later", "the ad of job 50.0 cannot be read", 0]
      const nothing = [{ ClusterId: 50, ProcId: 0 }, { ClusterId: 50, ProcId: 1 }]
      const without = [job("50.0", null, broken), job("50.1", null)]
      assert.deepStrictEqual(yield* submitted(nothing), cannotBeRead)
      assert.deepStrictEqual(yield* submitted(nothing, { onConflict: "Adopt" }), cannotBeRead)
      assert.deepStrictEqual(yield* submitted(without), cannotBeRead)
      assert.deepStrictEqual(yield* submitted(without, { onConflict: "Adopt" }), [["50.0", "50.1"], 0])
      assert.strictEqual((yield* reconciled(nothing))._tag, "Submitted")
    }))

  it.effect("submit: does not report a difference, if all ads can be read", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* submitted([job("50.0", null), job("50.1", null)]), [
        "Payload",
        "Never",
        "cluster 50 does not say what it runs",
        0
      ])
      const without = { EffectCECopies: null, TotalSubmitProcs: null }
      assert.deepStrictEqual(yield* submitted([job("50.0", null, without), job("50.1", null, without)]), [
        "Copies",
        "Never",
        "the jobs of cluster 50 do not say which copies of how many they are",
        0
      ])
    }))
})

describe("record without a number", () => {
  it.effect("in the queue: is a job of the key with an unknown copy, and nothing is submitted", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* submitted([{ JobStatus: 2 }]), ["BackendFailed", 0])
    }))
})

describe("impossible count of copies", () => {
  const absurd = [Number.MAX_SAFE_INTEGER, 1_000_001, 0, -1]

  it.effect.each(absurd)(
    "(%d) counts as none, in any ad: reconcile reports the jobs that exist",
    (count) =>
      Effect.gen(function*() {
        for (const name of ["EffectCECopies", "TotalSubmitProcs", "EffectCECopy"]) {
          const state = yield* reconciled([job("50.0", "1.x", { [name]: count === 0 ? -2 : count })])
          assert.strictEqual(state._tag, "Submitted", name)
          assert.deepStrictEqual("handles" in state ? state.handles.map((one) => [one.job, one.copy]) : [], [[
            "50.0",
            0
          ]])
        }
      })
  )

  it.effect("does not enlarge the search of the history", () =>
    Effect.gen(function*() {
      const queue = [job("50.0", "1.x", { EffectCECopies: Number.MAX_SAFE_INTEGER, TotalSubmitProcs: 1 })]
      const { calls, layer } = site(queue)
      yield* Effect.provide(Effect.flatMap(Capability.Submitter, ({ reconcile }) => reconcile(key)), layer)
      const limits = calls.flatMap(({ args }) =>
        args.flatMap((word, index) => word === "-scanlimit" ? args[index + 1] ?? [] : [])
      )
      for (const limit of limits) assert.isAtMost(Number(limit), 30_000)
    }))
})

describe("ad that cannot be read", () => {
  it.effect("reconcile: has its copy, which is not its proc", () =>
    Effect.gen(function*() {
      const half = { EffectCECopies: 2, TotalSubmitProcs: 1 }
      const state = yield* reconciled([
        job("50.0", "1.x", half),
        job("51.0", "1.x", { ...half, EffectCECopy: 1, ...broken })
      ])
      assert.strictEqual(state._tag, "Submitted")
      assert.deepStrictEqual(
        "handles" in state ? state.handles.map((handle) => [handle.job, handle.copy]) : [],
        [["50.0", 0], ["51.0", 1]]
      )
    }))

  it.effect("belongs to another user if it says so, in the queue and in the history", () =>
    Effect.gen(function*() {
      const own = yield* digest
      const foreign = { User: "other@users.htcondor.org", ...broken }
      const [first, second] = [job("50.0", own, foreign), job("50.1", own, foreign)]
      assert.deepStrictEqual(yield* submitted([job("60.0", own), job("60.1", own), first]), [["60.0", "60.1"], 0])
      assert.strictEqual((yield* reconciled([first, second]))._tag, "Absent")
      assert.strictEqual((yield* reconciled([], [first, second, ad("1.0", { EffectCEKey: "task-2" })]))._tag, "Absent")
      assert.strictEqual(
        (yield* reconciled([job("50.0", own, { EffectCEKey: "Task-1", ...broken })]))._tag,
        "Absent"
      )
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("has the format in it", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* submitted([job("50.0", "2.x", { EffectCEFormat: 2, ...broken })]), [
        "UnsupportedFormat",
        0
      ])
    }))

  it.effect("belongs to a submit host if it says so", () =>
    Effect.gen(function*() {
      const copy = job("7.0", null, { EffectCEKey: null, EffectCEGridKey: key, ...broken })
      const state = yield* reconciled([copy])
      assert.deepStrictEqual([state._tag, "jobs" in state ? state.jobs : []], ["OtherRoute", ["7.0"]])
      assert.strictEqual((yield* submitted([copy], { onConflict: "Adopt" }))[0], "OtherRoute")
    }))
})
