/**
 * A schedd that is killed after a submission's input has arrived, and before it releases the jobs. The jobs wait for
 * input that is there, until a submit with the same key, or for 12 hours.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Capability } from "../../src/index.ts"
import { type FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import * as FaultScene from "./FaultScene.ts"

const versions: ReadonlyArray<FakeSchedd.Version> = ["lts", "latest"]

// A submission that succeeded, as far as its client could see.
const stuck = Effect.gen(function*() {
  const scene = yield* FaultScene.scene
  const attempt = yield* scene.begin.submit
  assert.strictEqual(yield* attempt.run, "Submitted")
  yield* scene.fake.restart
  const { reconcile } = yield* Capability.Submitter
  const state = yield* reconcile(attempt.key)
  if (state._tag !== "Staging") return assert.fail(`the submission is ${state._tag}`)
  assert.strictEqual(state.handles.length, 3)
  return { ...scene, ...attempt, old: state.handles, reconcile }
})

for (const version of versions) {
  it.effect(`submit with the same key: replaces them, once (${version})`, () =>
    Effect.gen(function*() {
      const { done, old, queued, key, run, statusAnswer } = yield* FaultScene.playing(stuck)
      yield* TimeLapse.pass("1 hour", { step: "10 minutes" })
      assert.strictEqual((yield* queued(key)).length, 3)
      yield* FaultScene.playing(Effect.gen(function*() {
        assert.strictEqual(yield* statusAnswer(old), "Staging")
        assert.strictEqual(yield* run, "Submitted")
        assert.strictEqual(yield* statusAnswer(old), "Removed")
        yield* done
      }))
    }).pipe(Effect.scoped, Effect.provide(FaultScene.services(version))))

  it.effect(`after 12 hours: the jobs are gone, and the key is unused (${version})`, () =>
    Effect.gen(function*() {
      const { done, key, old, queued, reconcile, run, statusAnswer } = yield* FaultScene.playing(stuck)
      yield* TimeLapse.pass("12 hours", { step: "10 minutes" })
      assert.deepStrictEqual(yield* queued(key), [])
      yield* FaultScene.playing(Effect.gen(function*() {
        assert.strictEqual(yield* statusAnswer(old), "Removed")
        assert.strictEqual((yield* reconcile(key))._tag, "Absent")
        assert.strictEqual(yield* run, "Submitted")
        yield* done
      }))
    }).pipe(Effect.scoped, Effect.provide(FaultScene.services(version))))
}
