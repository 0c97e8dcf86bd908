/** The place of a job's output is part of a condition that the schedd checks, after any edit of the job. */
import { assert, describe, it } from "@effect/vitest"
import { Option, Result, Schema } from "effect"
import * as Transfer from "../../../../src/ce/internal/fetch/Transfer.ts"
import { ClassAd, Evaluator, Parser } from "../../../../src/classad/index.ts"

const staging = "/scratch/.htcondor-ce-x"
const redirect = Transfer.redirectOf({ staging }) ?? assert.fail()

const adOf = (attributes: Readonly<Record<string, string>>) =>
  Schema.decodeSync(ClassAd.fromNew)(
    `[${Object.entries(attributes).map(([name, expression]) => `${name} = ${expression}`).join(";")}]`
  )

const job = { ClusterId: "7", ProcId: "3", Out: "\"stdout\"", Err: "\"stderr\"", UserLog: "\"job.log\"" }

// As condor_qedit leaves the ad.
const edited = {
  ...job,
  ...Object.fromEntries(redirect.edits)
}

const holds = (attributes: Readonly<Record<string, string>>) => {
  const expr = Result.getOrThrow(Parser.parse(redirect.holds))
  const value = Evaluator.evaluateWith(expr, { now: 0, random: () => 0 }, { my: adOf(attributes) })
  return value._tag === "Boolean" && value.value
}

describe("place of a transfer", () => {
  it("is a separate directory of the job below the staging directory", () => {
    const placeOf = (name: string) => {
      const expr = Option.getOrThrow(Option.fromNullishOr(redirect.edits.find(([one]) => one === name)))[1]
      const value = Evaluator.evaluateWith(
        Result.getOrThrow(Parser.parse(expr)),
        { now: 0, random: () => 0 },
        { my: adOf(job) }
      )
      return value._tag === "String" ? value.value : value._tag
    }
    assert.strictEqual(placeOf("SUBMIT_Iwd"), `${staging}/7.3`)
    assert.strictEqual(placeOf("SUBMIT_UserLog"), `${staging}/7.3/job.log`)
    assert.strictEqual(placeOf("SUBMIT_TransferOutputRemaps"), "")
  })

  it("matches only while it is unchanged", () => assert.isTrue(holds(edited)))

  it.each([
    ["SUBMIT_Iwd", "/etc"],
    ["SUBMIT_Iwd", `${staging.toUpperCase()}/7.3`],
    ["SUBMIT_Iwd", `${staging}/7.4`],
    ["SUBMIT_UserLog", "/etc/passwd"],
    ["SUBMIT_TransferOutputRemaps", "result=/etc/passwd"],
    ["UserLog", "../../job.log"],
    ["UserLog", "/etc/passwd"],
    ["UserLog", ""],
    ["Out", "/etc/passwd"],
    ["Err", "../x"],
    ["SUBMIT_Out", "/etc/passwd"],
    ["SUBMIT_Err", "/etc/passwd"],
    ["SUBMIT_OutputDestination", "https://elsewhere.example.org/"],
    ["OutputDestination", "https://elsewhere.example.org/"]
  ])("does not match with %s = %j", (name, value) => {
    assert.isFalse(holds({ ...edited, [name]: `"${value}"` }))
    assert.isFalse(holds({ ...edited, Err: "undefined" }))
  })

  it.each(["/tmp/a\nb", "/tmp/a\\\"b"])("%j cannot be passed to a schedd", (path) => {
    assert.isUndefined(Transfer.redirectOf({ staging: path }))
  })
})
