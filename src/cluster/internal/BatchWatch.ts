/**
 * Follows the jobs of batches in the process that owns their compute element. A batch that waits uses no memory.
 */
import * as Clock from "effect/Clock"
import * as ClusterSchema from "effect/cluster/ClusterSchema"
import * as Entity from "effect/cluster/Entity"
import * as Snowflake from "effect/cluster/Snowflake"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Rpc from "effect/rpc/Rpc"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as DurableDeferred from "effect/workflow/DurableDeferred"
import { StatusReporter } from "../../contract/Capability.ts"
import { JobHandleFromString } from "../../contract/JobHandle.ts"
import { SubmissionKey } from "../../contract/SubmissionKey.ts"
import * as BatchEvents from "../BatchEvents.ts"
import * as Handover from "./Handover.ts"
import * as Persistent from "./Persistent.ts"
import * as Remote from "./Remote.ts"
import * as Tuning from "./tuning.ts"

/** Why a batch stops to wait: its jobs have ended, or its deadline has passed. */
export const Ended = DurableDeferred.make("ended", { success: Schema.Literals(["Ended", "DeadlineExceeded"]) })

/**
 * The id of the entity is that of the compute element, so that the same process owns both. Its message is stored until the jobs have
 * ended, so the engine gives it also to the next owner. It never fails, because the engine would keep the failure.
 */
export const BatchWatch = Entity.make("HTCondorCE/1/batches", [
  Rpc.make("follow", {
    payload: {
      key: SubmissionKey,
      handles: Schema.Array(JobHandleFromString),
      deadline: Schema.optional(Schema.DateTimeUtcFromString),
      token: DurableDeferred.Token
    }
  }).annotate(ClusterSchema.Persisted, true).annotate(ClusterSchema.InterruptOnTermination, true)
])

/** Follows batches in each process that owns compute elements. */
export const layer = BatchWatch.toLayer(
  Effect.gen(function*() {
    const { entityId: endpoint } = yield* Entity.CurrentAddress
    const began = yield* Clock.currentTimeMillis
    const { capabilities } = yield* Remote.make(endpoint)
    const { watch } = Context.get(capabilities, StatusReporter)
    yield* BatchEvents.tell({ _tag: "Moved", endpoint })
    return BatchWatch.of({
      follow: Effect.fnUntraced(function*({ payload: { deadline, handles, key, token }, requestId }) {
        // The first batch of a compute element is a moment older than its owner.
        const isOld = Snowflake.timestamp(requestId) + Duration.toMillis(Tuning.newBatch) < began
        if (isOld) yield* BatchEvents.tell({ _tag: "Reattached", endpoint, key })
        const ended = Persistent.persistKnown(Stream.runDrain(watch(handles))).pipe(
          // No runner has been configured for the compute element for days. `fetch` reports that.
          Effect.ignore({ log: "Warn" }),
          Effect.as("Ended" as const)
        )
        const left = deadline === undefined
          ? undefined
          : Duration.millis(Math.max(0, DateTime.toEpochMillis(deadline) - (yield* Clock.currentTimeMillis)))
        const value = yield* left === undefined ? ended : Effect.timeoutOrElse(ended, {
          duration: left,
          orElse: () => Effect.succeed("DeadlineExceeded" as const)
        })
        yield* Handover.taken(DurableDeferred.succeed(Ended, { token, value }))
      })
    })
  }),
  Tuning.perElement
)
