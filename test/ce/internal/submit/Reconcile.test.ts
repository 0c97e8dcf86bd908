/** Clusters that a killed schedd has left half released, or that are still being sent. */
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect } from "effect"
import { Capability } from "../../../../src/index.ts"
import { changed, cluster, type Listed, schedd, spooling } from "../../ListedSchedd.ts"
import { key } from "../../Scripted.ts"
import { jobsOf, passing, reasonOf, submit, whole } from "../../Submitting.ts"

const adopt = submit(2, { onConflict: "Adopt" })

const reconcile = Effect.flatMap(Capability.Submitter, (submitter) => submitter.reconcile(key))

/** The copies that are in the queue, by cluster. */
const copiesOf = ({ queue }: Listed) => queue.map(({ ClusterId, EffectCECopy }) => [ClusterId, EffectCECopy])

describe("cluster of which a killed schedd has released only a part", () => {
  const half = (first: Record<string, unknown> = {}) => [
    ...cluster(42, whole, first).slice(0, 1),
    ...cluster(42, whole, spooling).slice(1)
  ]

  it.effect.each([{ JobStatus: 1 }, { JobStatus: 2 }])(
    "is removed as a whole and submitted again (%#)",
    (first) =>
      Effect.gen(function*() {
        const { layer, listed, toolsOf } = schedd({ queue: half(first) })
        const submission = yield* passing(adopt, layer)
        assert.deepStrictEqual([jobsOf(submission), submission.adopted], [["50.0", "50.1"], false])
        assert.deepStrictEqual(copiesOf(listed), [[50, 0], [50, 1]])
        assert.strictEqual(toolsOf().filter((tool) => tool === "condor_submit").length, 1)
      })
  )

  it.effect("is removed as a whole by the next client, too, after one that was killed during the removal", () =>
    Effect.gen(function*() {
      let dies = true
      const { layer, listed } = schedd({ queue: half() }, {
        answer: (call) => {
          if (call.tool !== "condor_rm" || !dies) return undefined
          return listed.queue.length === 2 ? undefined : Effect.succeed({ exitCode: 1, stderr: "killed" })
        }
      })
      yield* Effect.exit(passing(adopt, layer))
      assert.deepStrictEqual(copiesOf(listed), [[42, 1]])
      dies = false
      assert.deepStrictEqual(jobsOf(yield* passing(adopt, layer)), ["50.0", "50.1"])
      assert.deepStrictEqual(copiesOf(listed), [[50, 0], [50, 1]])
    }))

  it.effect.each(
    [
      ["has completed", { queue: half({ JobStatus: 4 }) }],
      [
        "has completed and left",
        { queue: half().slice(1), history: cluster(42, whole, { JobStatus: 3, LastJobStatus: 4 }).slice(0, 1) }
      ],
      [
        "was cancelled",
        {
          queue: half().slice(1),
          history: cluster(42, whole, { JobStatus: 3, LastJobStatus: 2, RemoveReason: "cancelled" }).slice(0, 1)
        }
      ],
      ["has left, and nobody knows how", { queue: half().slice(1) }]
    ] as const
  )("is a conflict if one of its jobs %s, and nothing is removed", ([, jobs]) =>
    Effect.gen(function*() {
      const { layer, listed, toolsOf } = schedd(jobs)
      const error = yield* Effect.flip(passing(adopt, layer))
      assert.strictEqual(reasonOf(error), "Staging")
      assert.include(error.message, "42.1")
      assert.deepStrictEqual(listed.queue, jobs.queue)
      assert.notInclude(toolsOf(), "condor_rm")
      assert.notInclude(toolsOf(), "condor_submit")
    }))

  it.effect("is incomplete for the client whose condor_submit fails over it, and the next attempt replaces it", () =>
    Effect.gen(function*() {
      const { layer, listed, toolsOf } = schedd({}, {
        after: (jobs, number) => {
          if (number === 50) {
            jobs.queue = changed(jobs.queue, ({ ProcId }) => ProcId === 0 ? { JobStatus: 2 } : {})
          }
        },
        exit: (number) => number === 50 ? 1 : 0
      })
      const error = yield* Effect.flip(passing(submit(), layer))
      assert.strictEqual(error._tag, "SubmissionFailed")
      assert.deepStrictEqual("leftover" in error ? error.leftover : [], ["50.0", "50.1"])
      assert.notInclude(toolsOf(), "condor_rm")
      assert.strictEqual((yield* passing(reconcile, layer))._tag, "Staging")
      assert.deepStrictEqual(jobsOf(yield* passing(submit(), layer)), ["51.0", "51.1"])
      assert.deepStrictEqual(copiesOf(listed), [[51, 0], [51, 1]])
    }))
})

describe("cluster whose input was begun, and has not arrived", () => {
  const begun = { ...spooling, StageInStart: 5_000 }
  const config = { limits: { transferTimeout: Duration.minutes(5) } }

  it.effect("may still be sent by another client: nothing is removed, and a retry may help", () =>
    Effect.gen(function*() {
      const { layer, toolsOf } = schedd({ queue: cluster(42, whole, begun) }, { now: 5_299 }, config)
      const error = yield* Effect.flip(passing(adopt, layer))
      assert.strictEqual(reasonOf(error), "Staging")
      assert.strictEqual(error.retry, "Later")
      assert.include(error.message, "the input of cluster 42 is being sent")
      assert.notInclude(toolsOf(), "condor_rm")
    }))

  it.effect("is removed after the longest time for a transfer, by the schedd's clock", () =>
    Effect.gen(function*() {
      const { layer, listed } = schedd({ queue: cluster(42, whole, begun) }, { now: 5_300 }, config)
      assert.deepStrictEqual(jobsOf(yield* passing(adopt, layer)), ["50.0", "50.1"])
      assert.deepStrictEqual(copiesOf(listed), [[50, 0], [50, 1]])
    }))

  it.effect("is removed at once after spoolingGrace if its input was begun and has arrived", () =>
    Effect.gen(function*() {
      const come = { ...begun, StageInFinish: 5_001 }
      const { layer, listed } = schedd({ queue: cluster(42, whole, come) }, { now: 5_002 }, config)
      assert.deepStrictEqual(jobsOf(yield* passing(adopt, layer)), ["50.0", "50.1"])
      assert.deepStrictEqual(copiesOf(listed), [[50, 0], [50, 1]])
    }))

  it.effect("is adopted if it comes in the meantime", () =>
    Effect.gen(function*() {
      let looks = 0
      const { layer, listed } = schedd({ queue: cluster(42, whole, begun) }, {
        now: 5_020,
        answer: (call) => {
          if (call.tool === "condor_q" && ++looks === 20) listed.queue = cluster(42, whole)
          return undefined
        }
      }, config)
      assert.deepStrictEqual(jobsOf(yield* passing(adopt, layer)), ["42.0", "42.1"])
    }))
})

describe("reconcile", () => {
  it.effect.each(
    [
      ["when the last of them began to wait", [1_700_000_000, 1_700_000_060], "2023-11-14T22:14:20.000Z"],
      ["nothing where the ads do not say it", [undefined, undefined], undefined]
    ] as const
  )("says of jobs that wait for their input %s", ([, times, since]) =>
    Effect.gen(function*() {
      const { layer } = schedd({
        queue: changed(cluster(42, whole, spooling), ({ ProcId }) => ({ EnteredCurrentStatus: times[Number(ProcId)] }))
      })
      const state = yield* passing(reconcile, layer)
      if (state._tag !== "Staging") return assert.fail(state._tag)
      assert.strictEqual(state.since === undefined ? undefined : DateTime.formatIso(state.since), since)
    }))
})
