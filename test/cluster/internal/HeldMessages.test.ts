import { assert, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { MessageStorage, Reply, Snowflake } from "effect/cluster"
import { TestClock } from "effect/testing"
import * as HeldMessages from "../../../src/cluster/internal/HeldMessages.ts"
import * as Tuning from "../../../src/cluster/internal/tuning.ts"

const answer = (request: bigint, message: string) =>
  Reply.ReplyWithContext.fromDefect({
    id: Snowflake.Snowflake(request + 100n),
    requestId: Snowflake.Snowflake(request),
    defect: new Error(message)
  })

it.effect("does not store that a runner does not have an entity, and offers the request again after a pause", () =>
  Effect.gen(function*() {
    const saved: Array<bigint> = []
    const released: Array<ReadonlyArray<bigint>> = []
    const warnings: Array<string> = []
    const storage = Layer.succeed(MessageStorage.MessageStorage, {
      ...MessageStorage.noop,
      saveReply: ({ reply }) => Effect.sync(() => void saved.push(reply.requestId)),
      resetRequests: (requests) => Effect.sync(() => void released.push(requests))
    })
    yield* Effect.gen(function*() {
      const { saveReply } = yield* MessageStorage.MessageStorage
      yield* saveReply(answer(1n, "Entity type 'Workflow/Some/1' not registered"))
      yield* saveReply(answer(2n, "Entity type 'Workflow/Some/1' not registered"))
      yield* saveReply(answer(3n, "Entity type 'Workflow/Some/1' is out of order"))
      assert.deepStrictEqual(saved, [3n])
      assert.deepStrictEqual(released, [])
      yield* TestClock.adjust(Tuning.heldPause)
      yield* TestClock.adjust(Tuning.heldPause)
      assert.deepStrictEqual(released, [[1n, 2n]])
      assert.deepStrictEqual(warnings, ["messages wait for a runner that has Some/1"])
    }).pipe(
      Effect.provide(HeldMessages.layer.pipe(Layer.provide(storage))),
      Effect.provide(Logger.layer([Logger.make(({ message }) => void warnings.push(String(message)))]))
    )
  }))
