/**
 * Leaving a workflow to the next owner of its shard.
 *
 * A runner that loses a shard ends what it runs there, and starts nothing more. A workflow that asks for its next step meanwhile
 * would wait for that until the runner has lost its patience (`entityTerminationTimeout`), and nobody else could go on with it.
 */
import * as ClusterSchema from "effect/cluster/ClusterSchema"
import * as Entity from "effect/cluster/Entity"
import * as Sharding from "effect/cluster/Sharding"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Tuning from "./tuning.ts"

// The engine stores no answer of a run that ends so, and the next owner begins it anew.
const leave = Effect.withFiber<never>((fiber) =>
  Effect.interruptible(Effect.callback<never>(() => fiber.interruptUnsafe(fiber.id, ClusterSchema.Abandon.annotation)))
)

/**
 * A step of a workflow. Where its runner loses the shard meanwhile the run is left to the next owner. The step itself goes on to its
 * end if it has begun, and its answer is stored.
 */
export const step = <A, E, R>(activity: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Sharding.Sharding> =>
  Effect.gen(function*() {
    const sharding = yield* Sharding.Sharding
    const address = yield* Effect.serviceOption(Entity.CurrentAddress)
    if (Option.isNone(address)) return yield* activity
    const { shardId } = address.value
    const lost = Effect.repeat(Effect.sync(() => sharding.hasShardId(shardId)), {
      until: (has) => !has,
      schedule: Schedule.spaced(Tuning.stoppedPause)
    })
    const done = yield* Effect.raceFirst(Effect.asSome(activity), Effect.as(lost, Option.none()))
    return yield* Option.isSome(done) ? Effect.succeed(done.value) : leave
  })
