import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Explanation from "../../src/condor/Explanation.ts"
import * as HoldReason from "../../src/condor/HoldReason.ts"
import * as HoldTable from "../../src/condor/HoldTable.ts"
import * as OwnAttributes from "../../src/condor/OwnAttributes.ts"
import * as ReasonRules from "../../src/condor/ReasonRules.ts"
import * as RemovalTable from "../../src/condor/RemovalTable.ts"
import { HoldCause, RemovalCause } from "../../src/contract/JobStatus.ts"

const oneSentence = /^[A-Z][^.\n]*(?:\.[a-z][^.\n]*)*\.$/

const hold = (code: number, change: Partial<Explanation.Hold> = {}): Explanation.Hold => ({
  code,
  subcode: 0,
  reason: "",
  copied: false,
  ...change
})

describe("Explanation.ofHold", () => {
  // Most of them were observed on the stack. The texts are HTCondor's.
  const missing =
    "Transfer output files failure at execution point slot1 while sending files to access point htcondor-ce." +
    " Details: reading from file /var/lib/condor/execute/dir_1/nothere.txt: (errno 2) No such file or directory"
  it.each<readonly [title: string, Explanation.Hold, HoldCause, RegExp]>([
    ["condor_hold at the CE", hold(1, { reason: "via condor_hold (by user pilot)" }), "Request", /^Release the job if/],
    ["condor_hold in the pool", hold(1, { copied: true }), "Request", /^Ask the site/],
    ["periodic_hold", hold(3), "Submission", /periodic_hold/],
    ["on_exit_hold", hold(3, { copied: true }), "Submission", /on_exit_hold/],
    ["a bad credential", hold(4), "Credential", /^Renew/],
    ["a bad interpreter", hold(6, { subcode: 2, copied: true }), "Submission", /#! line/],
    ["a program for another machine", hold(6, { subcode: 8, copied: true }), "Submission", /program/],
    ["a missing output", hold(12, { subcode: 2, copied: true, reason: missing }), "Payload", /no such output/],
    ["a link to a directory", hold(12, { subcode: 21, copied: true }), "Payload", /regular files/],
    ["a full spool", hold(12, { subcode: 28, copied: true }), "Site", /full/],
    ["a quota", hold(12, { subcode: 122, copied: true }), "Site", /quota/],
    ["an upload that fails", hold(12, { subcode: 256, copied: true }), "Transfer", /URL/],
    ["an input that is gone", hold(13, { subcode: 2, copied: true }), "Transfer", /^Resubmit/],
    ["an input URL that answers 404", hold(13, { subcode: 256, copied: true }), "Transfer", /release the job/],
    ["late materialisation", hold(14, { copied: true }), "Site", /directory/],
    ["hold = true", hold(15), "Request", /^Release the job/],
    [
      "another universe",
      hold(26, { reason: "HTCondor-CE held job due to invalid job universe." }),
      "Submission",
      /vanilla/
    ],
    [
      "no route",
      hold(26, { reason: "HTCondor-CE held job due to no matching routes, route job limit, or" }),
      "Policy",
      /route/
    ],
    ["another rule of the site", hold(26, { reason: "over quota" }), "Policy", /rule/],
    ["too much output", hold(33, { copied: true }), "Resources", /cut off/],
    ["too much memory", hold(34, { subcode: 102, copied: true }), "Resources", /memory/],
    ["too much disk", hold(34, { subcode: 104, copied: true }), "Resources", /disk/],
    ["too much else", hold(34, { subcode: 7, copied: true }), "Resources", /what the reason names/],
    ["a bad image", hold(35, { copied: true }), "Submission", /image/],
    ["too long a run", hold(47, { copied: true }), "Resources", /run time/],
    ["a job that the CE lost", hold(0, { reason: "Job disappeared from remote schedd" }), "Site", /lost it/],
    ["a hold without a code", hold(0), "Unknown", /^Read the reason/],
    ["a code of a later release", hold(77), "Unknown", /^Read the reason/],
    ["a vacate", hold(1014), "Site", /took it away/]
  ])("%s", (_, one, cause, advice) => {
    const found = Explanation.ofHold(one)
    assert.strictEqual(found.cause, cause)
    assert.match(found.advice, advice)
  })

  it("each code of HTCondor has a rule, except Unspecified", () => {
    const unruled = Object.keys(HoldReason.names).map(Number).filter((code) =>
      code < HoldReason.firstVacate &&
      !HoldTable.rules.some((rule) => rule.code === code && rule.includes === undefined)
    )
    assert.deepStrictEqual(unruled, [0])
  })

  it("no rule hides a later one", () => {
    HoldTable.rules.forEach((rule, index) => {
      const { code = 0, copied = false, includes = "", subcode = 99 } = rule
      const fits = HoldTable.rules.findIndex((one) =>
        one.code === code && (one.subcode ?? subcode) === subcode && (one.copied ?? copied) === copied &&
        includes.includes(one.includes ?? "")
      )
      assert.strictEqual(fits, index, JSON.stringify(rule))
    })
  })

  it("the rules of a site come first, and the first that applies counts", () => {
    const rules = Schema.decodeUnknownSync(ReasonRules.Rules)(JSON.parse(
      `{ "holds": [
        { "code": 26, "includes": "fair share", "cause": "Policy", "advice": "Wait for a week." },
        { "code": 26, "subcode": 7, "copied": true, "cause": "Site", "advice": "Write to ops@example.org." },
        { "includes": "GPU", "cause": "Resources", "advice": "Ask for a GPU." }
      ] }`
    ))
    const advice = (one: Explanation.Hold) => Explanation.ofHold(one, rules).advice
    assert.deepStrictEqual(Explanation.ofHold(hold(26, { reason: "over fair share" }), rules), {
      cause: "Policy",
      advice: "Wait for a week."
    })
    assert.strictEqual(advice(hold(26, { subcode: 7, copied: true })), "Write to ops@example.org.")
    assert.strictEqual(advice(hold(26, { subcode: 7 })), Explanation.ofHold(hold(26)).advice)
    assert.strictEqual(advice(hold(99, { reason: "no GPU here" })), "Ask for a GPU.")
    assert.strictEqual(advice(hold(12, { subcode: 2 })), Explanation.ofHold(hold(12, { subcode: 2 })).advice)
  })

  it.each([
    { holds: [{ code: 1, cause: "Bad luck", advice: "Wait." }] },
    { holds: [{ code: 1, cause: "Site", advice: "" }] },
    { holds: [{ code: "1", cause: "Site", advice: "Wait." }] },
    { removals: [{ begins: "", cause: "Policy", advice: "Wait." }] }
  ])("%j are no rules", (rules) => {
    assert.isFalse(Schema.is(ReasonRules.Rules)(rules))
  })
})

describe("Explanation.ofRemoval", () => {
  const byPolicy = (what: string) => `CE job removed by SYSTEM_PERIODIC_REMOVE due to ${what}`
  it.each<readonly [reason: string, RemovalCause]>([
    ...Object.entries(
      {
        abandoned: "SubmissionFailed",
        cancelled: "Cancelled",
        purged: "Purged",
        retrieved: "Retrieved"
      } as const satisfies Record<keyof typeof OwnAttributes.reasons, RemovalCause>
    ).map(
      ([name, cause]) =>
        [`${Object.entries(OwnAttributes.reasons).find(([one]) => one === name)?.[1]} (by user pilot)`, cause] as const
    ),
    [byPolicy("disabled job retries"), "Interrupted"],
    [byPolicy("job exceeded allowed walltime: 60 minutes."), "WallTime"],
    [byPolicy("being in the hold state for 24 hours."), "HeldTooLong"],
    [byPolicy("job completed over 30 days ago."), "Expired"],
    [byPolicy("input files missing."), "Policy"],
    ["The system macro SYSTEM_PERIODIC_REMOVE expression 'RemoteWallClockTime > 5' evaluated to TRUE", "Policy"],
    ["The job attribute PeriodicRemove expression 'JobStatus == 5' evaluated to TRUE", "Policy"],
    ["Staging of job files failed", "SubmissionFailed"],
    ["Spooling is taking too long", "SubmissionFailed"],
    ["the compute element has the job no more", "Disappeared"],
    ["via condor_rm (by user pilot)", "Request"],
    ["the site cancelled it (by user condor)", "Request"],
    ["via condor_rm", "Request"],
    ["", "Unknown"],
    ["nobody knows", "Unknown"]
  ])("%j: %s", (reason, cause) => {
    assert.strictEqual(Explanation.ofRemoval(reason).cause, cause)
  })

  it("the rules of a site come first", () => {
    const rules: ReasonRules.Rules = { removals: [{ begins: "drained", cause: "Interrupted", advice: "Resubmit." }] }
    assert.deepStrictEqual(Explanation.ofRemoval("drained (by user ops)", rules), {
      cause: "Interrupted",
      advice: "Resubmit."
    })
    assert.strictEqual(Explanation.ofRemoval("not drained (by user ops)", rules).cause, "Request")
  })
})

describe("the tables", () => {
  const rules = [...HoldTable.rules, HoldTable.unknown(0), HoldTable.unknown(1000), ...RemovalTable.rules]

  it("give advice in one sentence each", () => {
    for (const { advice } of [...rules, RemovalTable.unknown]) assert.match(advice, oneSentence)
  })

  it("have each cause", () => {
    const holds = new Set(HoldTable.rules.map(({ cause }) => cause)).add("Unknown")
    assert.deepStrictEqual(Array.from(holds).toSorted(), HoldCause.literals.toSorted())
    const removals = new Set(RemovalTable.rules.map(({ cause }) => cause)).add("Unknown")
    assert.deepStrictEqual(Array.from(removals).toSorted(), RemovalCause.literals.toSorted())
  })
})
