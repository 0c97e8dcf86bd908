/**
 * Workflows that no runner had when they were asked for.
 */
import * as EntityAddress from "effect/cluster/EntityAddress"
import * as EntityId from "effect/cluster/EntityId"
import * as EntityType from "effect/cluster/EntityType"
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as Sharding from "effect/cluster/Sharding"
import * as Snowflake from "effect/cluster/Snowflake"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Workflow from "effect/workflow/Workflow"
import * as Ask from "./Ask.ts"

// Removes the stored answer of an execution that did not begin. A workflow that has begun never answers with a failure: its result,
// which may be an error, is a success of the engine.
const forget = Effect.fnUntraced(function*({ _tag }: Workflow.Any, executionId: string) {
  const sharding = yield* Sharding.Sharding
  const storage = yield* MessageStorage.MessageStorage
  const entityId = EntityId.make(executionId)
  const address = EntityAddress.make({
    entityType: EntityType.make(`Workflow/${_tag}`),
    entityId,
    shardId: sharding.getShardId(entityId, "default")
  })
  const request = yield* storage.requestIdForPrimaryKey({ address, tag: "run", id: "" })
  if (Option.isNone(request)) return
  const reply = (yield* storage.repliesForUnfiltered([request.value])).at(-1)
  if (reply?._tag !== "WithExit" || reply.exit._tag !== "Failure") return
  yield* sharding.reset(request.value, { expectedReplyId: Snowflake.Snowflake(reply.id) })
}, Effect.orDie)

/**
 * Runs a workflow, once more if no runner has it. The engine keeps that answer, so a later call gets it also when a runner has the
 * workflow.
 */
export const again = <A, E, R>(workflow: Workflow.Any, executionId: string, run: Effect.Effect<A, E, R>) =>
  Effect.catchCauseIf(run, Ask.isMissing, () => Effect.andThen(forget(workflow, executionId), run))
