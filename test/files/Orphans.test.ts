import { assert, describe, it } from "@effect/vitest"
import * as Orphans from "../../src/files/Orphans.ts"

const stat = (name: string, state = "S", start = "4711") =>
  `17 (${name}) ${state} 1 17 17 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 ${start} 1 2 18446744073709551615 1 1\n`

describe("parseStat", () => {
  it.each(["node", "a b", "a) S (b", "", "((("])("reads a process with the name %j", (name) => {
    assert.deepStrictEqual(Orphans.parseStat(stat(name)), { pid: "17", start: "4711", alive: true })
  })
  it.each(["Z", "X", "x"])("a process in the state %s has ended", (state) => {
    assert.isFalse(Orphans.parseStat(stat("node", state))?.alive)
  })
  it.each(["", "17", "17 (node) S 1", "node", stat("node", "S", "-")])("returns undefined for %j", (text) => {
    assert.isUndefined(Orphans.parseStat(text))
  })
})
