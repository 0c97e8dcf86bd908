/**
 * Messages for the owner of their shard alone.
 *
 * Who reads a stored message claims it for ten minutes. A runner that was frozen still believes, when it wakes up, that it owns
 * what others own by now: what it claimed then would stand still.
 */
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ShardLease } from "./ShardLease.ts"

/** The same storage, which gives messages of those shards only whose lock is fresh. */
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
