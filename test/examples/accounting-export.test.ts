import { assert, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { Capability, SubmissionKey } from "effect-htcondor-ce"
import { TimeLapse } from "effect-htcondor-ce/testing"
import { exportAccounting, header } from "../../examples/accounting-export.ts"
import * as Site from "./Site.ts"

it.effect("accounting export: has a line for each job that has ended, fetched or not, and none for others", () =>
  Effect.gen(function*() {
    const { submit } = yield* Capability.Submitter
    const { waitFor } = yield* Capability.StatusReporter
    const { fetch } = yield* Capability.OutputRetriever
    const { directory, executable } = yield* Site.workplace
    const since = yield* DateTime.now
    const lines = yield* TimeLapse.run(
      Effect.gen(function*() {
        const key = SubmissionKey.SubmissionKey.make("task-1")
        const { handles } = yield* submit({ executable }, [{}, {}], { key })
        yield* waitFor(handles, { until: "Terminal" })
        yield* fetch(handles.slice(0, 1), `${directory}/output`)
        yield* submit({ executable }, [{}], { key: SubmissionKey.SubmissionKey.make("task-2") })
        return yield* exportAccounting(since)
      }),
      { step: "1 second" }
    )
    assert.strictEqual(lines[0], header)
    const jobs = lines.slice(1).map((line) => line.split(","))
    assert.deepStrictEqual(jobs.map(([, key, copy, status]) => [key, copy, status]), [
      ["task-1", "0", "Completed"],
      ["task-1", "1", "Completed"]
    ])
    for (const [, , , , submitted = "", started = "", ended = "", wall, , , exit] of jobs) {
      assert.isTrue(submitted <= started && started < ended)
      assert.strictEqual(wall, "60")
      assert.strictEqual(exit, "code 0")
    }
  }).pipe(Effect.provide(Site.layer)))
