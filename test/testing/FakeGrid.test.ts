import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Capability, Credential, SubmissionKey } from "../../src/index.ts"
import { FakeGrid, FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import * as Backend from "./Backend.ts"

const endpoints = Array.from({ length: 100 }, (_, index) => `ce-${index}.example.org`)

const grid = FakeGrid.layer(
  Object.fromEntries(endpoints.map((endpoint, index) => [endpoint, index % 2 === 0 ? {} : { version: "lts" }] as const))
).pipe(Layer.provideMerge(NodeServices.layer), Layer.provideMerge(Credential.layerToken(FakeSchedd.token("pilot"))))

const submitOne = Effect.gen(function*() {
  const { submit } = yield* Capability.Submitter
  const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
  return handles[0] ?? assert.fail("no handle")
})

const at = (endpoint: string) => Effect.provide(Backend.layer({ endpoint }))

describe("FakeGrid", () => {
  it.effect("schedds: have separate jobs, versions and faults", () =>
    Effect.gen(function*() {
      const { all, at: fakeAt } = yield* FakeGrid.FakeGrid
      assert.deepStrictEqual(all.map((fake) => fake.endpoint), endpoints.map((endpoint) => `${endpoint}:9619`))
      yield* Effect.forEach(endpoints, (endpoint) => at(endpoint)(submitOne), { concurrency: 10 })
      for (const fake of all) assert.strictEqual((yield* fake.queue).length, 1)
      const broken = yield* fakeAt("CE-7.example.org")
      yield* broken.fault({ _tag: "Unreachable" })
      assert.strictEqual((yield* Effect.flip(at("ce-7.example.org")(submitOne)))._tag, "CEUnavailable")
      assert.strictEqual((yield* at("ce-8.example.org")(submitOne)).job, "2.0")
      assert.deepStrictEqual([all[7]?.version, all[8]?.version], ["lts", "latest"])
    }).pipe(Effect.scoped, TimeLapse.run, Effect.provide(grid)))

  it.effect("unknown address: is unavailable to the tools, and a defect of at", () =>
    Effect.gen(function*() {
      for (const endpoint of ["nowhere.example.org", "ce-1.example.org:1234", "192.0.2.1"]) {
        assert.strictEqual((yield* Effect.flip(at(endpoint)(submitOne)))._tag, "CEUnavailable")
      }
      const exit = yield* Effect.exit(Effect.flatMap(FakeGrid.FakeGrid, (fakes) => fakes.at("nowhere.example.org")))
      assert.strictEqual(exit._tag, "Failure")
    }).pipe(TimeLapse.run, Effect.provide(grid)))
})
