import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import type { LookupResult, Target } from "../../../../src/ce/internal/query/LookupResult.ts"
import * as PendingTargets from "../../../../src/ce/internal/query/PendingTargets.ts"
import { JobId, ToolOutput } from "../../../../src/condor/index.ts"
import type { PrintedAd } from "../../../../src/condor/Schedd.ts"
import { TimedOut } from "../../../../src/contract/BackendError.ts"
import { ad, handle } from "../../Scripted.ts"

const timedOut = new TimedOut({ operation: "condor_q", seconds: 60 })

const target = (job: string): Target => {
  const id = JobId.fromString(job)
  if (id._tag === "None") return assert.fail(`${job} is no job`)
  return { handle: handle(job), id: id.value }
}

/** These ads, as a schedd prints them. */
const printed = (...records: ReadonlyArray<unknown>): ReadonlyArray<PrintedAd> => {
  const ads: Array<PrintedAd> = []
  ToolOutput.reader((record) => ads.push(record)).push(JSON.stringify(records))
  return ads
}

/** Targets, and the answers that each job gets. */
const looking = (...jobs: ReadonlyArray<string>) => {
  const told: Array<readonly [string, string]> = []
  const pending = PendingTargets.make(
    jobs.map((job) => target(job)),
    ({ handle }, result) => told.push([handle.job, result._tag === "Failed" ? result.error._tag : result._tag])
  )
  const show = (...records: ReadonlyArray<unknown>) => {
    for (const one of printed(...records)) pending.match(one, (ad): LookupResult => ({ _tag: "Queue", ad, own: true }))
  }
  return { pending, told, show }
}

describe("PendingTargets", () => {
  it("gives an ad once, to the job with its id, key and copy", () => {
    const { pending, show, told } = looking("1.0", "1.1", "2.0")
    show(ad("1.0"), ad("1.0"), ad("1.1", { EffectCEKey: "other" }), ad("2.0", { EffectCECopy: 7 }), ad("9.0"))
    assert.deepStrictEqual(told, [["1.0", "Queue"]])
    assert.deepStrictEqual(pending.missing().map((one) => one.handle.job), ["1.1", "2.0"])
  })

  it.effect("reports the others as absent, unless a record may hide them", () =>
    Effect.gen(function*() {
      const { pending, told } = looking("1.0", "2.0", "3.0", "4.0", "5.0")
      const [, second, third, fourth, fifth] = pending.missing()
      if (second === undefined || third === undefined || fourth === undefined || fifth === undefined) {
        return assert.fail("they are not all missing")
      }
      second.gap = { detail: "it is short", temporary: false }
      third.isBlurred = true
      PendingTargets.lose([fourth], timedOut, "Queue")
      PendingTargets.lose([fifth], timedOut, "History")
      yield* pending.finish
      assert.deepStrictEqual(told, [
        ["1.0", "Absent"],
        ["2.0", "HistoryUnavailable"],
        ["3.0", "UnreadableJob"],
        ["4.0", "StatusUnavailable"],
        ["5.0", "HistoryUnavailable"]
      ])
    }))

  it.effect("forgets the ads of an answer that was cut short", () =>
    Effect.gen(function*() {
      const { pending, show, told } = looking("1.0", "2.0")
      show(ad("1.0"), ad("2.0"))
      PendingTargets.lose(pending.named([target("1.0").id]), timedOut, "Queue")
      yield* pending.finish
      assert.deepStrictEqual(told, [["1.0", "Queue"], ["2.0", "Queue"], ["1.0", "StatusUnavailable"]])
    }))

  it.effect("fails if the queries for all of them have failed", () =>
    Effect.gen(function*() {
      const { pending } = looking("1.0", "2.0")
      PendingTargets.lose(pending.missing(), timedOut, "Queue")
      assert.deepStrictEqual(yield* Effect.result(pending.finish), Result.fail(timedOut))
    }))
})
