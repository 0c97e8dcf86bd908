/** A younger cluster with the same copies: the conditions for its removal, and the report if it stays. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { cluster, schedd } from "../../ListedSchedd.ts"
import { completedAd, constraintOf, looking } from "../../Scripted.ts"
import { elder, jobsOf, passing, reasonOf, submit, whole } from "../../Submitting.ts"

const adopt = submit(2, { onConflict: "Adopt" })

const notShown = { exitCode: 5, stderr: "Error 5: HISTORY undefined in remote configuration." }

/** More jobs of other users than are searched. */
const long = Array.from(
  { length: 29 },
  (_, index) => completedAd(`${30 - index}.0`, { EffectCEKey: "other", EnteredCurrentStatus: 100 - index })
)

const removed = { JobStatus: 3, LastJobStatus: 2, RemoveReason: "by the site", EnteredCurrentStatus: 200 }

describe("younger cluster is removed, although the history is longer than the searched part", () => {
  it.effect("if its jobs that the site has removed are in the searched part", () =>
    Effect.gen(function*() {
      const { layer, listed } = schedd(
        {
          queue: [...cluster(42, whole), ...cluster(43, whole).slice(1)],
          history: [...cluster(43, whole, removed).slice(0, 1), ...long]
        },
        {},
        { historyDepth: 5 }
      )
      assert.deepStrictEqual(jobsOf(yield* Effect.provide(adopt, layer)), ["42.0", "42.1"])
      assert.deepStrictEqual(listed.queue.map(({ ClusterId }) => ClusterId), [42, 42])
    }))

  it.effect("and if more of its jobs than one search returns were removed", () =>
    Effect.gen(function*() {
      const range = { first: 0, count: 1_201, copies: 1_201 }
      const { layer, listed } = schedd(
        {
          queue: [...cluster(42, range).slice(0, 1), ...cluster(43, range).slice(0, 1)],
          history: [...cluster(43, range, removed).slice(1), ...long]
        },
        {},
        { historyDepth: 5 }
      )
      const submission = yield* Effect.provide(submit(1_201, { onConflict: "Adopt" }), layer)
      assert.deepStrictEqual([submission.handles.length, submission.handles[0]?.job], [1_201, "42.0"])
      assert.deepStrictEqual(listed.queue.map(({ ClusterId }) => ClusterId), [42])
    }))

  it.effect("but not if one of its jobs may have completed before that", () =>
    Effect.gen(function*() {
      const { layer, toolsOf } = schedd(
        {
          queue: [...cluster(42, whole), ...cluster(43, whole).slice(1)],
          history: long
        },
        {},
        { historyDepth: 5 }
      )
      const error = yield* Effect.flip(Effect.provide(adopt, layer))
      assert.strictEqual(reasonOf(error), "Duplicated")
      assert.notInclude(toolsOf(), "condor_rm")
    }))

  it.effect.each([["is longer", {}], ["is not shown", notShown]] as const)(
    "or another client has removed it, between the query and the removal, and the history %s",
    ([, history]) =>
      Effect.gen(function*() {
        const { layer, listed } = schedd({ history: long }, {
          ...elder(49),
          answer: (call, jobs) => {
            if (call.tool === "condor_history" && "exitCode" in history) return Effect.succeed(history)
            if (looking(call) === undefined && constraintOf(call).includes("ClusterId == 50")) {
              const abandoned = "submission abandoned, cluster 49 has the same key (by user pilot)"
              const gone = { JobStatus: 3, LastJobStatus: 5, RemoveReason: abandoned, EnteredCurrentStatus: 200 }
              jobs.queue = jobs.queue.filter(({ ClusterId }) => ClusterId !== 50)
              jobs.history = [...cluster(50, whole, gone), ...long]
            }
            return undefined
          }
        }, { historyDepth: 5 })
        const submission = yield* Effect.provide(submit(), layer)
        assert.deepStrictEqual([jobsOf(submission), submission.adopted], [["49.0", "49.1"], true])
        assert.deepStrictEqual(listed.queue.map(({ ClusterId }) => ClusterId), [49, 49])
      })
  )
})

describe("younger cluster that cannot be removed", () => {
  const powerless = (attributes: Record<string, unknown> = {}) =>
    schedd({}, {
      ...elder(49),
      answer: (call, jobs) => {
        if (call.tool !== "condor_rm") return undefined
        jobs.queue = jobs.queue.map((job) => job.ClusterId === 50 ? { ...job, JobStatus: 2, ...attributes } : job)
        return Effect.succeed({ exitCode: 1, stderr: "no" })
      }
    })

  it.effect("is named if it is this client's, and a retry may help", () =>
    Effect.gen(function*() {
      const { layer } = powerless()
      const error = yield* Effect.flip(passing(submit(), layer))
      if (error._tag !== "SubmissionConflict") return assert.fail(error._tag)
      assert.deepStrictEqual([error.reason, error.retry], ["Unremoved", "Later"])
      assert.deepStrictEqual(error.leftover, ["50.0", "50.1"])
      assert.include(error.message, "50.0, 50.1")
    }))

  it.effect("is named if it is this client's, and a retry does not help if a job of it has completed", () =>
    Effect.gen(function*() {
      const { layer } = powerless({ JobStatus: 4 })
      const error = yield* Effect.flip(passing(submit(), layer))
      if (error._tag !== "SubmissionConflict") return assert.fail(error._tag)
      assert.deepStrictEqual([error.reason, error.retry], ["Duplicated", "AfterRepair"])
      assert.deepStrictEqual(error.leftover, ["50.0", "50.1"])
    }))

  it.effect("is a conflict if it is another client's: a retry may end that, and nothing was submitted", () =>
    Effect.gen(function*() {
      const { layer } = schedd({ queue: [...cluster(42, whole), ...cluster(43, whole)] }, {
        answer: (call) => call.tool === "condor_rm" ? Effect.succeed({ exitCode: 1, stderr: "no" }) : undefined
      })
      const error = yield* Effect.flip(Effect.provide(adopt, layer))
      if (error._tag !== "SubmissionConflict") return assert.fail(error._tag)
      assert.deepStrictEqual([error.reason, error.leftover], ["Unremoved", undefined])
      assert.include(error.message, "42, 43")
    }))
})
