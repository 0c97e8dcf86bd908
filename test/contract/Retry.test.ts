import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Schedule } from "effect"
import { TestClock } from "effect/testing"
import * as Retry from "../../src/contract/Retry.ts"

/** The times in seconds at which an operation was tried that fails with these errors in turn. The last error repeats. */
const tries = Effect.fnUntraced(function*(...errors: ReadonlyArray<Retry.Retry>) {
  const times: Array<number> = []
  const fiber = yield* Effect.gen(function*() {
    times.push((yield* Effect.clockWith((clock) => clock.currentTimeMillis)) / 1_000)
    const retry = errors[times.length - 1]
    if (retry !== undefined) return yield* Effect.fail({ retry })
  }).pipe(Effect.retry(Retry.schedule), Effect.result, Effect.forkChild)
  yield* TestClock.adjust("1 day")
  const result = yield* Fiber.join(fiber)
  return { times, result: result._tag }
})

const gaps = (times: ReadonlyArray<number>) => times.slice(1).map((time, index) => time - (times[index] ?? 0))

describe("Retry.schedule", () => {
  it.effect.each(["AfterRepair", "Never"] as const)("ends at %s", (retry) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* tries(retry), { times: [0], result: "Failure" })
      const { result, times } = yield* tries("Later", retry)
      assert.strictEqual(result, "Failure")
      assert.lengthOf(times, 2)
    }))

  it.effect("repeats at once after Now, and only the first time", () =>
    Effect.gen(function*() {
      const { result, times } = yield* tries("Now", "Now")
      assert.strictEqual(result, "Success")
      const [first = -1, second = -1] = gaps(times)
      assert.strictEqual(first, 0)
      assert.isAtLeast(second, 1.6)
    }))

  it.effect("grows the pauses up to five minutes, and never ends", () =>
    Effect.gen(function*() {
      const { result, times } = yield* tries(...Array.from({ length: 40 }, () => "Later" as const))
      assert.strictEqual(result, "Success")
      gaps(times).forEach((gap, index) => {
        const pause = Math.min(300, 2 ** index)
        assert.isTrue(gap >= 0.8 * pause - 0.01 && gap <= 1.2 * pause + 0.01, `${gap} s for ${pause} s`)
      })
    }))

  it.effect("ends at the limit of the caller", () =>
    Effect.gen(function*() {
      let attempts = 0
      const fiber = yield* Effect.suspend(() => {
        attempts++
        return Effect.fail({ retry: "Later" as const })
      }).pipe(Effect.retry(Retry.schedule.pipe(Schedule.upTo({ times: 3 }))), Effect.flip, Effect.forkChild)
      yield* TestClock.adjust(Duration.hours(1))
      assert.deepStrictEqual(yield* Fiber.join(fiber), { retry: "Later" })
      assert.strictEqual(attempts, 4)
    }))
})
