import { assert, describe, it } from "@effect/vitest"
import { Effect, PlatformError } from "effect"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
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
      ["setpriv", 127, "setpriv: failed to execute x: No such file or directory", { detail: "no such command" }],
      ["setpriv", 126, "setpriv: failed to execute x: Permission denied\n", { detail: "PermissionDenied" }],
      ["setpriv", 127, "setpriv: failed to execute x: Permission denied", { detail: "PermissionDenied" }],
      ["setpriv", 126, "setpriv: failed to execute x: y: Not a directory", { detail: "ENOTDIR" }],
      ["setpriv", 126, "setpriv: failed to execute x: Exec format error", { detail: "ENOEXEC" }],
      ["setpriv", 126, "setpriv: failed to execute x: Cannot allocate memory\n", {
        detail: "Cannot allocate memory",
        temporary: true
      }],
      ["setpriv", 1, "setpriv: failed to execute x: Permission denied", undefined],
      ["setpriv", 126, "no words of setpriv", undefined],
      ["setpriv", 127, "no words of setpriv", undefined],
      ["condor_q", 127, "setpriv: failed to execute x: Permission denied", undefined],
      ["bwrap", 1, "bwrap: No permissions to create new namespace", {
        detail: "bwrap: No permissions to create new namespace"
      }],
      ["bwrap", 0, "bwrap: a warning", undefined],
      ["bwrap", 1, "ERROR of the tool", undefined]
    ] as const
  )("failure: %s exited with %i: %s", (program, exitCode, stderr, expected) => {
    assert.deepStrictEqual(Wrapper.failure([program], { exitCode, stdout: "", stderr }), expected)
  })

  const failing = (_tag: "NotFound" | "Unknown", code: string) =>
    PlatformError.systemError({
      _tag,
      module: "ChildProcess",
      method: "spawn",
      cause: Object.assign(new Error(code), { code, syscall: "spawn setpriv" })
    })

  const killed = PlatformError.systemError({ _tag: "Unknown", module: "ChildProcess", method: "exitCode" })

  it.effect.each<readonly [string, Effect.Effect<number, PlatformError.PlatformError>, ReadonlyArray<boolean>]>([
    ["is there", Effect.succeed(0), [true, true, true]],
    ["is missing", Effect.fail(failing("NotFound", "ENOENT")), [false, false, false]],
    ["has no such option", Effect.succeed(1), [false, false, false]],
    ["cannot be started now", Effect.fail(failing("Unknown", "EAGAIN")), [false, true, true]],
    ["was killed", Effect.fail(killed), [false, true, true]],
    ["has no memory now", Effect.die(failing("Unknown", "ENOMEM").reason.cause), [false, true, true]]
  ])("hasSetpriv: remembers a definite answer, if setpriv %s", ([, first, expected]) =>
    Effect.gen(function*() {
      let asked = 0
      const has = yield* Wrapper.hasSetpriv({
        exitCode: () =>
          Effect.suspend(() => Effect.map(asked++ === 0 ? first : Effect.succeed(0), ChildProcessSpawner.ExitCode))
      }, "/bin")
      const answers = [yield* has, yield* has, yield* has]
      assert.deepStrictEqual(answers, [...expected])
      assert.strictEqual(asked, expected[0] === expected[1] ? 1 : 2)
    }))
})
