import { assert, describe, it } from "@effect/vitest"
import { Option, Result } from "effect"
import { JobState } from "../../../src/condor/index.ts"
import * as JobId from "../../../src/condor/JobId.ts"
import * as ToolOutput from "../../../src/condor/tools/ToolOutput.ts"
import * as Samples from "../Samples.ts"

const submitted = (stdout: string) => ToolOutput.submittedJobs(stdout).map(String)

const ads = (stdout: string) =>
  Result.map(ToolOutput.ads(stdout), (list) =>
    list.map(({ ad, id }) => ({
      id: String(id),
      status: Result.isSuccess(ad) ? ad.success.JobStatus : ad.failure,
      ad: Result.getOrNull(ad)
    })))

const unreadable = (stdout: string) => {
  const result = ToolOutput.ads(stdout)
  return Result.isFailure(result) ? result.failure : undefined
}

// Output of condor_q -json of both versions.
const queue = `[
{
  "ClusterId": 88,
  "ExitBySignal": false,
  "HoldReason": null,
  "HoldReasonCode": null,
  "JobStatus": 4,
  "ExitCode": 3,
  "ProcId": 0,
  "EffectCEKey": "k-1"
}
,
{
  "ClusterId": 88,
  "ExitBySignal": false,
  "HoldReason": "Spooling input data files",
  "HoldReasonCode": 16,
  "JobStatus": 5,
  "ProcId": 1,
  "EffectCETag": "quote \\" backslash \\\\ \\u0001 é"
}
]
`

const removeLong = `ActionResult = 1
ActionResultType = 1
IsQueueSuperUser = false
JobAction = 3
TotalJobAds = 3
job_2_1 = 1
job_2_7 = 2

Job 2.1 marked for removal
`

describe("ToolOutput.submittedJobs", () => {
  it.each<readonly [string, ReadonlyArray<string>]>([
    ["88.0 - 88.2\n", ["88.0", "88.1", "88.2"]],
    ["92.0 - 92.0\n", ["92.0"]],
    ["92.0 - 92.0", ["92.0"]],
    ["92.0 - 92.0\r\n", ["92.0"]],
    // Two queue statements, lts.
    ["90.0 - 90.0\n91.0 - 91.0\n", ["90.0", "91.0"]],
    // Nothing was submitted: "queue 0" on lts, an empty list of items, an error.
    ["", []],
    ["\n", []],
    ["Submitting job(s)\nERROR: Executable file nothere.sh does not exist\n", []],
    // With exit code 1 or 137, among other text.
    ["71.0 - 71.0\nDCSchedd::spoolJobFiles:7002:File transfer failed for target job 71.0: SUBMIT at\n", ["71.0"]],
    ["WARNING: the line 'x = 1' was unused\n79.0 - 79.2\nERROR: Failed to spool job files.\n", [
      "79.0",
      "79.1",
      "79.2"
    ]],
    // Killed while it printed: without the end of the range there is no answer.
    ["79.0 - 79.", []],
    ["79.0 - ", []],
    ["79.0", []],
    // Not the format of -terse.
    ["1 job(s) submitted to cluster 5.", []],
    ["5.0 - 6.0", []],
    ["5.3 - 5.1", []],
    ["0.0 - 0.0", []],
    ["x 5.0 - 5.0", []],
    ["5.0 - 5.0 x", []],
    ["99999999999.0 - 99999999999.0", []]
  ])("%j", (stdout, expected) => {
    assert.deepStrictEqual(submitted(stdout), [...expected])
  })

  it("a nonsense range does not fill the memory", () => {
    assert.isAtMost(ToolOutput.submittedJobs("1.0 - 1.2147483647\n").length, 1_000_000)
  })

  it.prop("never throws, and gives only ids in their order", [
    Samples.mutated(["88.0 - 88.2\n", "90.0 - 90.0\n91.0 - 91.5\n", "71.0 - 71.0\nERROR: Failed\n"])
  ], ([text]) => {
    for (const id of submitted(text).slice(0, 100)) assert.isTrue(Option.isSome(JobId.fromString(id)), id)
  }, { arbitrary: { runs: 2_000 } })
})

describe("ToolOutput.ads", () => {
  it("reads what condor_q prints", () => {
    const list = Result.getOrThrow(ads(queue))
    assert.deepStrictEqual(list.map(({ id, status }) => [id, status]), [["88.0", 4], ["88.1", 5]])
    assert.strictEqual(list[0]?.ad?.ExitCode, 3)
    assert.isUndefined(list[0]?.ad?.HoldReason)
    const [, spooling] = list
    assert.isDefined(spooling)
    if (spooling?.ad != null) assert.strictEqual(JobState.fromAd(spooling.ad)._tag, "Spooling")
  })

  // If nothing is found, condor_q prints nothing, and condor_history prints an empty list.
  it.each(["", "\n", "  \n", "[\n]\n", "[]", "[ ]\n"])("%j is no job", (stdout) => {
    assert.deepStrictEqual(Result.getOrNull(ads(stdout)), [])
  })

  // condor_history prints the first bracket and then fails.
  it.each([
    "[\n",
    "[",
    "[\n{",
    "]",
    "{}",
    "null",
    "5",
    "\"\"",
    "[1]",
    "[[]]",
    "[null]",
    "-- Failed to fetch ads",
    "[\n]\n["
  ])(
    "%j is not the answer",
    (stdout) => {
      assert.strictEqual(unreadable(stdout), "the list of ads is not complete JSON")
    }
  )

  it("an answer that is cut short is a failure: an absent job may exist", () => {
    const whole = queue.trimEnd()
    for (let at = 1; at < whole.length; at++) assert.isDefined(unreadable(whole.slice(0, at)), `cut at ${at}`)
  })

  it.each([
    "[{}]",
    "[{\"ClusterId\": 1}]",
    "[{\"ProcId\": 0}]",
    "[{\"clusterid\": 1, \"PROCID\": 0}]",
    "[{\"ClusterId\": null, \"ProcId\": 0}]",
    "[{\"ClusterId\": \"\\/Expr(1)\\/\", \"ProcId\": 0}]",
    "[{\"ClusterId\": 0, \"ProcId\": -1}]"
  ])("%s has no number: it is counted, and left out", (stdout) => {
    const named = "{\"ClusterId\": 7, \"ProcId\": 1, \"JobStatus\": 2}"
    const around = `[${named}, ${stdout.slice(1, -1)}, ${named}]`
    for (const [text, count] of [[stdout, 0], [around, 2]] as const) {
      const taken: Array<string> = []
      const reader = ToolOutput.reader(({ id }) => taken.push(String(id)))
      reader.push(text)
      assert.deepStrictEqual(reader.end(), Result.succeed({ unnamed: 1, isBlank: false }))
      assert.strictEqual(taken.length, count)
      assert.strictEqual(Result.getOrThrow(ads(text)).length, count)
    }
  })

  it("an unreadable ad does not affect the others", () => {
    const list = Result.getOrThrow(ads(
      `[{"ClusterId": 1, "ProcId": 0, "JobStatus": "\\/Expr(1 + 2)\\/"}, {"ClusterId": 1, "ProcId": 1, "JobStatus": 2}]`
    ))
    assert.strictEqual(list.length, 2)
    assert.include(String(list[0]?.status), "[\"JobStatus\"]")
    assert.strictEqual(list[1]?.status, 2)
  })

  it("an unreadable ad still has its origin, as far as the types are right", () => {
    const origin = {
      ClusterId: 1,
      ProcId: 1,
      User: "pilot@site",
      EffectCEKey: "k-1",
      EffectCECopy: 1,
      EffectCECopies: 2
    }
    const [whole, half, nothing] = Result.getOrThrow(ToolOutput.ads(JSON.stringify([
      {
        ...origin,
        JobStatus: 1.5,
        HoldReasonCode: 1.5,
        EffectCEPayload: "1.a",
        EffectCEFormat: 1,
        TotalSubmitProcs: 2
      },
      { ...origin, JobStatus: "4", EffectCEKey: null, EffectCECopy: "1", Owner: 5 },
      { ClusterId: 1, ProcId: 2 }
    ])))
    for (const one of [whole, half, nothing]) assert.isTrue(one !== undefined && Result.isFailure(one.ad))
    assert.deepStrictEqual<unknown>(whole?.origin, {
      ...origin,
      EffectCEPayload: "1.a",
      EffectCEFormat: 1,
      TotalSubmitProcs: 2
    })
    assert.deepStrictEqual<unknown>(half?.origin, { ClusterId: 1, ProcId: 1, User: "pilot@site", EffectCECopies: 2 })
    assert.deepStrictEqual<unknown>(nothing?.origin, { ClusterId: 1, ProcId: 2 })
  })

  // JSON.parse returns /Expr(...)/ for both, so a string attribute that looks like an expression stays a string.
  it("an expression in a string attribute is text", () => {
    for (const text of ["\\/Expr(Tag is \\\"t6\\\")\\/", "/Expr(Tag is \\\"t6\\\")/"]) {
      const list = Result.getOrThrow(ads(`[{"ClusterId":1,"ProcId":0,"JobStatus":5,"HoldReason":"${text}"}]`))
      assert.strictEqual(list[0]?.ad?.HoldReason, "/Expr(Tag is \"t6\")/")
    }
  })

  it("bytes that are not UTF-8 are replaced, and hide no job", () => {
    const bytes = new Uint8Array([
      ...new TextEncoder().encode("[{\"ClusterId\":1,\"ProcId\":0,\"JobStatus\":5,\"HoldReason\":\"a"),
      0xff,
      0xc3,
      ...new TextEncoder().encode("z\"}]")
    ])
    const list = Result.getOrThrow(ads(new TextDecoder().decode(bytes)))
    assert.strictEqual(list[0]?.ad?.HoldReason, "a\ufffd\ufffdz")
  })

  it.each([
    "1.0",
    "1E+300",
    "9223372036854775807",
    "\"\\/Expr(real(\\\"INF\\\"))\\/\"",
    "[1, null]",
    "{\"a\": 1}",
    "93784.0"
  ])(
    "an attribute that was not queried may be %s",
    (value) => {
      const list = Result.getOrThrow(ads(`[{"ClusterId":1,"ProcId":0,"JobStatus":2,"Foo":${value}}]`))
      assert.strictEqual(list[0]?.status, 2)
    }
  )

  it.prop("never throws: returns a list, or a reason", [Samples.mutated([queue, "[\n]\n", "[\n"])], ([text]) => {
    const result = ToolOutput.ads(text)
    if (Result.isSuccess(result)) assert.isArray(result.success)
    else assert.isNotEmpty(result.failure)
  }, { arbitrary: { runs: 3_000 } })
})

describe("ToolOutput.removals", () => {
  it("reads what condor_rm -long prints", () => {
    assert.deepStrictEqual(
      Array.from(ToolOutput.results(removeLong)),
      [["2.1", "Done"], ["2.7", "NotFound"]]
    )
  })

  it.each<readonly [number, string]>([
    [0, "Error"],
    [1, "Done"],
    [2, "NotFound"],
    [3, "BadStatus"],
    [4, "AlreadyDone"],
    [5, "PermissionDenied"],
    [6, "LimitExceeded"],
    [7, "Error"],
    [99, "Error"]
  ])("code %i is %s", (code, expected) => {
    assert.strictEqual(ToolOutput.results(`job_7_0 = ${code}\n`).get("7.0"), expected)
  })

  it.each([
    "",
    "Job 2.1 marked for removal",
    "job_2_1 = ",
    "job_2 = 1",
    " job_2_1 = 1",
    "job_2_1 = 1 2",
    "Xjob_2_1 = 1",
    "TotalJobAds = 3",
    "Couldn't find/remove all jobs matching constraint (ClusterId == 1)"
  ])("%j is the result of no job", (text) => {
    assert.strictEqual(ToolOutput.results(text).size, 0)
  })

  it.prop("never throws", [Samples.mutated([removeLong])], ([text]) => {
    for (const id of ToolOutput.results(text).keys()) assert.match(id, /^\d+\.\d+$/)
  }, { arbitrary: { runs: 2_000 } })
})

describe("ToolOutput.scheddNames", () => {
  it.each<readonly [string, ReadonlyArray<string>]>([
    ["ce@local\n", ["ce@local"]],
    ["ce@local\nother@local\n", ["ce@local", "other@local"]],
    ["", []],
    ["\n\n", []],
    ["undefined\n", []]
  ])("%j", (stdout, expected) => {
    assert.deepStrictEqual(ToolOutput.scheddNames(stdout), [...expected])
  })
})
