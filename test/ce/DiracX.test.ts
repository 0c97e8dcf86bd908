/** Pilots of DIRAC and DiracX: conversions of their stamps, references and statuses. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import { DiracX, JobHandle, JobStatus, SubmissionKey } from "../../src/index.ts"

const Copy = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffffffff }))
const Part = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 }))

const handle = (job: string, key: string, copy: number, endpoint = "ce.example.org:9619") =>
  new JobHandle.JobHandle({
    backend: "htcondor-ce",
    endpoint,
    scheduler: "ce.example.org",
    job,
    key: SubmissionKey.SubmissionKey.make(key),
    copy
  })

describe("pilot stamps", () => {
  it.prop("every stamp names a copy, and that copy has it", [DiracX.PilotStamp], ([stamp]) => {
    assert.deepStrictEqual(DiracX.toStamp(DiracX.fromStamp(stamp)), Option.some(stamp))
  })

  it.effect.prop(
    "each copy of a generated key has a stamp that names it",
    [Copy],
    ([copy]) =>
      Effect.gen(function*() {
        const key = yield* SubmissionKey.generate
        const stamp = Option.getOrThrow(DiracX.toStamp({ key, copy }))
        assert.match(stamp, /^[0-9a-f]{32}$/)
        assert.deepStrictEqual(DiracX.fromStamp(stamp), { key, copy })
      })
  )

  it("a key of another form has none", () => {
    const key = SubmissionKey.SubmissionKey.make("task-42")
    assert.deepStrictEqual(DiracX.toStamp({ key, copy: 0 }), Option.none())
  })
})

describe("job references", () => {
  it.prop(
    "a reference and a stamp give the handle again",
    [DiracX.PilotStamp, Part, Part, Part],
    ([stamp, a, b, port]) => {
      const { copy, key } = DiracX.fromStamp(stamp)
      for (const endpoint of ["ce.example.org:9619", `ce.example.org:${(port % 65_535) + 1}`]) {
        const one = handle(`${a}.${b}`, key, copy, endpoint)
        const reference = Option.getOrThrow(DiracX.toReference(one))
        assert.deepStrictEqual(DiracX.toHandle(reference, { stamp }), Option.some(one))
        assert.deepStrictEqual(DiracX.toHandle(`${reference}:::${stamp}`), Option.some(one))
      }
    }
  )

  it("names only the host when the CE has the default port", () => {
    assert.deepStrictEqual(
      DiracX.toReference(handle("12.3", "any", 0)),
      Option.some("htcondorce://ce.example.org/12.3")
    )
  })

  it("none exists for a job of a submit host, and any other text has no handle", () => {
    const stamp = DiracX.PilotStamp.make("0".repeat(32))
    assert.isTrue(Option.isNone(DiracX.toReference(
      new JobHandle.JobHandle({ ...handle("1.0", "any", 0), backend: "htcondor-ce-grid" })
    )))
    for (
      const text of [
        "",
        "htcondorce://ce",
        "htcondorce:///1.0",
        "arc://ce/1.0",
        "htcondorce://ce/1",
        "htcondorce://ce/1.0 "
      ]
    ) {
      assert.isTrue(Option.isNone(DiracX.toHandle(text, { stamp })), text)
    }
    assert.isTrue(Option.isNone(DiracX.toHandle("htcondorce://ce/1.0")))
  })
})

describe("pilot statuses", () => {
  it.prop("a job's status gives this pilot status", [JobStatus.JobStatus], ([status]) => {
    const pilot = DiracX.fromStatus(status)
    assert.include(DiracX.toStatuses[pilot], status._tag)
    assert.strictEqual(DiracX.isFinal(pilot), JobStatus.isTerminal(status) && pilot !== "Unknown")
  })

  it("every status of DiracX belongs to some job status", () => {
    const { Completed, Removed } = JobStatus.JobStatus.cases
    const removed = { reason: "", advice: "" }
    assert.deepStrictEqual([
      DiracX.fromStatus(Completed.make({ exit: { _tag: "Code", code: 0 }, output: "Kept" })),
      DiracX.fromStatus(Completed.make({ exit: { _tag: "Code", code: 1 }, output: "Kept" })),
      DiracX.fromStatus(Completed.make({ exit: { _tag: "Signal", signal: 9 }, output: "Gone" })),
      DiracX.fromStatus(Removed.make({ ...removed, cause: "Retrieved" })),
      DiracX.fromStatus(Removed.make({ ...removed, cause: "Cancelled" })),
      DiracX.fromStatus(Removed.make({ ...removed, cause: "WallTime" }))
    ], ["Done", "Failed", "Failed", "Done", "Deleted", "Aborted"])
  })
})
