import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Leftovers from "../../../../src/ce/internal/diagnosis/Leftovers.ts"
import * as ClassAd from "../../../../src/classad/ClassAd.ts"
import * as Evaluator from "../../../../src/classad/Evaluator.ts"
import * as Expr from "../../../../src/classad/Expr.ts"
import * as Parser from "../../../../src/classad/Parser.ts"
import * as Values from "../../../../src/classad/Value.ts"
import { notRun, replied, silent } from "../../diagnosis/Replies.ts"

describe("leftovers", () => {
  it("counts the jobs of each kind, and gives the remedy", () => {
    const { detail, fix, status } = Leftovers.leftovers(replied({ stdout: "4\n5\n4\n3\n" }))
    assert.strictEqual(status, "warning")
    assert.match(detail, /: 2 completed, 1 removed, 1 waiting for input$/)
    assert.include(fix ?? "", Leftovers.constraint)
  })

  it("reports that there are none", () => assert.strictEqual(Leftovers.leftovers(replied({ stdout: "" })).status, "ok"))

  it.each([silent, notRun, replied({ exitCode: 1, stdout: "4\n" })])("does not guess: %j", (reply) => {
    assert.strictEqual(Leftovers.leftovers(reply).status, "skipped")
  })

  const now = 1_000_000
  it.each([
    ["completed two hours ago", { EffectCEGridKey: "k", JobStatus: 4, CompletionDate: now - 7_200 }, true],
    ["completed just now", { EffectCEGridKey: "k", JobStatus: 4, CompletionDate: now - 60 }, false],
    ["removed two hours ago", { EffectCEGridKey: "k", JobStatus: 3, EnteredCurrentStatus: now - 7_200 }, true],
    ["without input", { EffectCEGridKey: "k", JobStatus: 5, HoldReasonCode: 16, QDate: now - 7_200 }, true],
    ["held by its site", { EffectCEGridKey: "k", JobStatus: 5, HoldReasonCode: 1, QDate: now - 7_200 }, false],
    ["running", { EffectCEGridKey: "k", JobStatus: 2, CompletionDate: 0, QDate: now - 7_200 }, false],
    ["submitted to the CE itself", { EffectCEKey: "k", JobStatus: 4, CompletionDate: now - 7_200 }, false]
  ])("a job that is %s: %j %s", (_, attributes, counts) => {
    const ad = ClassAd.make(
      Object.entries(attributes).map(([name, value]) => [
        name,
        typeof value === "string" ? Expr.string(value) : Expr.integer(BigInt(value))
      ])
    )
    const condition = Result.getOrThrow(Parser.parse(Leftovers.constraint))
    assert.strictEqual(
      Values.truth(Evaluator.evaluateWith(condition, { now, random: () => 0 }, { my: ad })) === true,
      counts
    )
  })
})
