import { assert, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { TimeLapse } from "effect-htcondor-ce/testing"
import { TestConsole } from "effect/testing"
import { firstJob } from "../../examples/first-job.ts"
import * as Site from "./Site.ts"

it.effect("first job: both copies are followed to their end, and their output is there", () =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const { directory, executable } = yield* Site.workplace
    const paths = yield* TimeLapse.run(firstJob(executable, `${directory}/output`))
    const texts = yield* Effect.forEach(paths, (path) => fileSystem.readFileString(path))
    assert.deepStrictEqual(texts.toSorted(), ["hello Ada\n", "hello Grace\n"])
    const lines = yield* TestConsole.logLines
    assert.includeMembers(Array.from(lines), ["1.0 Running", "1.0 Completed", "1.1 Running", "1.1 Completed"])
  }).pipe(Effect.provide(Site.layer), Effect.provide(TestConsole.layer)))
