import { assert, it } from "@effect/vitest"
import { Cause, Effect, Logger, Option } from "effect"
import { PersistenceError } from "effect/cluster/ClusterError"
import { DurableDeferred, WorkflowEngine } from "effect/workflow"
import { PilotBatch } from "../../../src/cluster/internal/Batch.ts"
import * as Sent from "../../../src/cluster/internal/Sent.ts"

it.effect("the owner sends nothing that the database did not record, and logs why", () =>
  Effect.gen(function*() {
    const lines: Array<string> = []
    const engine = {
      ...yield* WorkflowEngine.WorkflowEngine,
      deferredDone: () => Effect.die(new PersistenceError({ cause: new Error("the disk is full") }))
    }
    const token = DurableDeferred.tokenFromExecutionId(DurableDeferred.make("sent"), {
      workflow: PilotBatch,
      executionId: "one"
    })
    const error = yield* Effect.flip(Sent.recorder(Option.some(engine))(token)).pipe(
      Effect.provide(Logger.layer([
        Logger.make(({ cause, message }) => void lines.push(String(message), Cause.pretty(cause)))
      ]))
    )
    assert.include(error.message, "did not record")
    assert.include(lines.join("\n"), "the disk is full")
  }).pipe(Effect.provide(WorkflowEngine.layerMemory)))
