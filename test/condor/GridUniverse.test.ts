import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as ClassAd from "../../src/classad/ClassAd.ts"
import * as Evaluator from "../../src/classad/Evaluator.ts"
import * as Expr from "../../src/classad/Expr.ts"
import * as Parser from "../../src/classad/Parser.ts"
import * as Values from "../../src/classad/Value.ts"
import * as GridUniverse from "../../src/condor/GridUniverse.ts"
import { leaveInQueue } from "../../src/condor/SubmitDescription.ts"

const plain = { schedd: "ce@local", pool: "[2001:db8::1]:9619" }

const atCE: GridUniverse.AtCE = { leaveInQueue: "JobStatus == 4", key: "\"task-1\"" }

describe("GridUniverse", () => {
  it("a job that the CE has lost is removed with a reason, and a job that the site holds is not", () => {
    const commands = new Map(GridUniverse.commands(plain, atCE))
    const condition = commands.get("periodic_remove") ?? ""
    assert.isTrue(Result.isSuccess(Parser.parse(condition)))
    assert.include(condition, "HoldReasonCode == 0")
    assert.strictEqual(commands.get("My.PeriodicRemoveReason"), `"${GridUniverse.disappearedReason}"`)
  })

  it("the copy at the CE has the key in another attribute", () => {
    const commands = new Map(GridUniverse.commands(plain, atCE))
    assert.strictEqual(commands.get("My.Remote_EffectCEGridKey"), atCE.key)
    assert.strictEqual(commands.get("My.Remote_EffectCEKey"), "undefined")
  })

  it.each([
    ["runs", { JobStatus: 2, CompletionDate: 0 }, false],
    ["has just completed", { JobStatus: 4, CompletionDate: 1_000_000 }, true],
    ["completed before the retention began", { JobStatus: 4, CompletionDate: 900_000 }, false],
    ["was fetched a moment ago", { JobStatus: 4, CompletionDate: 999_000, StageOutFinish: 1_000_000 }, true],
    ["was fetched the day before yesterday", { JobStatus: 4, CompletionDate: 999_000, StageOutFinish: 900_000 }, false],
    ["is removed", { JobStatus: 3, CompletionDate: 1_000_000 }, false]
  ])("leaveInQueue: the CE keeps a copy that %s: %j %s", (_, attributes, stays) => {
    const commands = new Map(GridUniverse.commands(plain, { ...atCE, leaveInQueue: leaveInQueue(100_000) }))
    const condition = Parser.parse(commands.get("My.Remote_LeaveJobInQueue") ?? "")
    const ad = Object.entries(attributes).reduce(
      (ad, [name, value]) => ClassAd.set(ad, name, Expr.integer(BigInt(value))),
      ClassAd.make([])
    )
    const value = Evaluator.evaluateWith(Result.getOrThrow(condition), { now: 1_000_100, random: () => 0 }, { my: ad })
    assert.strictEqual(Values.truth(value), stays)
  })

  it("only the submit host gets the name of its token file", () => {
    const names = GridUniverse.commands({ ...plain, scitokensFile: "/run/ce.token" }, atCE).map(([name]) => name)
    assert.includeMembers(names, ["My.ScitokensFile", "My.Remote_ScitokensFile"])
    assert.notInclude(GridUniverse.commands(plain, atCE).map(([name]) => name).join(), "Scitokens")
  })
})
