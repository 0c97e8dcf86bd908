/**
 * Stored messages, given only to the owner of their shard.
 *
 * A runner that reads a stored message claims it for ten minutes. A runner that was frozen may have lost its shards without knowing
 * it. The messages that it claims then would wait for ten minutes.
 */
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ShardLease } from "./ShardLease.ts"

/** The same storage, but it gives messages only of shards whose lock is fresh. */
export const layer: Layer.Layer<MessageStorage.MessageStorage, never, MessageStorage.MessageStorage> = Layer.effect(
  MessageStorage.MessageStorage,
  Effect.gen(function*() {
    const storage = yield* MessageStorage.MessageStorage
    const { isFresh } = yield* ShardLease
    return {
      ...storage,
      unprocessedMessages: (shardIds, options) =>
        Effect.flatMap(
          Effect.filter(shardIds, isFresh),
          (fresh) => fresh.length === 0 ? Effect.succeed([]) : storage.unprocessedMessages(fresh, options)
        )
    }
  })
)
