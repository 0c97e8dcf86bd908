import { assert, describe, it } from "@effect/vitest"
import { HashMap, Option, Result } from "effect"
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
  it("answers by the content of a handle", () => {
    const outcomes = Outcomes.fromIterable(entries)
    assert.deepStrictEqual(Outcomes.get(outcomes, handle("1.0")), Option.some(Result.succeed(1)))
    assert.deepStrictEqual(Outcomes.get(outcomes, handle("1.1")), Option.some(Result.fail("no")))
    assert.isTrue(Option.isNone(Outcomes.get(outcomes, handle("9.9"))))
  })

  it("successes and failures are all there is", () => {
    const outcomes = Outcomes.fromIterable(entries)
    const jobs = (list: ReadonlyArray<readonly [JobHandle, unknown]>) =>
      list.map(([handle, value]) => `${handle.job}: ${String(value)}`).toSorted()
    assert.deepStrictEqual(jobs(Outcomes.successes(outcomes)), ["1.0: 1", "1.2: 3"])
    assert.deepStrictEqual(jobs(Outcomes.failures(outcomes)), ["1.1: no"])
  })

  it("a handle asked twice is answered once", () => {
    const outcomes = Outcomes.fromIterable([...entries, [handle("1.0"), Result.succeed(7)]])
    assert.strictEqual(HashMap.size(outcomes), 3)
    assert.deepStrictEqual(Outcomes.get(outcomes, one), Option.some(Result.succeed(7)))
  })

  it("nothing asked, nothing answered", () => {
    const outcomes = Outcomes.fromIterable<number, string>([])
    assert.deepStrictEqual(Outcomes.successes(outcomes), [])
    assert.deepStrictEqual(Outcomes.failures(outcomes), [])
  })
})
