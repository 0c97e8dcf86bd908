/** Queries about ten thousand jobs. */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import type * as ClassAd from "../../src/classad/ClassAd.ts"
import * as Evaluator from "../../src/classad/Evaluator.ts"
import * as Expr from "../../src/classad/Expr.ts"
import * as Parser from "../../src/classad/Parser.ts"
import * as Values from "../../src/classad/Value.ts"
import * as ConstraintIndex from "../../src/testing/fake/ConstraintIndex.ts"

const truth = (condition: Expr.Expr, my: ClassAd.ClassAd): boolean =>
  Values.truth(Evaluator.evaluateWith(condition, { now: 0, random: () => 0 }, { my })) === true

const adOf = (cluster: number, proc: number): ClassAd.ClassAd =>
  Expr.ad([
    ["ClusterId", Expr.integer(BigInt(cluster))],
    ["ProcId", Expr.integer(BigInt(proc))],
    ["JobStatus", Expr.integer(proc % 2 === 0 ? 2n : 4n)],
    ["Key", Expr.string(`k${cluster}`)]
  ])

const ads = [1, 2, 3].flatMap((cluster) => [0, 1, 2, 3, 10].map((proc) => adOf(cluster, proc)))

const parse = (text: string): Expr.Expr => Result.getOrThrow(Parser.parse(text))

describe("ConstraintIndex", () => {
  it.each([
    "ClusterId == 2",
    "2 =?= clusterid && member(ProcId,{0,2,10})",
    "((ClusterId == 1 && member(ProcId,{0,1})) || (ClusterId == 3 && ProcId == 10))",
    "((ClusterId == 1 && Key == \"k1\" && member(ProcId,{0,1})) || (ClusterId == 3 && Key == \"k1\" && ProcId == 10))",
    "(ClusterId == 1 || JobStatus == 4) && !member(ProcId,{1})",
    "ClusterId != 1 && member(ProcId,{1,\"x\"})",
    "Key == 7 || ClusterId == 2 && member(ProcId,{1,2})",
    "ClusterId == 2 && ClusterId == 3",
    "member(ProcId,{0}) ? ClusterId == 1 : ClusterId == 2",
    "(ClusterId < 3 ? (ClusterId < 2 ? ProcId == 1 : ClusterId == 2) : (ClusterId == 3 && ProcId >= 1 && ProcId <= 3))",
    "MY.ClusterId == 2 && member(MY.ProcId,{0})",
    "true"
  ])("jobs: %s selects the same jobs as an evaluation for each", (text) => {
    const expr = parse(text)
    const matches = ConstraintIndex.matcher(expr, truth)
    assert.deepStrictEqual(ads.filter(matches), ads.filter((ad) => truth(expr, ad)))
  })

  it("clustersOf: finds the clusters that can satisfy a condition", () => {
    const clusters = (text: string) => {
      const known = ConstraintIndex.clustersOf(parse(text))
      return known === undefined ? "all" : Array.from(known)
    }
    assert.deepStrictEqual(clusters("(ClusterId == 2 && JobStatus == 4) || (3 == ClusterId)"), [2, 3])
    assert.deepStrictEqual(clusters("(ClusterId < 5 ? (ClusterId == 2) : ClusterId == 7 && ProcId == 1)"), [2, 7])
    assert.deepStrictEqual(clusters("ClusterId == 2 || JobStatus == 4"), "all")
    assert.deepStrictEqual(clusters("JobStatus == 4 ? ClusterId == 2 : true"), "all")
    assert.deepStrictEqual(clusters("!(ClusterId == 2)"), "all")
  })

  it("jobs: finds ten thousand jobs by number in a short time", () => {
    const many = Array.from({ length: 10_000 }, (_, proc) => adOf(7, proc))
    const numbers = many.map((_, proc) => proc).join(",")
    const expr = parse(`(ClusterId == 7 && member(ProcId,{${numbers}}))`)
    const began = performance.now()
    assert.strictEqual(many.filter(ConstraintIndex.matcher(expr, truth)).length, 10_000)
    assert.isBelow(performance.now() - began, 20_000)
  })
})
