/** A CE that hands its jobs on from its own queue: the copies that its JobRouter makes carry the key, too. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Capability } from "../../src/index.ts"
import { changed, cluster, schedd } from "./ListedSchedd.ts"
import { key } from "./Scripted.ts"
import { jobsOf, passing, submit } from "./Submitting.ts"

const whole = { first: 0, count: 2, copies: 2 }
const sources = changed(cluster(7, whole), ({ ProcId = 0 }) => ({ RoutedToJobId: `${8 + ProcId}.0` }))

// Each is the first job of a cluster of its own, and says all else that its source says.
const copies = sources.map(({ ProcId = 0, ...source }) => ({
  ...source,
  ClusterId: 8 + ProcId,
  ProcId: 0,
  RoutedToJobId: undefined,
  RoutedFromJobId: `7.${ProcId}`,
  JobStatus: 2
}))

const reconcile = Effect.flatMap(Capability.Submitter, (submitter) => submitter.reconcile(key))

describe("copies that a JobRouter made, in the same queue", () => {
  it.effect("reconcile: a submission that is routed is there once", () =>
    Effect.gen(function*() {
      const { layer } = schedd({ queue: [...sources, ...copies] })
      const state = yield* Effect.provide(reconcile, layer)
      assert.strictEqual(state._tag, "Submitted")
      assert.deepStrictEqual("handles" in state ? state.handles.map(({ job }) => job) : [], ["7.0", "7.1"])
    }))

  it.effect("reconcile: so is one whose jobs and copies have left the queue", () =>
    Effect.gen(function*() {
      const left = changed([...copies, ...sources.toReversed()], () => ({ JobStatus: 4 }))
      const state = yield* Effect.provide(reconcile, schedd({ history: left }).layer)
      assert.strictEqual(state._tag, "Submitted")
      assert.deepStrictEqual("handles" in state ? state.handles.map(({ job }) => job) : [], ["7.0", "7.1"])
    }))

  it.effect("submit: adopts a submission that is routed, and removes no copy", () =>
    Effect.gen(function*() {
      const { layer, listed, toolsOf } = schedd({ queue: [...sources, ...copies] })
      const submission = yield* passing(submit(2, { onConflict: "Adopt" }), layer)
      assert.deepStrictEqual([jobsOf(submission), submission.adopted], [["7.0", "7.1"], true])
      assert.deepStrictEqual(toolsOf().filter((tool) => tool !== "condor_q"), [])
      assert.strictEqual(listed.queue.length, 4)
    }))

  it.effect("submit: removes no copy of a submission of one job", () =>
    Effect.gen(function*() {
      const one = changed(
        [...sources.slice(0, 1), ...copies.slice(0, 1)],
        () => ({ EffectCECopies: 1, TotalSubmitProcs: 1 })
      )
      const { layer, listed } = schedd({ queue: one })
      const submission = yield* passing(submit(1, { onConflict: "Adopt" }), layer)
      assert.deepStrictEqual([jobsOf(submission), submission.adopted], [["7.0"], true])
      assert.deepStrictEqual(listed.queue.map(({ ClusterId }) => ClusterId), [7, 8])
    }))
})
