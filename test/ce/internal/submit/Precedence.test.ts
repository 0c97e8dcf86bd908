/** A query after the submission that is interrupted, or that does not show the client's own jobs. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { cluster, schedd } from "../../ListedSchedd.ts"
import { looking } from "../../Scripted.ts"
import { elder, jobsOf, submit, whole } from "../../Submitting.ts"

const notShown = { exitCode: 5, stderr: "Error 5: HISTORY undefined in remote configuration." }

describe("client that is interrupted in its query", () => {
  const interrupted = Effect.fnUntraced(function*(others: Parameters<typeof schedd>[1]) {
    const begun = yield* Deferred.make<void>()
    let looks = 0
    const made = schedd({}, {
      ...others,
      answer: (call) =>
        looking(call) !== undefined && ++looks === 1
          ? Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
          : undefined
    })
    const fiber = yield* Effect.forkChild(Effect.provide(submit(), made.layer))
    yield* Deferred.await(begun)
    yield* Fiber.interrupt(fiber)
    return made.listed.queue.map(({ ClusterId }) => ClusterId)
  })

  it.effect("removes its jobs if another client came first", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* interrupted(elder(49)), [49, 49])
    }))

  it.effect("leaves its jobs for the next attempt otherwise", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* interrupted({}), [50, 50])
    }))
})

describe("jobs that have left the queue before the query", () => {
  const left = (attributes: Record<string, unknown>, history: Partial<typeof notShown> = {}) =>
    schedd({}, {
      after: (listed, own) => {
        if (own !== 50) return
        const gone = { JobStatus: 3, LastJobStatus: 1, EnteredCurrentStatus: 1, ...attributes }
        listed.history = cluster(50, whole, gone)
        listed.queue = []
      },
      answer: (call) =>
        call.tool === "condor_history" && history.exitCode !== undefined ? Effect.succeed(history) : undefined
    })

  it.effect.each(
    [
      ["were cancelled", { RemoveReason: "cancelled (by user pilot)" }, {}],
      ["were cancelled, and the history is not shown", { RemoveReason: "cancelled (by user pilot)" }, notShown],
      ["have completed", { LastJobStatus: 4, RemoveReason: "output retrieved (by user pilot)" }, {}]
    ] as const
  )("and %s are not submitted again, and were not there already", ([, attributes, history]) =>
    Effect.gen(function*() {
      const { layer, toolsOf } = left(attributes, history)
      const submission = yield* Effect.provide(submit(), layer)
      assert.deepStrictEqual([jobsOf(submission), submission.adopted], [["50.0", "50.1"], false])
      assert.strictEqual(toolsOf().filter((tool) => tool === "condor_submit").length, 1)
    }))

  it.effect.each(["submission abandoned (by user pilot)", "Staging of job files failed"])(
    "because of \"%s\": are submitted again",
    (RemoveReason) =>
      Effect.gen(function*() {
        const { layer } = left({ LastJobStatus: 5, RemoveReason })
        assert.deepStrictEqual(jobsOf(yield* Effect.provide(submit(), layer)), ["51.0", "51.1"])
      })
  )

  it.effect("are found in the queue by the next query: they were not there already", () =>
    Effect.gen(function*() {
      const { layer, toolsOf } = schedd({}, {
        after: (listed) => {
          listed.queue = listed.queue.map((job) => ({ ...job, JobStatus: 1 }))
        },
        answer: (call) => looking(call) === undefined ? undefined : Effect.succeed({ stdout: "[\n]\n" })
      })
      const submission = yield* Effect.provide(submit(), layer)
      assert.deepStrictEqual([jobsOf(submission), submission.adopted], [["50.0", "50.1"], false])
      assert.strictEqual(toolsOf().filter((tool) => tool === "condor_submit").length, 1)
    }))
})
