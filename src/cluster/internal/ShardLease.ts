/**
 * Whether this runner may be sure that it is the only one that runs what is in a shard.
 *
 * The engine stops what it runs when it learns that a lock is lost. A runner that was frozen has not learned it yet when it wakes
 * up: only the clock says so.
 */
import * as Clock from "effect/Clock"
import * as RunnerStorage from "effect/cluster/RunnerStorage"
import type * as ShardId from "effect/cluster/ShardId"
import * as ShardingConfig from "effect/cluster/ShardingConfig"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/**
 * - `isFresh`: whether the lock of a shard was seen to be this runner's, less than half of its expiration ago
 * - `expiration`: for how long a former owner of a shard may believe that it is still its own. Absent where there was none
 */
export interface ShardLease {
  readonly expiration?: Duration.Duration
  readonly isFresh: (shardId: ShardId.ShardId) => Effect.Effect<boolean>
}

/**
 * Without a runner nobody else can have the shard.
 */
export const ShardLease = Context.Reference<ShardLease>("effect-htcondor-ce/cluster/ShardLease", {
  defaultValue: () => ({ isFresh: () => Effect.succeed(true) })
})

// The monotonic clock stands still while a virtual machine is suspended, and the other may be set.
const now = Effect.map(
  Effect.all([Clock.monotonicTimeNanos, Clock.currentTimeMillis]),
  ([monotonic, wall]) => ({ monotonic: Number(monotonic / 1_000_000n), wall })
)

type Instant = Effect.Success<typeof now>

/**
 * Fails, with what to tell the caller, unless the lock of the shard is fresh.
 */
export const fence = (shardId: ShardId.ShardId): Effect.Effect<void, { readonly message: string }> =>
  Effect.gen(function*() {
    const { isFresh } = yield* ShardLease
    if (!(yield* isFresh(shardId))) return yield* Effect.fail({ message: "another runner may own the compute element" })
  })

/**
 * Notes when the storage confirms a lock, and tells it as `ShardLease`. An answer counts from when it was asked for.
 */
export const layer: Layer.Layer<
  RunnerStorage.RunnerStorage,
  never,
  RunnerStorage.RunnerStorage | ShardingConfig.ShardingConfig
> = Layer.effectContext(Effect.gen(function*() {
  const storage = yield* RunnerStorage.RunnerStorage
  const { shardLockExpiration } = yield* ShardingConfig.ShardingConfig
  const expiration = Duration.fromInputUnsafe(shardLockExpiration)
  const limit = Duration.toMillis(expiration) / 2
  const confirmed = new Map<string, Instant>()

  const noting = <E, R>(asked: Effect.Effect<Array<ShardId.ShardId>, E, R>) =>
    Effect.gen(function*() {
      const at = yield* now
      const shards = yield* asked
      for (const shard of shards) confirmed.set(shard.toString(), at)
      return shards
    })

  return Context.make(RunnerStorage.RunnerStorage, {
    ...storage,
    acquire: (address, shards) => noting(storage.acquire(address, shards)),
    refresh: (address, shards) => noting(storage.refresh(address, shards)),
    release: (address, shard) =>
      Effect.suspend(() => {
        confirmed.delete(shard.toString())
        return storage.release(address, shard)
      }),
    releaseAll: (address) =>
      Effect.suspend(() => {
        confirmed.clear()
        return storage.releaseAll(address)
      })
  }).pipe(Context.add(ShardLease, {
    expiration,
    isFresh: (shard) =>
      Effect.map(now, ({ monotonic, wall }) => {
        const seen = confirmed.get(shard.toString())
        return seen !== undefined && Math.max(monotonic - seen.monotonic, Math.abs(wall - seen.wall)) < limit
      })
  }))
}))
