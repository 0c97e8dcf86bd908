import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { MessageStorage, ShardId } from "effect/cluster"
import * as LeasedMessages from "../../../src/cluster/internal/LeasedMessages.ts"
import { ShardLease } from "../../../src/cluster/internal/ShardLease.ts"

const [one, other] = [ShardId.make("default", 1), ShardId.make("default", 2)]

const reading = (fresh: ReadonlyArray<ShardId.ShardId>) =>
  Effect.gen(function*() {
    const asked: Array<string> = []
    const storage = Layer.succeed(MessageStorage.MessageStorage, {
      ...MessageStorage.noop,
      unprocessedMessages: (shards) => Effect.sync(() => (asked.push(...Array.from(shards, String)), []))
    })
    yield* Effect.flatMap(
      MessageStorage.MessageStorage,
      ({ unprocessedMessages }) => unprocessedMessages([one, other])
    ).pipe(
      Effect.provide(LeasedMessages.layer.pipe(
        Layer.provide(storage),
        Layer.provide(Layer.succeed(ShardLease, {
          settledIn: () => Effect.succeed(0),
          isFresh: (shard) => Effect.succeed(fresh.includes(shard))
        }))
      ))
    )
    return asked
  })

it.effect("a runner claims messages only of shards whose lock is fresh", () =>
  Effect.gen(function*() {
    assert.deepStrictEqual(yield* reading([one]), [String(one)])
    assert.deepStrictEqual(yield* reading([one, other]), [String(one), String(other)])
    assert.deepStrictEqual(yield* reading([]), [])
  }))
