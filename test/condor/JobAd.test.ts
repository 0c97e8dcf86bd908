import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as JobAd from "../../src/condor/JobAd.ts"

const least = { ClusterId: 88, ProcId: 0, JobStatus: 1 }
const read = (record: unknown) => Result.getOrThrow(JobAd.fromJson(record))
const fails = (record: unknown) => {
  const result = JobAd.fromJson(record)
  return Result.isFailure(result) ? result.failure.message : undefined
}

describe("JobAd", () => {
  it("an ad with only the required attributes", () => {
    assert.deepStrictEqual(read(least), Schema.decodeUnknownSync(JobAd.JobAd)(least))
    assert.deepStrictEqual<object>(read(least), least)
  })

  // An attribute that was set and cleared is null, for example HoldReason after any release.
  it("null is absent, for every optional attribute", () => {
    const optional = JobAd.attributes.filter((name) => !(name in least))
    const cleared = read({ ...least, ...Object.fromEntries(optional.map((name) => [name, null])) })
    assert.deepStrictEqual<object>(cleared, least)
    assert.isFalse("HoldReason" in cleared)
  })

  it.each(["ClusterId", "ProcId", "JobStatus"])("%s is required", (name) => {
    const record: Record<string, unknown> = { ...least, [name]: null }
    assert.include(fails(record), name)
    delete record[name]
    assert.include(fails(record), name)
  })

  // The tools answer in the case of the query, so another case is another attribute.
  it("attributes have the case of the query", () => {
    assert.include(fails({ clusterid: 88, PROCID: 0, jobstatus: 1 }), "ClusterId")
    assert.isUndefined(read({ ...least, holdreason: "no" }).HoldReason)
    assert.deepStrictEqual(JobAd.attributes.filter((name) => !/^[A-Z][A-Za-z]+$/.test(name)), [])
    assert.strictEqual(new Set(JobAd.attributes.map((name) => name.toLowerCase())).size, JobAd.attributes.length)
  })

  it("attributes that were not queried are left out", () => {
    assert.deepStrictEqual<object>(
      read({ ...least, ExitStatus: 0, Foo: { a: [null, "x"] }, JobFinishedHookDone: "\\/Expr(x)\\/" }),
      least
    )
  })

  it("ExitStatus is ignored: it is 0 whatever the exit code was", () => {
    assert.notInclude(JobAd.attributes, "ExitStatus")
  })

  it.each<readonly [string, unknown]>([
    ["JobStatus", 1.5],
    ["JobStatus", "4"],
    ["JobStatus", "/Expr(1 + 2)/"],
    ["ClusterId", 0],
    ["ClusterId", 2_147_483_648],
    ["ProcId", -1],
    ["ProcId", 0.5]
  ])("%s is not %j: the message names the attribute", (name, value) => {
    assert.include(fails({ ...least, [name]: value }), `["${name}"]`)
  })

  it.each<readonly [string, unknown]>([
    ["ExitCode", "/Expr(error)/"],
    ["ExitCode", 1.5],
    ["ExitCode", 9_223_372_036_854_775_807n.toString()],
    ["ExitBySignal", 0],
    ["CompletionDate", -1],
    ["CompletionDate", 1.5],
    ["HoldReason", 5],
    ["EffectCEKey", ["k"]],
    ["EffectCECopy", "0"],
    ["HoldReasonSubCode", 1.5],
    ["TransferOutput", { a: 1 }]
  ])("%s is not %j: it is absent, and the job can still be read", (name, value) => {
    assert.deepStrictEqual<object>(read({ ...least, RemoteHost: "worker", [name]: value }), least)
    assert.deepStrictEqual<object>(read({ ...least, HoldReason: "kept", [name]: value }), {
      ...least,
      ...(name === "HoldReason" ? {} : { HoldReason: "kept" })
    })
  })

  it.each<readonly [string, unknown]>([
    ["JobStatus", 9],
    ["JobStatus", 10],
    ["JobStatus", 0],
    ["JobStatus", -1],
    ["JobStatus", 4_711],
    ["CompletionDate", 0],
    ["ExitCode", -1],
    ["HoldReason", ""],
    ["HoldReason", "/Expr(1)/"],
    ["HoldReason", "\ufffd \u0001"],
    ["ExitCode", 1.0],
    ["StageOutFinish", 1_795_331_539]
  ])("%s may be %j", (name, value) => {
    assert.deepStrictEqual<object>(read({ ...least, [name]: value }), { ...least, [name]: value })
  })

  it.each([null, 5, "ad", [], undefined])("%j is no ad", (record) => {
    assert.isDefined(fails(record))
  })

  it("accepts what the schema accepts: every attribute with every kind of value, and without it", () => {
    const isJobAd = Schema.is(JobAd.JobAd)
    const numbers = [0, -0, 1, 4, 7, 8, -1, 0.5, 2_147_483_647, 2_147_483_648, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 1e300]
    const values: ReadonlyArray<unknown> = [...numbers, Number.NaN, Infinity, 1n, "", "text", true, false, null, [], {}]
    const seen = { right: 0, wrong: 0 }
    for (const name of Object.keys(JobAd.JobAd.fields)) {
      const without: Record<string, unknown> = { HoldReason: "held", NumJobStarts: 2, ...least }
      delete without[name]
      for (const value of values) {
        const record = Object.assign({}, without, { [name]: value })
        const expected = isJobAd(record)
        seen[expected ? "right" : "wrong"] += 1
        const ad = Result.getOrUndefined(JobAd.fromJson(record))
        assert.deepStrictEqual<unknown>(
          ad,
          expected ? record : name in least ? undefined : without,
          `${name}: ${String(value)}`
        )
      }
    }
    assert.isAbove(seen.right, 100)
    assert.isAbove(seen.wrong, 100)
  })
})
