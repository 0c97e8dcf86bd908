/** The fence of a caller that submits through the cluster. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestRunner } from "effect/cluster"
import { ClusterCE } from "../../src/cluster/index.ts"
import { BackendError, Capability, SubmissionKey } from "../../src/index.ts"
import { TimeLapse } from "../../src/testing/index.ts"
import { sealer } from "../testing/FakeSite.ts"
import * as Scripted from "./Scripted.ts"

const endpoint = "ce.example.org:9619"
const key = SubmissionKey.SubmissionKey.make("key")

/** Submits with a fence. The owner loses the compute element `losses` times. The notes have the order of events. */
const submit = (fence: Effect.Effect<void, { readonly message: string }>, losses = 0) => {
  const notes: Array<string> = []
  let left = losses
  const owner = Scripted.owner({
    submit: ({ payload: { fenced } }) => {
      notes.push(fenced === undefined ? "owner submits" : `owner sends nothing: ${fenced}`)
      return fenced !== undefined || left-- > 0
        ? Effect.fail(new BackendError.SubmissionFenced({ endpoint, key, detail: fenced ?? "the owner has changed" }))
        : Effect.succeed({ key, handles: [], failures: [], warnings: [], adopted: false })
    }
  })
  const test = Effect.gen(function*() {
    const submitter = yield* Capability.Submitter
    const noted = Effect.tap(Effect.sync(() => notes.push("fence")), fence)
    const result = yield* Effect.result(submitter.submit({ executable: "/bin/true" }, [{}], { key, fence: noted }))
    return { notes, result }
  })
  return TimeLapse.run(test).pipe(Effect.provide(
    Layer.merge(ClusterCE.layer(endpoint), owner).pipe(
      Layer.provide([Layer.fresh(TestRunner.layer), sealer]),
      Layer.provideMerge(NodeServices.layer)
    )
  ))
}

describe("the fence of a caller", () => {
  it.effect("runs in the caller's process, before the request to the owner", () =>
    Effect.gen(function*() {
      const { notes, result } = yield* submit(Effect.void)
      assert.strictEqual(result._tag, "Success")
      assert.deepStrictEqual(notes, ["fence", "owner submits"])
    }))

  it.effect("runs again before the request to the next owner", () =>
    Effect.gen(function*() {
      const { notes, result } = yield* submit(Effect.void, 1)
      assert.strictEqual(result._tag, "Success")
      assert.deepStrictEqual(notes, ["fence", "owner submits", "fence", "owner submits"])
    }))

  it.effect("fails: the owner gets its message, and sends nothing", () =>
    Effect.gen(function*() {
      const { notes, result } = yield* submit(Effect.fail({ message: "the lock is lost" }))
      assert.deepStrictEqual(notes, ["fence", "owner sends nothing: the lock is lost"])
      assert.isTrue(result._tag === "Failure" && result.failure._tag === "SubmissionFenced")
    }))
})
