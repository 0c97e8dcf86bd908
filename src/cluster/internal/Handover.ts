/**
 * Steps of a workflow whose shard may move to another owner.
 *
 * A runner that loses a shard ends its work there, and starts nothing more. A workflow that asks for its next step at that time would
 * wait until `entityTerminationTimeout`, and no other runner could continue it.
 */
import type * as Cause from "effect/Cause"
import * as ClusterSchema from "effect/cluster/ClusterSchema"
import * as Entity from "effect/cluster/Entity"
import * as Sharding from "effect/cluster/Sharding"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Ask from "./Ask.ts"
import * as Tuning from "./tuning.ts"

// The engine stores no answer for a run that ends this way. The next owner begins it again.
const leave = Effect.withFiber<never>((fiber) =>
  Effect.interruptible(Effect.callback<never>(() => fiber.interruptUnsafe(fiber.id, ClusterSchema.Abandon.annotation)))
)

const repeated =
  (isTransient: <E>(cause: Cause.Cause<E>) => boolean, pause: Duration.Duration) =>
  <A, E, R>(question: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.catchCauseIf(
      question,
      isTransient,
      (cause) =>
        Effect.logWarning("a step of a workflow is repeated", cause).pipe(
          Effect.andThen(Effect.delay(repeated(isTransient, pause)(question), pause))
        )
    )

/**
 * Repeats a request that the engine did not deliver. Its defect would end the workflow, and the engine would keep that.
 */
export const delivered = repeated(Ask.isUndelivered, Tuning.fencedPause)

/**
 * The same for a message to another entity, whose owner may not have that entity.
 */
export const taken = <A, E, R>(message: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  repeated(Ask.isMissing, Tuning.heldPause)(delivered(message))

/**
 * A step of a workflow. If its runner has lost the shard, or loses it, the next owner continues the run. A step that has begun continues
 * to its end, and the engine stores its answer.
 */
export const step = <A, E, R>(activity: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Sharding.Sharding> =>
  Effect.gen(function*() {
    const sharding = yield* Sharding.Sharding
    const address = yield* Effect.serviceOption(Entity.CurrentAddress)
    if (Option.isNone(address)) return yield* delivered(activity)
    const { shardId } = address.value
    if (!sharding.hasShardId(shardId)) return yield* leave
    const lost = Effect.repeat(Effect.sync(() => sharding.hasShardId(shardId)), {
      until: (has) => !has,
      schedule: Schedule.spaced(Tuning.stoppedPause)
    })
    const done = yield* Effect.raceFirst(Effect.asSome(delivered(activity)), Effect.as(lost, Option.none()))
    return yield* Option.isSome(done) ? Effect.succeed(done.value) : leave
  })
