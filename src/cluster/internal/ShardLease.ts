/**
 * Whether this runner is certain to be the only owner of a shard.
 *
 * The engine stops the work in a shard when it learns that the lock is lost. A runner that was frozen has not learned that yet when it
 * wakes up. Only the clock shows it.
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
 * - `isFresh`: whether the storage confirmed this runner's lock of a shard less than half of its expiration ago
 * - `settledIn`: the time left until this runner has had the lock of a shard for one expiration, in milliseconds. Before that a former owner
 *   may still take itself for the owner. 0 in a cluster of one process
 */
export interface ShardLease {
  readonly isFresh: (shardId: ShardId.ShardId) => Effect.Effect<boolean>
  readonly settledIn: (shardId: ShardId.ShardId) => Effect.Effect<number>
}

/**
 * In a cluster of one process no other process has the shard.
 */
export const ShardLease = Context.Reference<ShardLease>("effect-htcondor-ce/cluster/ShardLease", {
  defaultValue: () => ({ isFresh: () => Effect.succeed(true), settledIn: () => Effect.succeed(0) })
})

// The monotonic clock stands still while a virtual machine is suspended. The wall clock may be set.
const now = Effect.map(
  Effect.all([Clock.monotonicTimeNanos, Clock.currentTimeMillis]),
  ([monotonic, wall]) => ({ monotonic: Number(monotonic / 1_000_000n), wall })
)

type Instant = Effect.Success<typeof now>

/**
 * Fails, with a message for the caller, if the lock of the shard is not fresh.
 */
export const fence = (shardId: ShardId.ShardId): Effect.Effect<void, { readonly message: string }> =>
  Effect.gen(function*() {
    const { isFresh } = yield* ShardLease
    if (!(yield* isFresh(shardId))) return yield* Effect.fail({ message: "another runner may own the compute element" })
  })

/**
 * Records when the storage confirms a lock, and provides `ShardLease`. A confirmation counts from the time of the request.
 */
export const layer: Layer.Layer<
  RunnerStorage.RunnerStorage,
  never,
  RunnerStorage.RunnerStorage | ShardingConfig.ShardingConfig
> = Layer.effectContext(Effect.gen(function*() {
  const storage = yield* RunnerStorage.RunnerStorage
  const { shardLockExpiration } = yield* ShardingConfig.ShardingConfig
  const expiration = Duration.toMillis(shardLockExpiration)
  const confirmed = new Map<string, Instant>()
  /** When this runner got the lock of each shard that it has. */
  const got = new Map<string, number>()

  const noting = <E, R>(asked: Effect.Effect<Array<ShardId.ShardId>, E, R>) =>
    Effect.gen(function*() {
      const at = yield* now
      const shards = yield* asked
      for (const shard of shards) confirmed.set(shard.toString(), at)
      return shards
    })
  const forget = (shard: ShardId.ShardId) => {
    confirmed.delete(shard.toString())
    got.delete(shard.toString())
  }

  return Context.make(RunnerStorage.RunnerStorage, {
    ...storage,
    // The engine acquires shards that it does not have. The answer may have taken a while.
    acquire: (address, shards) =>
      Effect.tap(
        noting(storage.acquire(address, shards)),
        (acquired) =>
          Effect.map(now, ({ monotonic }) => acquired.forEach((shard) => got.set(shard.toString(), monotonic)))
      ),
    refresh: (address, shards) => {
      const asked = Array.from(shards)
      return Effect.tap(noting(storage.refresh(address, asked)), (held) =>
        Effect.sync(() => {
          const names = new Set(held.map(String))
          for (const shard of asked) if (!names.has(String(shard))) forget(shard)
        }))
    },
    release: (address, shard) =>
      Effect.suspend(() => {
        forget(shard)
        return storage.release(address, shard)
      }),
    releaseAll: (address) =>
      Effect.suspend(() => {
        confirmed.clear()
        got.clear()
        return storage.releaseAll(address)
      })
  }).pipe(Context.add(ShardLease, {
    isFresh: (shard) =>
      Effect.map(now, ({ monotonic, wall }) => {
        const seen = confirmed.get(shard.toString())
        return seen !== undefined && Math.max(monotonic - seen.monotonic, Math.abs(wall - seen.wall)) < expiration / 2
      }),
    settledIn: (shard) =>
      Effect.map(now, ({ monotonic }) => Math.max(0, (got.get(shard.toString()) ?? monotonic) + expiration - monotonic))
  }))
}))
