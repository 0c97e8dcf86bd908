import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as HoldReason from "../../src/condor/HoldReason.ts"

describe("HoldReason", () => {
  // Codes that were met on the stack, with the cause in the manual's words.
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

  it("49 is that of a job whose primary_unix_group the machine refuses", () => {
    assert.strictEqual(HoldReason.nameOf(49), "CannotSwitchPrimaryGroup")
  })

  it.each<readonly [number, string]>([
    [HoldReason.spoolingInput, "SpoolingInput"],
    [HoldReason.request, "UserRequest"],
    [HoldReason.output, "TransferOutputError"],
    [HoldReason.input, "TransferInputError"],
    [HoldReason.submittedOnHold, "SubmittedOnHold"],
    [HoldReason.firstVacate, "JobPolicyVacate"]
  ])("this library acts on %i, which is %s", (code, name) => {
    assert.strictEqual(HoldReason.nameOf(code), name)
  })

  it.each<readonly [number, string]>([
    [50, "Code50"],
    [999, "Code999"],
    [-1, "Code-1"],
    [1999, "Vacated1999"]
  ])("%i has no name and is given as %s", (code, name) => {
    assert.strictEqual(HoldReason.nameOf(code), name)
  })

  it.prop("every code has a name", [Schema.Int], ([code]) => {
    assert.match(HoldReason.nameOf(code), /^[A-Z][A-Za-z2]+(-?\d+)?$/)
  })
})
