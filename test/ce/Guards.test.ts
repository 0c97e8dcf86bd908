/**
 * The conditions that a schedd checks before it removes or edits a job: the id may belong to another job by
 * then.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Capability, type CondorTool } from "../../src/index.ts"
import {
  ad,
  backend,
  completedAd,
  constraintOf,
  expressionOf,
  handle,
  key,
  past,
  printed,
  satisfies
} from "./Scripted.ts"

const spooling = { JobStatus: 5, HoldReasonCode: 16 }

interface Row {
  readonly name: string
  readonly tool: CondorTool.ToolName
  /** The intended job. */
  readonly job: ReturnType<typeof ad>
  readonly operation: Effect.Effect<
    unknown,
    unknown,
    Capability.Submitter | Capability.Cancellable | Capability.Purgeable | Capability.OutputRetriever
  >
  readonly answer?: (call: CondorTool.ToolCall) => Partial<CondorTool.ToolResult>
  /** Whether the copy is compared, too. */
  readonly byCopy: boolean
}

const submit = (onConflict: "Fail" | "Adopt") =>
  Effect.flatMap(
    Capability.Submitter,
    ({ submit }) => submit({ executable: "/bin/true" }, [{}, {}], { key, onConflict })
  )

const rows: ReadonlyArray<Row> = [
  {
    name: "cancel",
    tool: "condor_rm",
    job: ad("7.0"),
    operation: Effect.flatMap(Capability.Cancellable, ({ cancel }) => cancel([handle("7.0")])),
    byCopy: true
  },
  {
    name: "purge",
    tool: "condor_rm",
    job: completedAd("7.0"),
    operation: Effect.flatMap(Capability.Purgeable, ({ purge }) => purge([handle("7.0")])),
    byCopy: true
  },
  {
    name: "fetch",
    tool: "condor_qedit",
    job: completedAd("7.0"),
    operation: Effect.flatMap(Capability.OutputRetriever, ({ fetch }) => fetch([handle("7.0")], "/tmp/guards-never")),
    answer: (call) =>
      call.tool === "condor_qedit"
        ? { exitCode: 1, stderr: "Failed to set EffectCEFetch" }
        : printed(completedAd("7.0")),
    byCopy: false
  },
  {
    name: "submit, of what it has half spooled",
    tool: "condor_rm",
    job: ad("7.0", spooling),
    operation: submit("Fail"),
    answer: (call) => call.tool === "condor_submit" ? { exitCode: 1, stderr: "ERROR: Queue closed" } : printed(),
    byCopy: false
  },
  {
    name: "submit, of a younger cluster",
    tool: "condor_rm",
    job: ad("7.0", { EffectCECopies: 2 }),
    operation: submit("Adopt"),
    answer: (call) =>
      call.tool === "condor_rm"
        ? {}
        : call.tool === "condor_history"
        ? past(call, [])
        : printed(
          ...[6, 7].flatMap((cluster) => [0, 1].map((proc) => ad(`${cluster}.${proc}`, { EffectCECopies: 2 })))
        ),
    byCopy: false
  }
]

describe("a job is removed or edited only if it has its key and its format", () => {
  it.effect.each(rows.map((row) => [row.name, row] as const))("%s", ([, row]) =>
    Effect.gen(function*() {
      const { calls, layer } = backend(row.answer ?? (() => ({ stdout: "job_7_0 = 1\n" })))
      yield* Effect.ignore(Effect.provide(row.operation, layer))
      const call = calls.find(({ tool }) => tool === row.tool) ?? assert.fail(`no ${row.tool}`)
      const attempt = /EffectCEAttempt =\?= ("[^"]+")/.exec(constraintOf(call))?.[1]
      const constraint = expressionOf(constraintOf(call).replace(`EffectCEAttempt =?= ${attempt}`, "true"))
      const holds = satisfies(constraint)
      const other = (attributes: Record<string, string | number>) => holds({ ...row.job, ...attributes })
      assert.isTrue(other({}), constraintOf(call))
      assert.isFalse(other({ EffectCEKey: key.toUpperCase() }), "another key")
      assert.isFalse(other({ EffectCEFormat: 2 }), "another format")
      assert.isFalse(other({ EffectCEFormat: "1" }), "a format that is no number")
      if (row.byCopy) assert.isFalse(other({ EffectCECopy: 3 }), "another copy")
    }))
})
