/**
 * Stored messages, read again while the database does not answer a workflow.
 *
 * The engine looks for an interrupt when a workflow suspends, and gives up after two seconds. The workflow then ends by a defect, which
 * is kept as its answer.
 */
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { WorkflowInstance } from "effect/workflow/WorkflowEngine"
import * as Tuning from "./tuning.ts"

// A caller outside of a workflow gets the failure at once.
const patiently = <A, E extends { readonly _tag: string; readonly message: string }>(
  read: Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.flatMap(Effect.serviceOption(WorkflowInstance), (instance) =>
    Option.isNone(instance) ? read : read.pipe(
      Effect.tapError((error) => Effect.logWarning("a workflow waits for the database", error)),
      Effect.retry({
        while: ({ _tag }: E) => _tag === "PersistenceError",
        schedule: Schedule.spaced(Tuning.fencedPause)
      })
    ))

/** The same storage. The reads by which a workflow looks for its own results wait for the database. */
export const layer: Layer.Layer<MessageStorage.MessageStorage, never, MessageStorage.MessageStorage> = Layer.effect(
  MessageStorage.MessageStorage,
  Effect.map(MessageStorage.MessageStorage, (storage) => ({
    ...storage,
    requestIdForPrimaryKey: (options) => patiently(storage.requestIdForPrimaryKey(options)),
    repliesForUnfiltered: (requestIds) => patiently(storage.repliesForUnfiltered(requestIds)),
    unprocessedMessagesById: (requestIds) => patiently(storage.unprocessedMessagesById(requestIds))
  }))
)
