import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Schema } from "effect"
import { JobHandle } from "effect-htcondor-ce"
import { TimeLapse } from "effect-htcondor-ce/testing"
import { submitOnce } from "../../ai-docs/src/10_keyed-submission.ts"
import { settle } from "../../ai-docs/src/20_follow-jobs.ts"
import { collect } from "../../ai-docs/src/30_fetch-output.ts"
import { statusPatiently } from "../../ai-docs/src/40_retry.ts"
import * as Layers from "../../ai-docs/src/50_layers.ts"
import * as Site from "../examples/Site.ts"

const parse = Schema.decodeEffect(Schema.Array(JobHandle.JobHandleFromString))

describe("the examples for agents", () => {
  it.effect("submit once, follow, fetch once, and find the output again", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { directory, executable } = yield* Site.workplace
      const submit = submitOnce(executable, `${directory}/key`)
      const lines = yield* TimeLapse.run(submit)
      assert.deepStrictEqual(yield* TimeLapse.run(submit), lines)
      const handles = yield* parse(lines)
      assert.deepStrictEqual(yield* TimeLapse.run(settle(handles)), ["Completed", "Completed"])
      const directories = yield* TimeLapse.run(collect(handles, `${directory}/output`))
      const texts = yield* Effect.forEach(directories, (each) => fileSystem.readFileString(`${each}/stdout`))
      assert.deepStrictEqual(texts.toSorted(), ["hello Ada\n", "hello Grace\n"])
      assert.sameMembers(yield* TimeLapse.run(collect(handles, `${directory}/output`)), directories)
      assert.lengthOf(Array.from(yield* TimeLapse.run(statusPatiently(handles))), 2)
    }).pipe(Effect.provide(Site.layer)))

  it("have layers that are built without a connection", () => {
    assert.isDefined(Layers.one)
    assert.isDefined(Layers.fromEnvironment)
    assert.isDefined(Layers.many(new Set(["ce.example.org:9619"]), "tokens"))
  })
})
