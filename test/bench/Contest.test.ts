/** How the benchmarks summarise their measurements. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Benchmark from "../../scripts/bench/Benchmark.ts"
import * as Contest from "../../scripts/bench/Contest.ts"
import { growth, ratios, spread } from "../../scripts/bench/Statistics.ts"

describe("the middle of measurements", () => {
  it("is their median, between the quartiles, in whatever order they came", () => {
    assert.deepStrictEqual(spread([5, 1, 4, 2, 3]), { median: 3, lower: 2, upper: 4 })
    assert.deepStrictEqual(spread([4, 1]), { median: 2.5, lower: 1.75, upper: 3.25 })
    assert.deepStrictEqual(spread([7]), { median: 7, lower: 7, upper: 7 })
    assert.isNaN(spread([]).median)
  })

  it("ratios are those of the rounds that both played", () => {
    assert.deepStrictEqual(ratios([2, 9, 4], [1, 3]), [2, 3])
    const than = { work: "this", than: "that" }
    assert.strictEqual(Benchmark.compare({ ...than, target: { atMost: 3 } }, [2, 9, 4], [1, 3]).value.median, 2.5)
    assert.strictEqual(Benchmark.compare({ ...than, target: { atLeast: 3 } }, [2, 5, 4], [20, 10]).value.median, 6)
  })

  it("grows with an exponent", () => {
    assert.closeTo(growth({ size: 100, time: 3 }, { size: 10_000, time: 300 }), 1, 1e-9)
    assert.closeTo(growth({ size: 10, time: 3 }, { size: 100, time: 300 }), 2, 1e-9)
  })
})

describe("a target", () => {
  const line = (median: number, target?: Benchmark.Target) => ({ value: spread([median]), target })
  it("is met, or not, or is not there", () => {
    assert.strictEqual(Benchmark.isMet(line(1.1, { atMost: 1.1 })), true)
    assert.strictEqual(Benchmark.isMet(line(1.2, { atMost: 1.1 })), false)
    assert.strictEqual(Benchmark.isMet(line(9, { atLeast: 10 })), false)
    assert.strictEqual(Benchmark.isMet(line(9)), undefined)
  })

  it("is not met by what was not measured", () => {
    assert.strictEqual(Benchmark.isMet(line(Number.NaN, { atMost: 1 })), false)
    assert.strictEqual(Benchmark.isMet(line(Number.NaN, { atLeast: 1 })), false)
  })
})

describe("a contest", () => {
  it.effect("each plays in turn, another one begins each round, and the first round does not count", () =>
    Effect.gen(function*() {
      const turns: Array<string> = []
      const player = <Name extends string>(name: Name, rounds?: number) => ({
        name,
        rounds,
        turn: Effect.sync(() => turns.push(name))
      })
      const times = yield* Contest.play<"a" | "b" | "slow", never, never>(2, [
        player("a"),
        player("b"),
        player("slow", 1)
      ])
      assert.strictEqual(turns.join(" "), "a b b slow a a b")
      assert.deepStrictEqual([times("a"), times("b"), times("slow")], [[5, 6], [3, 7], [4]])
    }))
})
