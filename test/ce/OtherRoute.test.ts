/** One key on both routes: the copies of grid jobs at a CE, seen by a client that submits there directly. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Capability } from "../../src/index.ts"
import { ad, backend, isIdentity, key, past, picked, printed } from "./Scripted.ts"

const copy = (job: string, attributes: Record<string, unknown> = {}) =>
  ad(job, { EffectCEKey: null, EffectCEGridKey: key, ...attributes })

const site = (queue: ReadonlyArray<ReturnType<typeof ad>>, left: ReadonlyArray<ReturnType<typeof ad>> = []) =>
  backend((call) =>
    call.tool === "condor_submit"
      ? { stdout: "42.0 - 42.0\n" }
      : call.tool === "condor_history"
      ? past(call, left)
      : printed(...picked(call, queue))
  )

const reconcile = Effect.flatMap(Capability.Submitter, (submitter) => submitter.reconcile(key))

const submit = Effect.flatMap(
  Capability.Submitter,
  (submitter) => submitter.submit({ executable: "/bin/true" }, [{}], { key, onConflict: "Adopt" })
)

describe("key that a submit host has used", () => {
  it.effect("reconcile: names the jobs at the CE, and queries its queue once", () =>
    Effect.gen(function*() {
      const { calls, layer } = site([copy("7.0", { JobStatus: 5, HoldReasonCode: 16 }), copy("9.0", { JobStatus: 2 })])
      const state = yield* Effect.provide(reconcile, layer)
      assert.strictEqual(state._tag, "OtherRoute")
      assert.deepStrictEqual("jobs" in state ? state.jobs : [], ["7.0", "9.0"])
      assert.deepStrictEqual(calls.filter((call) => !isIdentity(call)).map(({ tool }) => tool), ["condor_q"])
    }))

  it.effect("submit: fails with a conflict, and submits nothing", () =>
    Effect.gen(function*() {
      const { calls, layer } = site([copy("7.0")])
      const error = yield* Effect.flip(Effect.provide(submit, layer))
      assert.strictEqual(error._tag, "SubmissionConflict")
      assert.strictEqual("reason" in error ? error.reason : "", "OtherRoute")
      assert.include(error.message, "7.0")
      assert.notInclude(calls.map(({ tool }) => tool), "condor_submit")
    }))

  it.effect("reconcile: finds its jobs in the history, too", () =>
    Effect.gen(function*() {
      const { layer } = site([], [copy("7.0", { JobStatus: 4 })])
      assert.strictEqual((yield* Effect.provide(reconcile, layer))._tag, "OtherRoute")
    }))

  it.effect.each(
    [
      ["other users", [copy("7.0", { User: "other@users.htcondor.org" })], "Absent"],
      ["another key", [copy("7.0", { EffectCEGridKey: "Task-1" })], "Absent"],
      ["its own route", [ad("8.0"), copy("7.0")], "Submitted"]
    ] as const
  )("reconcile: is not misled by jobs of %s", ([, queue, tag]) =>
    Effect.gen(function*() {
      const { layer } = site(queue)
      assert.strictEqual((yield* Effect.provide(reconcile, layer))._tag, tag)
    }))
})
