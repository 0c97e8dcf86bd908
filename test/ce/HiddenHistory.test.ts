/** A history that does not show everything, and its effect on submit and reconcile. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import * as PayloadDigest from "../../src/ce/internal/submit/PayloadDigest.ts"
import { Capability, type CondorTool } from "../../src/index.ts"
import { ad, backend, completedAd, constraintOf, key, looking, past, printed } from "./Scripted.ts"

const notShown = {
  exitCode: 5,
  stdout: "[\n",
  stderr: "Error 5: HISTORY undefined in remote configuration. No such related history to be queried."
}

const others = (count: number) =>
  Array.from(
    { length: count },
    (_, index) => completedAd(`${100 - index}.0`, { EffectCEKey: "task-2", User: "other@users.htcondor.org" })
  )

type Answer = (call: CondorTool.ToolCall) => Partial<CondorTool.ToolResult>

/** A CE with this queue, and this history. */
const site = (queue: ReadonlyArray<unknown>, history: Answer, historyDepth = 20) =>
  backend(
    (call) =>
      call.tool === "condor_submit"
        ? { stdout: "200.0 - 200.1\n" }
        : call.tool === "condor_q"
        ? printed(...queue)
        : history(call),
    { historyDepth }
  )

const submit = (onHiddenHistory?: "Warn" | "Fail") =>
  Effect.flatMap(Capability.Submitter, (submitter) =>
    submitter.submit({ executable: "/bin/true" }, [{}, {}], {
      key,
      onConflict: "Adopt",
      ...(onHiddenHistory === undefined ? {} : { onHiddenHistory })
    }))

const reconcile = Effect.flatMap(Capability.Submitter, (submitter) => submitter.reconcile(key))

// The search covers the depth plus our two copies. These are newer than the other records.
const ours = [0, 1].map((proc) => completedAd(`7.${proc}`, { EffectCECopies: 2 }))

const cases: ReadonlyArray<readonly [name: string, history: Answer, isHidden: boolean]> = [
  ["is empty", (call) => past(call, []), false],
  ["is searched to its end", (call) => past(call, others(20)), false],
  ["is longer than it is searched", (call) => past(call, others(30)), true],
  ["is not shown", () => notShown, true],
  [
    "begins with a record that was cut off",
    (call) => call.args.includes("-forwards") ? { stdout: "[\n{}\n]\n" } : past(call, others(20)),
    true
  ]
]

describe("unknown key, at a CE whose history", () => {
  it.effect.each(cases)("%s: reconcile", ([, history, isHidden]) =>
    Effect.gen(function*() {
      const { layer } = site([], history)
      const state = yield* Effect.provide(reconcile, layer)
      assert.strictEqual(state._tag, isHidden ? "HistoryHidden" : "Absent")
      if (isHidden) assert.isNotEmpty("detail" in state ? state.detail : "")
    }))

  it.effect.each(cases)("%s: submit logs a warning, if one is due", ([, history, isHidden]) =>
    Effect.gen(function*() {
      const { layer } = site([], history)
      for (const option of [undefined, "Warn"] as const) {
        const { adopted, handles, warnings } = yield* Effect.provide(submit(option), layer)
        assert.deepStrictEqual([adopted, handles.length], [false, 2])
        assert.deepStrictEqual(warnings.map(({ _tag }) => _tag), isHidden ? ["HistoryHidden"] : [])
      }
    }))

  it.effect.each(cases)("%s: submit fails, if it is configured to", ([, history, isHidden]) =>
    Effect.gen(function*() {
      const { calls, layer } = site([], history)
      const tag = yield* Effect.provide(submit("Fail"), layer).pipe(
        Effect.match({ onFailure: ({ _tag }) => _tag, onSuccess: () => "submitted" })
      )
      assert.strictEqual(tag, isHidden ? "HistoryHidden" : "submitted")
      assert.strictEqual(calls.some(({ tool }) => tool === "condor_submit"), !isHidden)
    }))
})

describe("submission that has left the queue", () => {
  it.effect.each(
    [
      ["within the depth", [...others(18), ...ours, ...others(10)], "Submitted"],
      ["longer ago than that", [...others(30), ...ours], "HistoryHidden"]
    ] as const
  )("%s is %s", ([, history, tag]) =>
    Effect.gen(function*() {
      const { layer } = site([], (call) => past(call, history))
      assert.strictEqual((yield* Effect.provide(reconcile, layer))._tag, tag)
    }))

  it.effect("is found by a search deeper by as many jobs as it has copies", () =>
    Effect.gen(function*() {
      const { layer } = site([], (call) => past(call, [...others(20), ...ours, ...others(10)]))
      const { adopted, warnings } = yield* Effect.provide(submit(), layer)
      assert.deepStrictEqual([adopted, warnings], [true, []])
    }))
})

describe("submission with only one half in the queue", () => {
  const half = Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const EffectCEPayload = yield* PayloadDigest.make(fileSystem, { executable: "/bin/true" }, [{}, {}])
    return [ad("7.0", { EffectCECopies: 2, TotalSubmitProcs: 1, EffectCEPayload })]
  }).pipe(Effect.provide(NodeServices.layer))
  const longer: Answer = (call) => past(call, others(30))

  it.effect("is Incomplete, and the state says that the history hides the other half", () =>
    Effect.gen(function*() {
      const queue = yield* half
      const state = yield* Effect.provide(reconcile, site(queue, longer).layer)
      assert.strictEqual(state._tag, "Incomplete")
      assert.include("hidden" in state ? state.hidden : "", "jobs that left the queue last")
      const whole = yield* Effect.provide(reconcile, site(queue, (call) => past(call, others(3))).layer)
      assert.strictEqual(whole._tag, "Incomplete")
      assert.notProperty(whole, "hidden")
    }))

  it.effect("is completed with a warning, or fails", () =>
    Effect.gen(function*() {
      const queue = yield* half
      const { layer } = backend(
        (call) =>
          call.tool === "condor_submit"
            ? { stdout: "200.0 - 200.0\n" }
            : call.tool === "condor_q"
            ? looking(call) === undefined ? printed(...queue) : printed()
            : longer(call),
        { historyDepth: 20 }
      )
      const { handles, warnings } = yield* Effect.provide(submit(), layer)
      assert.deepStrictEqual(handles.map(({ job }) => job), ["7.0", "200.0"])
      assert.deepStrictEqual(warnings.map(({ _tag }) => _tag), ["HistoryHidden"])
      assert.strictEqual((yield* Effect.flip(Effect.provide(submit("Fail"), layer)))._tag, "HistoryHidden")
    }))
})

describe("two clusters with one key", () => {
  // The younger cluster has two jobs.
  const older = [0, 1].map((proc) => ad(`42.${proc}`, { EffectCECopies: 2 }))
  const younger = (count: number) => Array.from({ length: count }, (_, proc) => ad(`43.${proc}`, { EffectCECopies: 2 }))
  const run = Effect.fnUntraced(function*(left: number, history: Answer) {
    let removed = false
    const { calls, layer } = backend(
      (call) => {
        if (call.tool === "condor_rm") {
          removed = true
          return {}
        }
        if (call.tool === "condor_history") return history(call)
        const those = removed ? [] : younger(left)
        return constraintOf(call).includes("ClusterId == 43") ? printed(...those) : printed(...older, ...those)
      },
      { historyDepth: 20 }
    )
    const tag = yield* Effect.provide(submit(), layer).pipe(
      Effect.match({ onFailure: ({ _tag }) => _tag, onSuccess: () => "adopted" })
    )
    return [tag, calls.some(({ tool }) => tool === "condor_rm")]
  })

  it.effect.each(
    [
      ["whole in the queue, whatever the history hides", 2, () => notShown, ["adopted", true]],
      ["half in the queue, and the history is whole", 1, (call: CondorTool.ToolCall) => past(call, others(3)), [
        "adopted",
        true
      ]],
      ["half in the queue, and the history is not shown", 1, () => notShown, ["SubmissionConflict", false]],
      [
        "half in the queue, and the history is longer than it is searched",
        1,
        (call: CondorTool.ToolCall) => past(call, others(30)),
        ["SubmissionConflict", false]
      ]
    ] as const
  )(
    "the younger is removed only if none of its jobs can have completed: it is %s",
    ([, left, history, expected]) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* run(left, history), [...expected])
      })
  )
})
