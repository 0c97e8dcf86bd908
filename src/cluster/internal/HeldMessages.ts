/**
 * Stored messages of entities that a runner does not have.
 *
 * A runner that has been up for a minute answers them with a defect, for example if some of its layers take longer to build. The engine
 * would keep that answer: a batch would wait without end, or would end by a defect. So it is not stored, and the message waits for a
 * runner that has its entity.
 */
import * as Cause from "effect/Cause"
import * as MessageStorage from "effect/cluster/MessageStorage"
import type * as Reply from "effect/cluster/Reply"
import type * as Snowflake from "effect/cluster/Snowflake"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Rpc from "effect/rpc/Rpc"
import * as Schedule from "effect/Schedule"
import * as Ask from "./Ask.ts"
import * as Tuning from "./tuning.ts"

const missingIn = <R extends Rpc.Any>({ reply }: Reply.ReplyWithContext<R>): string | undefined => {
  if (reply._tag !== "WithExit" || reply.exit._tag !== "Failure") return undefined
  const [reason] = reply.exit.cause.reasons
  return reason !== undefined && Cause.isDieReason(reason) ? Ask.missingIn(reason.defect) : undefined
}

/**
 * The same storage without such answers. A message that was read is claimed for ten minutes, so each claim is released after a pause:
 * this runner may have the entity by then.
 */
export const layer: Layer.Layer<MessageStorage.MessageStorage, never, MessageStorage.MessageStorage> = Layer.effect(
  MessageStorage.MessageStorage,
  Effect.gen(function*() {
    const storage = yield* MessageStorage.MessageStorage
    /** The entity of each held request. */
    const held = new Map<Snowflake.Snowflake, string>()
    const release = Effect.gen(function*() {
      if (held.size === 0) return
      for (const entity of new Set(held.values())) {
        yield* Effect.logWarning(`messages wait for a runner that has ${entity}`)
      }
      // Not all at once, because they would keep others waiting.
      const released = Array.from(held).slice(0, Tuning.releasedAtOnce)
      for (const [request] of released) held.delete(request)
      yield* Effect.onError(
        storage.resetRequests(released.map(([request]) => request)),
        () => Effect.sync(() => released.forEach(([request, entity]) => held.set(request, entity)))
      )
    })
    yield* Effect.ignore(release, { log: "Warn" }).pipe(
      Effect.repeat(Schedule.spaced(Tuning.heldPause)),
      Effect.forkScoped
    )
    return {
      ...storage,
      // With `this` as it was: their replies are stored as they are.
      unprocessedMessages: (shardIds, options) => storage.unprocessedMessages(shardIds, options),
      unprocessedMessagesById: (ids) => storage.unprocessedMessagesById(ids),
      saveReply: (reply) =>
        Effect.suspend(() => {
          const entity = missingIn(reply)
          if (entity === undefined) return storage.saveReply(reply)
          held.set(reply.reply.requestId, entity)
          return Effect.void
        })
    }
  })
)
