import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as HoldReason from "../../src/condor/HoldReason.ts"

describe("HoldReason", () => {
  // Codes that were observed on the stack, with the causes of the manual.
  it.each<readonly [number, string]>([
    [1, "UserRequest"],
    [3, "JobPolicy"],
    [6, "FailedToCreateProcess"],
    [12, "TransferOutputError"],
    [13, "TransferInputError"],
    [16, "SpoolingInput"],
    [26, "SystemPolicy"],
    [34, "JobOutOfResources"],
    [0, "Unspecified"],
    [1014, "StartdDraining"]
  ])("%i is %s", (code, name) => {
    assert.strictEqual(HoldReason.nameOf(code), name)
  })

  it("49 is the code of a job whose primary_unix_group the machine refuses", () => {
    assert.strictEqual(HoldReason.nameOf(49), "CannotSwitchPrimaryGroup")
  })

  it.each<readonly [number, string]>([
    [HoldReason.spoolingInput, "SpoolingInput"],
    [HoldReason.request, "UserRequest"],
    [HoldReason.output, "TransferOutputError"],
    [HoldReason.input, "TransferInputError"],
    [HoldReason.submittedOnHold, "SubmittedOnHold"],
    [HoldReason.firstVacate, "JobPolicyVacate"]
  ])("the constant for %i has the name %s", (code, name) => {
    assert.strictEqual(HoldReason.nameOf(code), name)
  })

  it.each<readonly [number, string]>([
    [50, "Code50"],
    [999, "Code999"],
    [-1, "Code-1"],
    [1999, "Vacated1999"]
  ])("nameOf: %i has no name and becomes %s", (code, name) => {
    assert.strictEqual(HoldReason.nameOf(code), name)
  })

  it.prop("nameOf: every code has a name", [Schema.Int], ([code]) => {
    assert.match(HoldReason.nameOf(code), /^[A-Z][A-Za-z2]+(-?\d+)?$/)
  })
})
