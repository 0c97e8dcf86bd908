import { assert, describe, it } from "@effect/vitest"
import { Equal, Hash, Option } from "effect"
import * as JobId from "../../src/condor/JobId.ts"
import * as Samples from "./Samples.ts"

describe("JobId", () => {
  it.prop("survives its text", [JobId.JobId], ([id]) => {
    assert.match(String(id), /^[1-9]\d*\.\d+$/)
    assert.deepStrictEqual(Option.getOrNull(JobId.fromString(String(id))), id)
  })

  it.each(["1.0", "123.0", "2147483647.2147483647"])("reads %j", (text) => {
    assert.strictEqual(String(Option.getOrNull(JobId.fromString(text))), text)
  })

  // condor_rm treats any other word as the name of a user, and removes all jobs of that user.
  it.each([
    "",
    "1",
    "1.",
    ".0",
    "0.0",
    "1.-1",
    "-1.0",
    "01.0",
    "1.00",
    "1.0 ",
    " 1.0",
    "1.0\n",
    "1,0",
    "1.0,2.0",
    "1.0.0",
    "1e3.0",
    "0x1.0",
    "１.0",
    "pilot",
    "--",
    "-all",
    "2147483648.0",
    "1.2147483648",
    "99999999999.0"
  ])("refuses %j", (text) => {
    assert.isTrue(Option.isNone(JobId.fromString(text)))
  })

  it("equal numbers are equal ids", () => {
    const [one, two, other] = ["7.1", "7.1", "7.2"].map((text) => Option.getOrThrow(JobId.fromString(text)))
    assert.isTrue(Equal.equals(one, two))
    assert.strictEqual(Hash.hash(one), Hash.hash(two))
    assert.isFalse(Equal.equals(one, other))
  })

  it.prop(
    "any text: it is no id, or the text of its id",
    [Samples.mutated(["12.3", "2147483647.0"])],
    ([text]) => {
      const id = JobId.fromString(text)
      if (Option.isSome(id)) assert.strictEqual(String(id.value), text)
    },
    { arbitrary: { runs: 1_000 } }
  )
})
