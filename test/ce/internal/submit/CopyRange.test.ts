import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import * as CopyRange from "../../../../src/ce/internal/submit/CopyRange.ts"
import * as JobAd from "../../../../src/condor/JobAd.ts"
import { ad as printedAd } from "../../Scripted.ts"

const small = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const ranges = Arbitrary.array(
  Arbitrary.schema(Schema.Struct({ first: small(0, 40), count: small(1, 15) })),
  { maxLength: 8 }
)
const copies = Arbitrary.schema(small(0, 50))

const numbers = (some: ReadonlyArray<CopyRange.CopyRange>): Array<number> =>
  some.flatMap(({ count, first }) => Array.from({ length: count }, (_, index) => first + index))

const ad = (attributes: Record<string, unknown>) => {
  const result = JobAd.fromJson(printedAd("7.3", attributes))
  return Result.isSuccess(result) ? result.success : assert.fail("the test's own ad cannot be read")
}

describe("CopyRange", () => {
  it.prop("the gaps are the copies that no range has, each once", [ranges, copies], ([some, count]) => {
    const taken = new Set(numbers(some))
    const gaps = CopyRange.gaps(some, count)
    assert.deepStrictEqual(
      numbers(gaps),
      Array.from({ length: count }, (_, index) => index).filter((index) => !taken.has(index))
    )
    assert.isFalse(CopyRange.overlap([...gaps, ...some.filter((one) => numbers(gaps).length > 0 && one.count === 0)]))
  }, { arbitrary: { runs: 500 } })

  it.prop("ranges overlap if a copy is in two of them", [ranges], ([some]) => {
    const all = numbers(some)
    assert.strictEqual(CopyRange.overlap(some), new Set(all).size < all.length)
  }, { arbitrary: { runs: 500 } })

  it.prop("splitting keeps every copy, in ranges that are small enough", [ranges, Arbitrary.schema(small(1, 20))], (
    [some, size]
  ) => {
    const parts = CopyRange.split(some, size)
    assert.deepStrictEqual(numbers(parts), numbers(some))
    assert.isTrue(parts.every(({ count }) => count > 0 && count <= size))
  }, { arbitrary: { runs: 500 } })

  it.each<readonly [string, Record<string, unknown>, CopyRange.ClusterRange | undefined]>([
    ["of many clusters", { EffectCECopy: 1003, EffectCECopies: 5000, TotalSubmitProcs: 1000 }, {
      cluster: 7,
      first: 1000,
      count: 1000
    }],
    ["of one cluster", { EffectCECopy: 3, EffectCECopies: 5, TotalSubmitProcs: 5 }, { cluster: 7, first: 0, count: 5 }],
    ["that does not say how many jobs its cluster had", { EffectCECopy: 3, EffectCECopies: 5 }, {
      cluster: 7,
      first: 0,
      count: 5
    }],
    ["that says nothing", { EffectCECopy: null, EffectCECopies: null }, undefined],
    ["with a copy that cannot be", { EffectCECopy: 1, EffectCECopies: 5 }, undefined]
  ])("the ad of a job %s", (_, attributes, expected) => {
    assert.deepStrictEqual(CopyRange.fromAd(ad(attributes)), expected)
  })
})
