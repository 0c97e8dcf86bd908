import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Parser from "../../src/classad/Parser.ts"
import * as GridUniverse from "../../src/condor/GridUniverse.ts"

const plain = { schedd: "ce@local", pool: "[2001:db8::1]:9619" }

const read = (commands: ReturnType<typeof GridUniverse.commands>) => {
  const resource: Parameters<typeof GridUniverse.parse>[0] = {}
  for (const [command, value] of commands) assert.isTrue(GridUniverse.parse(resource, command, value), command)
  return resource
}

describe("GridUniverse", () => {
  it.each([plain, { ...plain, scitokensFile: "/run/ce.token" }])("%j is written, and read back", (resource) => {
    assert.deepStrictEqual(read(GridUniverse.commands(resource)), resource)
  })

  it.each([
    ["grid_resource", "condor ce@local"],
    ["grid_resource", "batch slurm"],
    ["My.ScitokensFile", "strcat(Iwd, \"/token\")"],
    ["periodic_remove", "true"],
    ["My.Remote_EffectCEKey", "\"task-1\""],
    ["universe", "grid"]
  ])("%s = %s is none of its commands", (command, value) => {
    const resource = {}
    assert.isFalse(GridUniverse.parse(resource, command, value))
    assert.deepStrictEqual(resource, {})
  })

  it("what the CE has lost is removed with a reason, and not what the site holds", () => {
    const commands = new Map(GridUniverse.commands(plain))
    const condition = commands.get("periodic_remove") ?? ""
    assert.isTrue(Result.isSuccess(Parser.parse(condition)))
    assert.include(condition, "HoldReasonCode == 0")
    assert.strictEqual(commands.get("My.PeriodicRemoveReason"), `"${GridUniverse.disappearedReason}"`)
  })

  it("the token of the submit host's file is named to the submit host alone", () => {
    const names = GridUniverse.commands({ ...plain, scitokensFile: "/run/ce.token" }).map(([name]) => name)
    assert.includeMembers(names, ["My.ScitokensFile", "My.Remote_ScitokensFile"])
    assert.notInclude(GridUniverse.commands(plain).map(([name]) => name).join(), "Scitokens")
  })
})
