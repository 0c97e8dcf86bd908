import { assert, describe, it } from "@effect/vitest"
import { Effect, Equal, Result, Schema } from "effect"
import { Exit, isTerminal, JobStatus } from "../../src/contract/JobStatus.ts"
import { held, removed } from "./Statuses.ts"

const { cases } = JobStatus
const exit = Exit.cases.Code.make({ code: 3 })

const rows: ReadonlyArray<{ readonly status: JobStatus; readonly terminal: boolean }> = [
  { status: cases.Staging.make({}), terminal: false },
  { status: cases.Waiting.make({}), terminal: false },
  { status: cases.Running.make({}), terminal: false },
  { status: cases.Finishing.make({}), terminal: false },
  { status: cases.Suspended.make({}), terminal: false },
  // A held job may be released.
  { status: held(), terminal: false },
  { status: cases.Completed.make({ exit, output: "Kept" }), terminal: true },
  { status: cases.Completed.make({ exit, output: "Gone" }), terminal: true },
  { status: removed(), terminal: true },
  { status: cases.Unknown.make({}), terminal: true }
]

describe("JobStatus", () => {
  it.each(rows)("$status._tag is terminal: $terminal", ({ status, terminal }) => {
    assert.strictEqual(isTerminal(status), terminal)
  })

  it("every status has a row", () => {
    assert.deepStrictEqual(
      Array.from(new Set(rows.map(({ status }) => status._tag))).toSorted(),
      Object.keys(cases).toSorted()
    )
  })

  it.effect.prop("survives JSON", [JobStatus], ([status]) =>
    Effect.gen(function*() {
      const json = Schema.fromJsonString(JobStatus)
      const written = yield* Schema.encodeEffect(json)(status)
      assert.deepStrictEqual(JSON.parse(written), JSON.parse(JSON.stringify(status)))
      // JSON has no -0.
      assert.isTrue(Equal.equals(yield* Schema.decodeEffect(json)(written), status))
    }), { arbitrary: { runs: 500 } })

  it.each([
    { _tag: "Done" },
    { _tag: "Held" },
    { ...held(), code: 1.5 },
    { ...held(), cause: "Payload " },
    { ...removed(), cause: "Removed" },
    { _tag: "Completed" },
    { _tag: "Completed", exit: 0 },
    { _tag: "Completed", exit: { _tag: "Code", code: 1.5 } },
    { _tag: "Completed", exit: { _tag: "Signal", signal: -1 } },
    { ...removed(), reason: null }
  ])("%j is no status", (wrong) => {
    assert.isTrue(Result.isFailure(Schema.decodeUnknownResult(JobStatus)(wrong)))
  })
})
