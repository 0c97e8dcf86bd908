import { assert, describe, it } from "@effect/vitest"
import * as Charts from "../../scripts/bench/Charts.ts"
import { spread } from "../../scripts/bench/Statistics.ts"

const contest = (work: string, than: string, ours: number, theirs: number): Charts.Line => ({
  work,
  than,
  ours: spread([ours]),
  theirs: spread([theirs])
})

describe("Charts", () => {
  it("contests: has a bar with its time for everybody who was measured", () => {
    const svg = Charts.contests([
      contest("status of 10,000 jobs", "one condor_q -json", 170, 149),
      contest("status of 10,000 jobs", "chunks of 100 ids", 170, 26_600),
      contest("submit 1,000 copies", "Python bindings", 1_540, 1_320)
    ])
    for (const text of ["170 ms", "149 ms", "26.6 s", "1.54 s", "1.32 s", "submit 1,000 copies"]) {
      assert.include(svg, text)
    }
    assert.strictEqual(
      svg,
      Charts.contests([
        contest("status of 10,000 jobs", "one condor_q -json", 170, 149),
        contest("status of 10,000 jobs", "chunks of 100 ids", 170, 26_600),
        contest("submit 1,000 copies", "Python bindings", 1_540, 1_320)
      ])
    )
  })

  it("growth: has a panel for each work that was measured at several sizes", () => {
    const samples = { size: [100, 1_000, 10_000], ours: [20, 40, 170], raw: [16, 35, 150], today: [30, 260, 26_600] }
    const line = { work: "status, 100, 1000, 10000 jobs: exponent of the time", than: "" }
    const svg = Charts.growth([{ ...line, samples }])
    assert.include(svg, ">status<")
    assert.isUndefined(Charts.growth([line]))
  })
})
