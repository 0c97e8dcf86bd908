import { assert, describe, it } from "@effect/vitest"
import * as Version from "../../src/classad/Version.ts"

describe("Version", () => {
  it.each([
    ["23.9", "23.10.1"],
    ["23.10", "23.10.1"],
    ["23.9.6", "25.0"],
    ["9.12", "10.0"],
    ["25.12.2", "25.13"]
  ])("%s is before %s, and not after it", (earlier, later) => {
    assert.isTrue(Version.isBefore(earlier, later))
    assert.isFalse(Version.isBefore(later, earlier))
  })

  it.each([["25.13", "25.13.0"], ["25.13", "25.13"], ["23.0.28", "23.0.28"]])("%s is not before %s", (one, other) => {
    assert.isFalse(Version.isBefore(one, other))
    assert.isFalse(Version.isBefore(other, one))
  })

  it("current: has all changes", () => {
    assert.isTrue(Version.has(Version.current, "elvis"))
    assert.isTrue(Version.has(Version.current, "selfReference"))
  })
})
