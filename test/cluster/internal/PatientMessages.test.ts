import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { ClusterError, MessageStorage } from "effect/cluster"
import { TestClock } from "effect/testing"
import { WorkflowEngine } from "effect/workflow"
import { PilotBatch } from "../../../src/cluster/internal/Batch.ts"
import * as PatientMessages from "../../../src/cluster/internal/PatientMessages.ts"

/** A storage that does not answer this often. */
const down = (times: number) =>
  PatientMessages.layer.pipe(Layer.provide(Layer.sync(MessageStorage.MessageStorage, () => {
    let left = times
    const answer = <A>(value: A) =>
      Effect.suspend(() =>
        left-- > 0
          ? Effect.fail(new ClusterError.PersistenceError({ cause: new Error("the disk is full") }))
          : Effect.succeed(value)
      )
    return { ...MessageStorage.noop, repliesForUnfiltered: () => answer([]) }
  })))

const read = Effect.flatMap(MessageStorage.MessageStorage, ({ repliesForUnfiltered }) => repliesForUnfiltered([]))

const inWorkflow = Effect.provideService(
  WorkflowEngine.WorkflowInstance,
  WorkflowEngine.WorkflowInstance.initial(PilotBatch, "one")
)

describe("PatientMessages", () => {
  it.effect("a workflow waits for the database as long as it does not answer", () =>
    Effect.gen(function*() {
      const reading = yield* Effect.forkChild(Effect.provide(inWorkflow(read), down(100)))
      yield* TestClock.adjust("99 seconds")
      assert.isUndefined(reading.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Fiber.join(reading), [])
    }))

  it.effect("another caller gets the failure at once", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.provide(read, down(1)))
      assert.strictEqual(error._tag, "PersistenceError")
    }))
})
