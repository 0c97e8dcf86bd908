import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Redacted } from "effect"
import { FakeGrid, FakeSchedd, TimeLapse } from "effect-htcondor-ce/testing"
import { layerGrid, runEverywhere } from "../../examples/many-ces.ts"
import * as Site from "./Site.ts"

const endpoints = ["ce-0.example.org:9619", "ce-1.example.org:9619", "ce-2.example.org:9619"]

const services = FakeGrid.layer(
  Object.fromEntries(endpoints.map((endpoint) => [endpoint, { payload: () => ({ stdout: `at ${endpoint}\n` }) }]))
).pipe(Layer.provideMerge(NodeServices.layer))

it.effect("many CEs: each runs the payload, and a CE that is down is only the outcome of its job", () =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const { at } = yield* FakeGrid.FakeGrid
    const { directory, executable } = yield* Site.workplace
    for (const endpoint of endpoints) {
      const file = `${directory}/${endpoint.replace(":", "_")}.token`
      yield* fileSystem.writeFileString(file, Redacted.value(FakeSchedd.token("pilot")), { mode: 0o600 })
    }
    yield* (yield* at("ce-1.example.org:9619")).fault({ _tag: "Unreachable" })
    const run = runEverywhere({ executable }, endpoints, `${directory}/output`)
    const report = yield* TimeLapse.run(Effect.provide(run, layerGrid(endpoints, directory)), { step: "1 second" })
    const texts = yield* Effect.forEach(
      ["ce-0.example.org:9619", "ce-2.example.org:9619"],
      (endpoint) => fileSystem.readFileString(report[endpoint] ?? "")
    )
    assert.deepStrictEqual(texts, ["at ce-0.example.org:9619\n", "at ce-2.example.org:9619\n"])
    assert.include(report["ce-1.example.org:9619"], "ce-1.example.org")
  }).pipe(Effect.provide(services)))
