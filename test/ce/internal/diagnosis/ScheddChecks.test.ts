import { assert, describe, it } from "@effect/vitest"
import * as ScheddChecks from "../../../../src/ce/internal/diagnosis/ScheddChecks.ts"
import { notRun, replied, silent } from "../../diagnosis/Replies.ts"

const endpoint = { address: "ce.example.org:9619", schedd: "ce@local" }

const ad = {
  Name: "ce@local",
  CondorVersion: "$CondorVersion: 25.14.1 2026-10-16 PackageID: 25.14.1+dfsg-1 $",
  HTCondorCEVersion: "25.0.1",
  MaxJobsRunning: 10_000,
  TotalJobAds: 4,
  TotalIdleJobs: 1,
  TotalRunningJobs: 2,
  TotalHeldJobs: 0
}

describe("schedds of a collector", () => {
  it("are those that it shows", () => {
    assert.deepStrictEqual(ScheddChecks.schedds(replied({ stdout: JSON.stringify([ad]) })), [ad])
    assert.deepStrictEqual(ScheddChecks.schedds(replied({ stdout: "" })), [])
    assert.strictEqual(ScheddChecks.schedds(replied({ stdout: "[{\"Name\": " })), undefined)
    assert.strictEqual(ScheddChecks.schedds(replied({ exitCode: 1, stdout: "" })), undefined)
    assert.strictEqual(ScheddChecks.schedds(silent), undefined)
  })

  const rows: ReadonlyArray<readonly [string, ReadonlyArray<ScheddChecks.ScheddAd> | undefined, string, RegExp]> = [
    ["has it", [ad], "ok", /^ce@local, HTCondor-CE 25\.0\.1 on HTCondor 25\.14\.1\./],
    [
      "has others",
      [{ Name: "a" }, { Name: "b" }],
      "failed",
      /^the collector has no ce@local; it has a, b\. .*--schedd/
    ],
    ["has none", [], "failed", /^the collector has no schedd\. /],
    ["does not show them", undefined, "skipped", /does not show its schedds/],
    ["has it in capitals", [{ ...ad, Name: "CE@Local" }], "ok", /^CE@Local, HTCondor-CE/],
    ["has one that is no CE's", [{ ...ad, HTCondorCEVersion: undefined }], "warning", /does not say.*9619/],
    [
      "has an old one",
      [{ ...ad, CondorVersion: "$CondorVersion: 22.8.1 x $" }],
      "warning",
      /22\.8\.1\. .*23\.0 or later/
    ],
    ["has one of no version", [{ ...ad, CondorVersion: undefined }], "ok", /HTCondor \(version unknown\)/]
  ]
  it.each(rows)("%s", (_, ads, status, words) => {
    const found = ScheddChecks.schedd(endpoint, ads, { isIn: false, handsOnTo: undefined })
    assert.strictEqual(found.status, status)
    assert.match(`${found.detail}. ${found.fix}`, words)
  })

  it("have to be visible to an authenticated client", () => {
    assert.strictEqual(ScheddChecks.schedd(endpoint, undefined, { isIn: true, handsOnTo: undefined }).status, "failed")
  })

  it("on a submit host: are no CE's, and say nothing about the CE", () => {
    const at = (CondorVersion: string) =>
      ScheddChecks.schedd(endpoint, [{ ...ad, CondorVersion, HTCondorCEVersion: undefined }], {
        isIn: true,
        handsOnTo: { address: "ce2.example.org:9619", schedd: "ce2" }
      })
    assert.deepStrictEqual(at(ad.CondorVersion), {
      status: "ok",
      detail: "ce@local, HTCondor 25.14.1; of ce2.example.org:9619, to which it hands jobs on, nothing is known"
    })
    assert.strictEqual(at("$CondorVersion: 22.8.1 x $").status, "warning")
  })
})

describe("collector of a pool", () => {
  const schedd = { Name: "pool@local" }

  it("has schedds, and none that claims to belong to an HTCondor-CE", () => {
    assert.isTrue(ScheddChecks.isPool([schedd, { Name: "other" }]))
    for (const ads of [undefined, [], [ad], [schedd, ad]]) assert.isFalse(ScheddChecks.isPool(ads))
  })

  it("is recognised, and blamed for the failing checks", () => {
    const found = ScheddChecks.pool([schedd])
    assert.strictEqual(found.status, "warning")
    assert.match(`${found.detail}. ${found.fix}`, /is the collector of a pool: it has pool@local.*name the port.*9619/)
    const failed = { status: "failed", detail: "no token is taken", fix: "get one" } as const
    assert.deepStrictEqual(ScheddChecks.atPool(failed), { ...failed, fix: "see the check of the collector" })
    assert.deepStrictEqual(ScheddChecks.atPool(found), found)
  })
})

describe("address of a schedd", () => {
  it.each([
    ["<192.0.2.1:9619?addrs=192.0.2.1-9619&alias=ce&noUDP&sock=schedd_1>", "192.0.2.1:9619"],
    ["<[2001:db8::1]:9619>", "[2001:db8::1]:9619"],
    [undefined, undefined],
    ["nowhere", undefined]
  ])("that says %s", (MyAddress, address) => {
    assert.strictEqual(ScheddChecks.addressOf({ ...ad, MyAddress }), address)
  })
})

describe("settings", () => {
  it("are lines in the order of the query", () => {
    assert.deepStrictEqual(
      Array.from(ScheddChecks.values(replied({ stdout: "100000\nNot defined\n2147483647\n" }))),
      [["MAX_JOBS_PER_OWNER", "100000"], ["MAX_JOBS_SUBMITTED", "2147483647"]]
    )
    for (const none of [replied({ stdout: "1\n2\n" }), replied({ exitCode: 1, stdout: "1\n2\n3\n" }), silent, notRun]) {
      assert.strictEqual(ScheddChecks.values(none).size, 0)
    }
  })

  it("name the issuers whose tokens are accepted", () => {
    assert.deepStrictEqual(ScheddChecks.audiences(replied({ stdout: "ce.example.org:9619, https://x.org/any\n" })), [
      "ce.example.org:9619",
      "https://x.org/any"
    ])
    assert.deepStrictEqual(ScheddChecks.audiences(replied({ stdout: "Not defined\n" })), [])
    assert.deepStrictEqual(ScheddChecks.audiences(silent), [])
  })
})

describe("limits", () => {
  const settings = (owner: string, all: string): ScheddChecks.Values =>
    new Map([["MAX_JOBS_PER_OWNER", owner], ["MAX_JOBS_PER_SUBMISSION", "20000"], ["MAX_JOBS_SUBMITTED", all]])
  const none = "2147483647"

  it.each([
    [4, settings("100000", none), "ok"],
    [89_999, settings("100000", none), "ok"],
    [90_000, settings("100000", none), "warning"],
    [90, settings("100000", "100"), "warning"],
    [100, settings("100000", "100"), "failed"],
    [1_000_000, settings(none, none), "ok"],
    [1_000_000, new Map(), "ok"]
  ])("with %d jobs", (jobs, values, status) => {
    assert.strictEqual(ScheddChecks.limits({ ...ad, TotalJobAds: jobs }, values).status, status)
  })

  it("are reported as far as they are known", () => {
    assert.strictEqual(
      ScheddChecks.limits(ad, settings("100000", "5000")).detail,
      "4 jobs of all users (1 idle, 2 running, 0 held); at most 100000 of one user, 20000 in one submission, 5000 in all, 10000 running"
    )
    assert.strictEqual(
      ScheddChecks.limits({ Name: "x", TotalJobAds: 4 }, new Map()).detail,
      "4 jobs of all users; no limit is known"
    )
    assert.strictEqual(ScheddChecks.limits({ Name: "x" }, new Map()).status, "skipped")
    assert.strictEqual(ScheddChecks.limits(undefined, new Map()).status, "skipped")
  })
})
