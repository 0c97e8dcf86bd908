/** Submissions with several clusters and one key, on the fake. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted, Result, type Scope } from "effect"
import { Capability, Credential, type JobHandle, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import * as Backend from "./Backend.ts"

const key = SubmissionKey.SubmissionKey.make("task-9")

const copies = Array.from({ length: 10 }, (_, index) => ({
  environment: { COPY: `${index}` },
  secrets: { token: Redacted.make(`secret-${index}`) }
}))

const client = (maxJobsPerCluster: number) =>
  Backend.layer({ endpoint: "ce.example.org", maxJobsPerCluster }).pipe(
    Layer.provide(Credential.layerToken(FakeSchedd.token("pilot")))
  )

const site = client(4).pipe(
  Layer.provideMerge(FakeSchedd.layer({
    payload: ({ environment, inputs }) => ({
      duration: "1 minute",
      stdout: `${environment["COPY"]} ${inputs.has("token")}`
    })
  })),
  Layer.provideMerge(NodeServices.layer)
)

const submit = Effect.flatMap(
  Capability.Submitter,
  (submitter) => submitter.submit({ executable: "/bin/true" }, copies, { key })
)

const reconcile = Effect.flatMap(Capability.Submitter, (submitter) => submitter.reconcile(key))

const names = (handles: ReadonlyArray<JobHandle.JobHandle>) => handles.map(({ copy, job }) => `${copy}: ${job}`)

/** All copies exist, in order. Each cluster has four of them, or the rest. The order of the submissions is not fixed. */
const assertWhole = (handles: ReadonlyArray<JobHandle.JobHandle>) => {
  const clusters = [0, 4, 8].map((copy) => handles[copy]?.job.split(".")[0])
  assert.strictEqual(new Set(clusters).size, 3)
  assert.deepStrictEqual(
    names(handles),
    copies.map((_, copy) => `${copy}: ${clusters[Math.floor(copy / 4)]}.${copy % 4}`)
  )
}

const played = <A, E>(body: Effect.Effect<A, E, Layer.Success<typeof site> | Scope.Scope>) =>
  body.pipe(TimeLapse.run, Effect.scoped, Effect.provide(site))

describe("a submission of more copies than one cluster may have", () => {
  it.effect("submit: makes several clusters with one key; each copy has its own environment and secret", () =>
    played(Effect.gen(function*() {
      const { adopted, handles } = yield* submit
      assert.isFalse(adopted)
      assertWhole(handles)
      yield* Effect.sleep("5 minutes")
      const state = yield* reconcile
      assert.strictEqual(state._tag, "Submitted")
      assert.deepStrictEqual("handles" in state ? names(state.handles) : [], names(handles))
      const again = yield* submit
      assert.deepStrictEqual([again.adopted, names(again.handles)], [true, names(handles)])
    })))

  it.effect("same key again: submits only the missing copies, also when the others have left the queue", () =>
    played(Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      yield* fake.fault({ _tag: "ToolKilled", moment: "before", tools: ["condor_submit"], skip: 1, times: 1 })
      const error = yield* Effect.flip(submit)
      assert.strictEqual(error._tag, "SubmissionFailed")
      const there = "leftover" in error ? error.leftover : []
      assert.isAbove(there.length, 0)
      yield* Effect.sleep("5 seconds")
      const state = yield* reconcile
      assert.strictEqual(state._tag, "Incomplete")
      assert.deepStrictEqual("handles" in state ? state.handles.map(({ job }) => job).toSorted() : [], there.toSorted())
      yield* Effect.sleep("5 minutes")
      const purge = yield* Effect.flatMap(
        Capability.Purgeable,
        (service) => service.purge("handles" in state ? state.handles : [])
      )
      assert.isTrue(Array.from(purge).every(([, outcome]) => Result.isSuccess(outcome)))
      assert.deepStrictEqual(yield* fake.queue, [])
      const { adopted, handles } = yield* submit
      assert.isFalse(adopted)
      assert.deepStrictEqual(handles.map(({ copy }) => copy), copies.map((_, index) => index))
      assert.includeMembers(handles.map(({ job }) => job), [...there])
      assert.strictEqual((yield* fake.queue).length, copies.length - there.length)
    })))

  it.effect(
    "same key again: finds the first copy among many copies of rolled back attempts",
    () =>
      played(Effect.gen(function*() {
        const fake = yield* FakeSchedd.FakeSchedd
        const { purge } = yield* Capability.Purgeable
        const many = Array.from({ length: 1_010 }, () => ({}))
        const submitBy = (maxJobsPerCluster: number) =>
          Effect.flatMap(
            Capability.Submitter,
            (submitter) => submitter.submit({ executable: "/bin/true" }, many, { key })
          ).pipe(Effect.provide(client(maxJobsPerCluster)))
        const killed = (fault: { readonly moment: "before" | "committed"; readonly skip: number }, size: number) =>
          fake.fault({ _tag: "ToolKilled", tools: ["condor_submit"], ...fault }).pipe(
            Effect.andThen(Effect.flip(submitBy(size))),
            Effect.scoped
          )
        yield* killed({ moment: "before", skip: 1 }, 1)
        yield* Effect.sleep("5 minutes")
        const first = yield* reconcile
        yield* purge("handles" in first ? first.handles : [])
        assert.strictEqual((yield* fake.history).length, 1)
        yield* killed({ moment: "committed", skip: 0 }, 5_000)
        yield* Effect.sleep("5 seconds")
        assert.isAbove((yield* fake.history).length, 1_000)
        assert.deepStrictEqual(yield* fake.queue, [])
        assert.strictEqual((yield* reconcile)._tag, "Incomplete")
        const { handles } = yield* submitBy(5_000)
        assert.strictEqual((yield* fake.queue).length, many.length - 1)
        assert.include(handles.map(({ job }) => job), "1.0")
      })),
    60_000
  )

  it.effect("interrupted client: submits again, and has each copy once", () =>
    Effect.forEach([20, 60, 120, 250, 600, 1_100, 2_000], (delay) =>
      played(Effect.gen(function*() {
        const fake = yield* FakeSchedd.FakeSchedd
        const fiber = yield* Effect.forkChild(submit)
        yield* Effect.sleep(delay)
        yield* Fiber.interrupt(fiber)
        const { handles } = yield* submit
        const queue = yield* fake.queue
        assert.deepStrictEqual(handles.map(({ copy }) => copy), copies.map((_, index) => index))
        assert.strictEqual(queue.length, copies.length)
        const cancelled = yield* Effect.flatMap(Capability.Cancellable, (service) => service.cancel(handles))
        assert.strictEqual(cancelled.size, copies.length)
      })), { discard: true }))
})
