/** A CE that routes its jobs within its own queue: the copies that its JobRouter makes carry the key, too. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Capability } from "../../src/index.ts"
import { changed, cluster, schedd } from "./ListedSchedd.ts"
import { key } from "./Scripted.ts"
import { jobsOf, passing, submit } from "./Submitting.ts"

const whole = { first: 0, count: 2, copies: 2 }

/** Jobs of one cluster that are routed, and their copies. The copies have the next cluster ids. */
const routed = (jobs: ReturnType<typeof cluster>) => {
  const sources = changed(jobs, ({ ClusterId = 0, ProcId = 0 }) => ({ RoutedToJobId: `${ClusterId + 1 + ProcId}.0` }))
  // Each copy is the first job of a separate cluster, and has all other attributes of its source.
  const copies = changed(sources, ({ ClusterId = 0, ProcId = 0 }) => ({
    ClusterId: ClusterId + 1 + ProcId,
    ProcId: 0,
    RoutedToJobId: undefined,
    RoutedFromJobId: `${ClusterId}.${ProcId}`,
    JobStatus: 2
  }))
  return { sources, copies }
}

const { copies, sources } = routed(cluster(7, whole))

const reconcile = Effect.flatMap(Capability.Submitter, (submitter) => submitter.reconcile(key))

describe("copies that a JobRouter made, in the same queue", () => {
  it.effect("reconcile: finds a routed submission once", () =>
    Effect.gen(function*() {
      const { layer } = schedd({ queue: [...sources, ...copies] })
      const state = yield* Effect.provide(reconcile, layer)
      assert.strictEqual(state._tag, "Submitted")
      assert.deepStrictEqual("handles" in state ? state.handles.map(({ job }) => job) : [], ["7.0", "7.1"])
    }))

  it.effect("reconcile: finds it once after its jobs and copies have left the queue", () =>
    Effect.gen(function*() {
      const left = changed([...copies, ...sources.toReversed()], () => ({ JobStatus: 4 }))
      const state = yield* Effect.provide(reconcile, schedd({ history: left }).layer)
      assert.strictEqual(state._tag, "Submitted")
      assert.deepStrictEqual("handles" in state ? state.handles.map(({ job }) => job) : [], ["7.0", "7.1"])
    }))

  it.effect("submit: adopts a routed submission, and removes no copy", () =>
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

  it.effect("submit: succeeds if condor_submit fails at its end, when the jobs are already routed", () =>
    Effect.gen(function*() {
      const { layer, listed } = schedd({}, {
        after: (listed) => {
          const { copies, sources } = routed(changed(listed.queue, () => ({ JobStatus: 1, HoldReasonCode: undefined })))
          listed.queue = [...sources, ...copies]
        },
        exit: () => 1
      })
      const submission = yield* passing(submit(), layer)
      assert.deepStrictEqual([jobsOf(submission), submission.adopted], [["50.0", "50.1"], false])
      assert.strictEqual(listed.queue.length, 4)
    }))

  it.effect("submit: names no copy among the leftovers of a failed attempt", () =>
    Effect.gen(function*() {
      const { layer, listed } = schedd({}, {
        // A schedd that was killed while it released the jobs.
        after: (listed) => {
          const [first, ...others] = listed.queue
          const released = routed(first === undefined ? [] : changed([first], () => ({ JobStatus: 1 })))
          listed.queue = [...released.sources, ...others, ...released.copies]
        },
        exit: () => 1
      })
      const error = yield* Effect.flip(passing(submit(), layer))
      assert.deepInclude(error, { _tag: "SubmissionFailed", leftover: ["50.0", "50.1"] })
      assert.strictEqual(listed.queue.length, 3)
    }))
})
