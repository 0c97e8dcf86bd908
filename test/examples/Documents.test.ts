import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Path } from "effect"

it.effect("the documents show the example as it is tested", () =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const read = (file: string) => fileSystem.readFileString(path.join(import.meta.dirname, "../..", file))
    const example = yield* read("examples/testing-with-the-fake.test.ts")
    assert.include(yield* read("docs/testing.md"), `\`\`\`ts\n${example}\`\`\``)
  }).pipe(Effect.provide(NodeServices.layer)))
