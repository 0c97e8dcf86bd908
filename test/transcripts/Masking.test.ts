import { assert, describe, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import * as Masking from "./Masking.ts"
import { Payload, payloadOf, script } from "./Situation.ts"

const names: Masking.Names = {
  clusters: new Map([["a", 5], ["b", 1234], ["c", 127]]),
  values: new Map([
    ["pool", "127.0.0.11:9619"],
    ["closed", "127.0.0.11:9611"],
    ["host", "127.0.0.11"],
    ["schedd", "ce@local"],
    ["directory", "/tmp/transcript-x1"],
    ["key", "k-1a2b"]
  ])
}

const masks = (text: string, expected: string) => assert.strictEqual(Masking.mask(text, names), expected)
const keeps = (text: string) => masks(text, text)

describe("Masking", () => {
  it("clusters: are masked in all places", () => {
    masks("5.0 - 5.2\n", "{a}.0 - {a}.2\n")
    masks("Job 1234.0 marked for removal", "Job {b}.0 marked for removal")
    masks("Could not find 127.10.", "Could not find {c}.10.")
    masks("\"ClusterId\": 5,", "\"ClusterId\": {a},")
    masks("(ClusterId == 1234 && ProcId == 5)", "(ClusterId == {b} && ProcId == 5)")
    masks("in cluster 5\n", "in cluster {a}\n")
    masks("to cluster 1234.", "to cluster {b}.")
    masks("spool/5/0/cluster5.proc0.subproc0/x", "spool/{a}/0/cluster{a}.proc0.subproc0/x")
    const later = { clusters: new Map([["a", 70_005]]), values: new Map() }
    assert.strictEqual(Masking.mask("spool/5/0/cluster70005.x", later), "spool/{a}/0/cluster{a}.x")
    masks("job_5_0 = 1", "job_{a}_0 = 1")
    masks("000 (005.000.000)", "000 ({a}.000.000)")
    masks("000 (1234.001.000)", "000 ({b}.001.000)")
    masks("fetched/5.1/log", "fetched/{a}.1/log")
  })

  it("other numbers: stay, even if they equal a cluster number", () => {
    keeps("\"JobStatus\": 5")
    keeps("15.0 and 1.5.0 and 51234.0")
    keeps("ProcId == 5 || Stamp == 1234")
    keeps("at 127.0.0.1 - Error")
    keeps("exit code 5")
    keeps("5 job(s)")
    keeps("\"HoldReasonCode\": 16, \"ExitCode\": 3, \"CompletionDate\": 0")
    keeps("\"BytesSent\": 5.0,")
  })

  it("addresses and directories: are masked", () => {
    masks("pool=127.0.0.11:9619).", "pool={pool}).")
    masks("on 127.0.0.11:9611.", "on {closed}.")
    masks("SCHEDD at 127.0.0.11 failed", "SCHEDD at {host} failed")
    masks("<127.0.0.11:9619?addrs=127.0.0.11-9619&alias=x&sock=schedd_1>", "<{pool}?{parameters}>")
    masks("from <127.0.0.1:43211>", "from <127.0.0.1:{port}>")
    masks("<127.0.0.11:9619>", "<{pool}>")
    masks("<127.0.0.11:40001>", "<{host}:{port}>")
    masks("/tmp/transcript-x1/r.txt", "{directory}/r.txt")
    masks("EffectCEKey == \"k-1a2b\"", "EffectCEKey == \"{key}\"")
    keeps("127.0.0.111:9619 and k-1a2b3")
    keeps("/tmp/transcript-x12")
  })

  it("times and builds: are masked, and similar texts are not", () => {
    masks("\"QDate\": 1795476247", "\"QDate\": {time}")
    masks("2026-11-23 23:24:07", "{date}")
    masks("$CondorVersion: 25.14.1 2026-10-16 $", "$CondorVersion: {build} $")
    masks("TotalJobAds = 21\n", "TotalJobAds = {jobs}\n")
    masks("What?\nUsage: condor_rm [options]\n where\n  -help\n\n", "What?\nUsage: condor_rm [options]\n{help}")
    keeps("Usage: condor_rm [options]")
    keeps("< 864000) && 9223372036854775807 > 17954762470 && 179547624")
  })

  it("results: are in the order of the cluster names, and not of the numbers", () => {
    const ordered = "JobAction = 3\njob_127_1 = 4\njob_8_0 = 2\njob_{a}_10 = 1\njob_{a}_2 = 1\njob_{b}_0 = 2\n\nDone\n"
    for (const clusters of [[["a", 9], ["b", 10]], [["a", 10], ["b", 9]], [["a", 200], ["b", 3000]]] as const) {
      const [[, a], [, b]] = clusters
      const codes = { "127_1": 4, "8_0": 2, [`${a}_10`]: 1, [`${a}_2`]: 1, [`${b}_0`]: 2 }
      const lines = Object.entries(codes).map(([job, code]) => `job_${job} = ${code}\n`).toSorted()
      const text = `JobAction = 3\n${lines.join("")}\nDone\n`
      assert.strictEqual(Masking.mask(text, { clusters: new Map(clusters), values: new Map() }), ordered)
    }
    keeps("job_7_2 = 1\njob_7_10 = 1\n")
  })

  it("job log: keeps the events, and drops the usage", () => {
    const log = [
      "000 (005.000.000) 2026-11-23 23:24:07 Job submitted from host: <127.0.0.11:9619?addrs=x>",
      "...",
      "005 (005.000.000) 2026-11-23 23:24:10 Job terminated.",
      "\t(1) Normal termination (return value 3)",
      "\t\tUsr 0 00:00:00, Sys 0 00:00:00  -  Run Remote Usage",
      "..."
    ].join("\n")
    assert.strictEqual(
      Masking.maskLog(log, names),
      [
        "000 ({a}.000.000) {date} Job submitted from host: <{pool}?{parameters}>",
        "005 ({a}.000.000) {date} Job terminated.",
        "\t(1) Normal termination (return value 3)"
      ].join("\n")
    )
  })

  it("fill: replaces the placeholders", () => {
    const text = "{directory}/x {pool} {a}.0 {b} {key} member(ProcId,{0,1}) {unknown}"
    const filled = "/tmp/transcript-x1/x 127.0.0.11:9619 5.0 1234 k-1a2b member(ProcId,{0,1}) {unknown}"
    assert.strictEqual(Masking.fill(text, names), filled)
  })
})

describe("payloads", () => {
  // JSON.parse of V8 reads an escape in a key as only the backslash, if an earlier text had that key.
  const payloads = Arbitrary.filter(
    Arbitrary.schema(Payload),
    ({ files = {} }) => !Object.keys(files).some((name) => name.includes("\\"))
  )
  it.prop("program: payloadOf returns its payload", { payload: payloads }, ({ payload }) => {
    assert.deepStrictEqual(payloadOf(script(payload)), payload)
  })
})
