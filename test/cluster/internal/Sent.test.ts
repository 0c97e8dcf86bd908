import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Layer, Logger, Option } from "effect"
import { TestRunner } from "effect/cluster"
import { PersistenceError } from "effect/cluster/ClusterError"
import { TestClock } from "effect/testing"
import { WorkflowEngine } from "effect/workflow"
import { PilotBatch } from "../../../src/cluster/internal/Batch.ts"
import * as Sent from "../../../src/cluster/internal/Sent.ts"
import * as Tuning from "../../../src/cluster/internal/tuning.ts"

const instance = WorkflowEngine.WorkflowInstance.initial(PilotBatch, "one")

const ofBatch = Effect.provideService(WorkflowEngine.WorkflowInstance, instance)

/** The answer of an owner whose engine has these changes. */
const recorded = (changes: Partial<WorkflowEngine.WorkflowEngine["Service"]> = {}) =>
  Effect.gen(function*() {
    const engine = { ...yield* WorkflowEngine.WorkflowEngine, ...changes }
    return yield* Sent.make(Option.some(engine)).record(yield* ofBatch(Sent.token))
  })

describe("Sent", () => {
  it.effect("the owner sends nothing that the database did not record, and logs why", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const failing = recorded({
        deferredDone: () => Effect.die(new PersistenceError({ cause: new Error("the disk is full") }))
      })
      const error = yield* Effect.flip(failing).pipe(
        Effect.provide(Logger.layer([
          Logger.make(({ cause, message }) => void lines.push(String(message), Cause.pretty(cause)))
        ]))
      )
      assert.include(error.message, "did not record")
      assert.include(lines.join("\n"), "the disk is full")
    }).pipe(Effect.provide(WorkflowEngine.layerMemory)))

  it.effect("the owner gives up its turn if the database does not answer", () =>
    Effect.gen(function*() {
      const waiting = yield* Effect.forkChild(Effect.flip(recorded({ deferredDone: () => Effect.never })))
      yield* TestClock.adjust(Tuning.recordedWithin)
      assert.include((yield* Fiber.join(waiting)).message, "in time")
    }).pipe(Effect.provide(WorkflowEngine.layerMemory)))

  it.effect("the owner sends nothing if it has no engine to record it", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Sent.make(Option.none()).record(yield* ofBatch(Sent.token)))
      assert.include(error.message, "no workflow engine")
    }))

  it.effect("the owner sends nothing for a batch that has been withdrawn", () =>
    Effect.gen(function*() {
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(recorded())))
      yield* ofBatch(Sent.withdraws)
      assert.include((yield* Effect.flip(recorded())).message, "has been withdrawn")
    }).pipe(Effect.provide(Layer.merge(WorkflowEngine.layerMemory, Layer.fresh(TestRunner.layer)))))
})
