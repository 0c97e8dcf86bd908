import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { RunnerAddress, RunnerStorage, ShardId, ShardingConfig } from "effect/cluster"
import { TestClock } from "effect/testing"
import * as ShardLease from "../../../src/cluster/internal/ShardLease.ts"

const self = RunnerAddress.make("localhost", 1)
const shard = ShardId.make("default", 1)

const lease = (storage: Layer.Layer<RunnerStorage.RunnerStorage> = RunnerStorage.layerMemory) =>
  Effect.gen(function*() {
    const { settledIn, isFresh } = yield* ShardLease.ShardLease
    return { settledIn: settledIn(shard), isFresh: isFresh(shard), storage: yield* RunnerStorage.RunnerStorage }
  }).pipe(Effect.provide(ShardLease.layer.pipe(
    Layer.provide([storage, ShardingConfig.layer({ shardLockExpiration: "15 seconds" })])
  )))

describe("ShardLease", () => {
  it.effect("is fresh for half an expiration after the storage confirmed the lock", () =>
    Effect.gen(function*() {
      const { isFresh, storage } = yield* lease()
      assert.isFalse(yield* isFresh)
      yield* storage.acquire(self, [shard])
      assert.isTrue(yield* isFresh)
      yield* TestClock.adjust("7 seconds")
      assert.isTrue(yield* isFresh)
      yield* TestClock.adjust("500 millis")
      assert.isFalse(yield* isFresh)
      yield* storage.refresh(self, [shard])
      assert.isTrue(yield* isFresh)
    }))

  it.effect("a refresh that has lost the lock does not make it fresh", () =>
    Effect.gen(function*() {
      const { isFresh, storage } = yield* lease(Layer.effect(
        RunnerStorage.RunnerStorage,
        Effect.map(RunnerStorage.makeMemory, (memory) => ({ ...memory, refresh: () => Effect.succeed([]) }))
      ))
      yield* storage.acquire(self, [shard])
      yield* TestClock.adjust("8 seconds")
      yield* storage.refresh(self, [shard])
      assert.isFalse(yield* isFresh)
    }))

  it.effect("a confirmation counts from the time of the request", () =>
    Effect.gen(function*() {
      const answered = yield* Deferred.make<void>()
      const { isFresh, storage } = yield* lease(Layer.effect(
        RunnerStorage.RunnerStorage,
        Effect.map(RunnerStorage.makeMemory, (memory) => ({
          ...memory,
          acquire: (address, shards) => Effect.andThen(Deferred.await(answered), memory.acquire(address, shards))
        }))
      ))
      const asked = yield* Effect.forkChild(storage.acquire(self, [shard]), { startImmediately: true })
      yield* TestClock.adjust("8 seconds")
      yield* Deferred.succeed(answered, undefined)
      yield* Fiber.join(asked)
      assert.isFalse(yield* isFresh)
    }))

  it.effect("a released lock is not fresh", () =>
    Effect.gen(function*() {
      const { isFresh, storage } = yield* lease()
      yield* storage.acquire(self, [shard])
      yield* storage.release(self, shard)
      assert.isFalse(yield* isFresh)
      yield* storage.acquire(self, [shard])
      yield* storage.releaseAll(self)
      assert.isFalse(yield* isFresh)
    }))

  it.effect("a runner is settled one expiration after it got the lock, also if it had lost it before", () =>
    Effect.gen(function*() {
      let isLost = false
      const { settledIn, storage } = yield* lease(Layer.effect(
        RunnerStorage.RunnerStorage,
        Effect.map(RunnerStorage.makeMemory, (memory) => ({
          ...memory,
          refresh: (address, shards) => isLost ? Effect.succeed([]) : memory.refresh(address, shards)
        }))
      ))
      yield* storage.acquire(self, [shard])
      yield* TestClock.adjust("5 seconds")
      yield* storage.refresh(self, [shard])
      assert.strictEqual(yield* settledIn, 10_000)
      isLost = true
      yield* storage.refresh(self, [shard])
      yield* storage.acquire(self, [shard])
      assert.strictEqual(yield* settledIn, 15_000)
      yield* TestClock.adjust("5 seconds")
      yield* storage.release(self, shard)
      yield* storage.acquire(self, [shard])
      assert.strictEqual(yield* settledIn, 15_000)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* settledIn, 0)
    }))

  it.effect("without a runner every lock is fresh, and was nobody's before", () =>
    Effect.gen(function*() {
      const { settledIn, isFresh } = yield* ShardLease.ShardLease
      assert.isTrue(yield* isFresh(shard))
      assert.strictEqual(yield* settledIn(shard), 0)
    }))
})
