import { assert, describe, it } from "@effect/vitest"
import { Equal, Hash, Option, Result } from "effect"
import type { JobHandle } from "../../src/contract/JobHandle.ts"
import * as Outcomes from "../../src/contract/Outcomes.ts"
import { handle } from "./Handles.ts"

const [one, two, three] = [handle("1.0"), handle("1.1"), handle("1.2")]
const entries: ReadonlyArray<readonly [JobHandle, Result.Result<number, string>]> = [
  [one, Result.succeed(1)],
  [two, Result.fail("no")],
  [three, Result.succeed(3)]
]

describe("Outcomes", () => {
  it("get: finds an outcome by the content of a handle", () => {
    const outcomes = Outcomes.fromIterable(entries)
    assert.deepStrictEqual(Outcomes.get(outcomes, handle("1.0")), Option.some(Result.succeed(1)))
    assert.deepStrictEqual(Outcomes.get(outcomes, handle("1.1")), Option.some(Result.fail("no")))
    assert.isTrue(Option.isNone(Outcomes.get(outcomes, handle("9.9"))))
  })

  it("successes and failures: together they have every outcome", () => {
    const outcomes = Outcomes.fromIterable(entries)
    const jobs = (list: ReadonlyArray<readonly [JobHandle, unknown]>) =>
      list.map(([handle, value]) => `${handle.job}: ${String(value)}`)
    assert.deepStrictEqual(jobs(Outcomes.successes(outcomes)), ["1.0: 1", "1.2: 3"])
    assert.deepStrictEqual(jobs(Outcomes.failures(outcomes)), ["1.1: no"])
  })

  it("a handle that the call named twice has one outcome", () => {
    const outcomes = Outcomes.fromIterable([...entries, [handle("1.0"), Result.succeed(7)]])
    assert.strictEqual(outcomes.size, 3)
    assert.deepStrictEqual(Outcomes.get(outcomes, one), Option.some(Result.succeed(7)))
  })

  it("without handles there are no outcomes", () => {
    const outcomes = Outcomes.fromIterable<number, string>([])
    assert.deepStrictEqual(Outcomes.successes(outcomes), [])
    assert.deepStrictEqual(Outcomes.failures(outcomes), [])
  })

  it("iteration: in the order of the handles, a repeated handle at its first place", () => {
    const many = Array.from({ length: 1_000 }, (_, index) => handle(`${(index * 7919) % 1_000}.0`))
    const outcomes = Outcomes.fromIterable([...many, ...many.toReversed()].map((one) => [one, Result.succeed(one.job)]))
    assert.deepStrictEqual(Array.from(outcomes, ([one]) => one.job), many.map((one) => one.job))
    assert.strictEqual(outcomes.size, many.length)
  })

  it("inOrder: the given handles, each once, without those that were not in the call", () => {
    const outcomes = Outcomes.inOrder(Outcomes.fromIterable(entries), [three, handle("9.9"), handle("1.0"), three])
    assert.deepStrictEqual(Array.from(outcomes), [[three, Result.succeed(3)], [one, Result.succeed(1)]])
  })

  it("partition: the failures first, then the successes", () => {
    assert.deepStrictEqual(Outcomes.partition(Outcomes.fromIterable(entries)), [[[two, "no"]], [[one, 1], [three, 3]]])
  })

  it("match: one value for each job", () => {
    const words = Outcomes.match(Outcomes.fromIterable(entries), {
      onSuccess: (value, { job }) => `${job} has ${value}`,
      onFailure: (error, { job }) => `${job} says ${error}`
    })
    assert.deepStrictEqual(words, ["1.0 has 1", "1.1 says no", "1.2 has 3"])
  })

  it("equality: ignores the order of the jobs", () => {
    const outcomes = Outcomes.fromIterable(entries)
    const reversed = Outcomes.fromIterable(entries.toReversed().map(([{ job }, result]) => [handle(job), result]))
    assert.isTrue(Equal.equals(outcomes, reversed))
    assert.strictEqual(Hash.hash(outcomes), Hash.hash(reversed))
    const others = [entries.slice(1), [...entries, [handle("1.0"), Result.succeed(7)] as const]]
    for (const other of others) assert.isFalse(Equal.equals(outcomes, Outcomes.fromIterable(other)))
  })

  it("JSON: the handles and their results", () => {
    const json = JSON.stringify(Outcomes.fromIterable(entries.slice(0, 1)))
    assert.include(json, "\"job\":\"1.0\"")
    assert.include(json, "\"_id\":\"Outcomes\"")
  })
})
