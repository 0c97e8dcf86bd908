/** The removal of a submission that exists twice, if the caller has another payload. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { cluster, schedd } from "../../ListedSchedd.ts"
import { jobsOf, reasonOf, submit, whole } from "../../Submitting.ts"

const twice = () =>
  schedd({
    queue: [
      ...cluster(42, whole, { EffectCEPayload: "1.a" }),
      ...cluster(43, whole, { EffectCEPayload: "1.b" })
    ]
  })

it.effect("submit: removes nothing for a caller whose payload is another one", () =>
  Effect.gen(function*() {
    const { layer, listed, toolsOf } = twice()
    assert.strictEqual(reasonOf(yield* Effect.flip(Effect.provide(submit(), layer))), "Payload")
    assert.deepStrictEqual(listed.queue.map(({ ClusterId }) => ClusterId), [42, 42, 43, 43])
    assert.notInclude(toolsOf(), "condor_rm")
  }))

it.effect("submit: removes the younger for a caller that adopts any payload", () =>
  Effect.gen(function*() {
    const { layer, listed } = twice()
    assert.deepStrictEqual(jobsOf(yield* Effect.provide(submit(2, { onConflict: "Adopt" }), layer)), ["42.0", "42.1"])
    assert.deepStrictEqual(listed.queue.map(({ ClusterId }) => ClusterId), [42, 42])
  }))
