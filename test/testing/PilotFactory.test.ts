/** What a user of the library tests with a fake schedd: a factory that keeps pilots at a compute element, or at many. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Path } from "effect"
import { Credential, HTCondorCE } from "../../src/index.ts"
import { FakeGrid, FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import { keepPilots } from "./PilotFactory.ts"

const site = HTCondorCE.layer({ endpoint: "ce.example.org" }).pipe(
  Layer.provide(Credential.layerToken(FakeSchedd.token("pilot"))),
  Layer.provideMerge(FakeSchedd.layer({ slots: 4, payload: () => ({ duration: "20 minutes" }) })),
  Layer.provideMerge(NodeServices.layer)
)

const grid = FakeGrid.layer(
  Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`ce-${index}.example.org`, { slots: 4 }]))
).pipe(Layer.provideMerge(NodeServices.layer))

describe("a pilot factory", () => {
  it.effect("keeps ten pilots at a CE with four slots", () =>
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      yield* Effect.forkScoped(keepPilots({ executable: "/bin/true" }, 10))
      yield* TimeLapse.pass("70 minutes")
      assert.strictEqual((yield* fake.queue).length, 10)
      assert.strictEqual((yield* fake.history).length, 12)
    }).pipe(Effect.provide(site)))

  it.effect("lives through an hour without the CE", () =>
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      yield* Effect.forkScoped(keepPilots({ executable: "/bin/true" }, 10))
      yield* Effect.scoped(Effect.andThen(fake.fault({ _tag: "Unreachable" }), TimeLapse.pass("1 hour")))
      assert.strictEqual((yield* fake.queue).length, 0)
      yield* TimeLapse.pass("10 minutes")
      assert.strictEqual((yield* fake.queue).length, 10)
    }).pipe(Effect.provide(site)))

  it.effect("keeps pilots at many CEs, of which some are away", () =>
    Effect.gen(function*() {
      const { all } = yield* FakeGrid.FakeGrid
      for (const { endpoint } of all) {
        const ce = HTCondorCE.layer({ endpoint }).pipe(Layer.provide(Credential.layerToken(FakeSchedd.token("pilot"))))
        yield* Effect.forkScoped(Effect.provide(keepPilots({ executable: "/bin/true" }, 2), ce))
      }
      for (const fake of all.slice(0, 5)) yield* fake.fault({ _tag: "Unreachable", times: 3 })
      yield* TimeLapse.pass("10 minutes")
      for (const fake of all) assert.strictEqual((yield* fake.queue).length, 2)
    }).pipe(Effect.scoped, Effect.provide(grid)))

  it.effect("has a test of ten lines at most, which stands in the documents as here", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const read = (...file: ReadonlyArray<string>) =>
        fileSystem.readFileString(path.join(import.meta.dirname, ...file))
      const shown = yield* read("..", "..", "docs", "testing.md")
      const [tests, factory] = [yield* read("PilotFactory.test.ts"), yield* read("PilotFactory.ts")]
      const block = (text: string, pattern: RegExp): string =>
        (pattern.exec(text)?.[0] ?? assert.fail(String(pattern))).replaceAll(/^ +/gm, "").trim()
      const test = /^ *it\.effect\("keeps ten pilots[^]*?provide\(site\)\)\)$/m
      for (const pattern of [/^const site = [^]*?\n\)$/m, test]) {
        assert.strictEqual(block(shown, pattern), block(tests, pattern))
      }
      assert.isAtMost(block(shown, test).split("\n").length, 10)
      const program = /^(?:export )?const keepPilots = [^]*?^\}\)$/m
      assert.strictEqual(block(shown, program), block(factory, program).replace("export ", ""))
    }).pipe(Effect.provide(NodeServices.layer)))
})
