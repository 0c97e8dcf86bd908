import { assert, describe, it } from "@effect/vitest"
import * as Wrapper from "../../../src/condor/tools/Wrapper.ts"

describe("Wrapper", () => {
  it("mortal: the command dies with its client", () => {
    assert.deepStrictEqual(Wrapper.mortal(["/bin/condor_submit", "-terse"]), [
      "setpriv",
      "--pdeathsig",
      "KILL",
      "--",
      "/bin/condor_submit",
      "-terse"
    ])
  })

  it.each(
    [
      ["setpriv", 127, "setpriv: failed to execute x: No such file or directory", "no such command"],
      ["setpriv", 127, "setpriv: failed to execute x: Permission denied", "PermissionDenied"],
      ["setpriv", 127, "setpriv: failed to execute x: Exec format error", "Unknown"],
      ["setpriv", 1, "setpriv: failed to execute x: Permission denied", undefined],
      ["setpriv", 127, "no words of setpriv", undefined],
      ["condor_q", 127, "setpriv: failed to execute x: Permission denied", undefined],
      ["bwrap", 1, "bwrap: No permissions to create new namespace", "bwrap: No permissions to create new namespace"],
      ["bwrap", 0, "bwrap: a warning", undefined],
      ["bwrap", 1, "ERROR of the tool", undefined]
    ] as const
  )("failure: %s exited with %i: %s: %s", (program, exitCode, stderr, expected) => {
    assert.strictEqual(Wrapper.failure([program], { exitCode, stdout: "", stderr }), expected)
  })
})
