import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, FileSystem, Layer } from "effect"
import { Capability, Credential, HTCondorCE, SubmissionKey } from "effect-htcondor-ce"
import { FakeGrid, FakeSchedd, TimeLapse } from "effect-htcondor-ce/testing"
import { KeyValueStore } from "effect/persistence"
import { keepGrid, type Pilots } from "../../examples/pilot-factory.ts"
import * as Site from "./Site.ts"

const endpoints = ["ce-0.example.org:9619", "ce-1.example.org:9619", "ce-2.example.org:9619"]

// Pilots of twenty minutes, of which every third fails.
const services = FakeGrid.layer(
  Object.fromEntries(endpoints.map((endpoint) => [endpoint, {
    slots: 4,
    payload: ({ id }: FakeSchedd.PayloadJob) => ({
      duration: "20 minutes",
      exit: { code: Number(id.split(".")[1]) % 3 === 2 ? 1 : 0 }
    })
  }]))
).pipe(
  Layer.provideMerge(Credential.layerToken(FakeSchedd.token("pilot"))),
  Layer.provideMerge(KeyValueStore.layerMemory),
  Layer.provideMerge(NodeServices.layer)
)

const sites = Effect.map(Site.workplace, ({ directory, executable }) =>
  endpoints.map((endpoint): Pilots => ({
    name: "factory",
    endpoint,
    spec: { executable },
    target: 6,
    output: `${directory}/output`
  })))

/** How many pilots each compute element has in its queue. */
const queued = Effect.flatMap(
  FakeGrid.FakeGrid,
  ({ all }) => Effect.forEach(all, (fake) => Effect.map(fake.queue, (ads) => ads.length))
)

const key = SubmissionKey.SubmissionKey.make("factory.before")

/** Pilots that an earlier life of the factory has left at the first compute element. */
const submitBefore = Effect.fnUntraced(function*([site]: ReadonlyArray<Pilots>, count: number) {
  if (site === undefined) return assert.fail("no site")
  const submitted = Effect.flatMap(
    Capability.Submitter,
    ({ submit }) => submit(site.spec, Array.from({ length: count }, () => ({})), { key })
  )
  yield* TimeLapse.run(Effect.provide(submitted, HTCondorCE.layer({ endpoint: site.endpoint })))
})

describe("pilot factory", () => {
  it.effect("keeps the pilots of each CE, collects the output of each that has ended, and drains", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const all = yield* sites
      const factory = yield* Effect.forkChild(keepGrid(all))
      yield* TimeLapse.pass("50 minutes")
      assert.deepStrictEqual(yield* queued, [6, 6, 6])
      const outputs = yield* fileSystem.readDirectory(all[0]?.output ?? "")
      assert.lengthOf(outputs.filter((name) => name.startsWith("factory.")), 3 * 8)
      // Four are at work, and two wait.
      yield* TimeLapse.run(Fiber.interrupt(factory))
      yield* TimeLapse.pass("1 minute")
      assert.deepStrictEqual(yield* queued, [4, 4, 4])
    }).pipe(Effect.provide(services)))

  it.effect("replaces a pilot that the site holds", () =>
    Effect.gen(function*() {
      const { at } = yield* FakeGrid.FakeGrid
      const fake = yield* at(endpoints[0] ?? "")
      yield* Effect.forkChild(keepGrid(yield* sites))
      yield* TimeLapse.pass("5 minutes")
      assert.isTrue(yield* fake.hold("1.0", { reason: "no space left" }))
      yield* TimeLapse.pass("5 minutes")
      assert.deepStrictEqual(yield* queued, [6, 6, 6])
    }).pipe(Effect.provide(services)))

  it.effect("lives through an outage of one CE, which stops no other", () =>
    Effect.gen(function*() {
      const { at } = yield* FakeGrid.FakeGrid
      const fake = yield* at(endpoints[0] ?? "")
      yield* Effect.forkChild(keepGrid(yield* sites))
      yield* Effect.scoped(Effect.gen(function*() {
        yield* fake.fault({ _tag: "Unreachable" })
        yield* TimeLapse.pass("30 minutes")
        assert.deepStrictEqual(yield* queued, [0, 6, 6])
      }))
      yield* TimeLapse.pass("5 minutes")
      assert.deepStrictEqual(yield* queued, [6, 6, 6])
    }).pipe(Effect.provide(services)))

  it.effect("continues with the pilots of an earlier life, without any state", () =>
    Effect.gen(function*() {
      const all = yield* sites
      yield* submitBefore(all, 5)
      yield* Effect.forkChild(keepGrid(all))
      yield* TimeLapse.pass("5 minutes")
      assert.deepStrictEqual(yield* queued, [6, 6, 6])
    }).pipe(Effect.provide(services)))

  it.effect("an order of another payload, and submissions that the site refuses, keep no output from being collected", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const { at } = yield* FakeGrid.FakeGrid
      const store = yield* KeyValueStore.KeyValueStore
      const all = yield* sites
      yield* store.set(endpoints[0] ?? "", JSON.stringify({ version: 1, key, count: 5 }))
      yield* submitBefore(all, 4)
      const renewed = (site: Pilots): Pilots => ({ ...site, spec: { ...site.spec, arguments: ["--new"] } })
      const newer = all.map(renewed)
      const factory = yield* Effect.forkChild(keepGrid(newer))
      yield* TimeLapse.pass("5 minutes")
      assert.deepStrictEqual(yield* queued, [6, 6, 6])
      yield* TimeLapse.run(Fiber.interrupt(factory))

      yield* store.set(endpoints[1] ?? "", JSON.stringify({ version: 1, key, count: 5 }))
      yield* (yield* at(endpoints[1] ?? "")).fault({ _tag: "SpoolFull" })
      yield* Effect.forkChild(keepGrid(newer))
      yield* TimeLapse.pass("40 minutes")
      const outputs = yield* fileSystem.readDirectory(newer[1]?.output ?? "")
      assert.isAtLeast(outputs.filter((name) => name.startsWith("factory.")).length, 4)
      assert.strictEqual((yield* queued)[1], 0)
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.effect.each(["submitted", "not submitted", "not even stored"])(
    "ends an order that was under way when it was killed, and that was %s",
    (how) =>
      Effect.gen(function*() {
        const store = yield* KeyValueStore.KeyValueStore
        const all = yield* sites
        const order = JSON.stringify({ version: 1, key, count: 6 })
        yield* store.set(endpoints[0] ?? "", how === "not even stored" ? order.slice(0, 20) : order)
        if (how === "submitted") yield* submitBefore(all, 6)
        yield* Effect.forkChild(keepGrid(all))
        yield* TimeLapse.pass("5 minutes")
        assert.deepStrictEqual(yield* queued, [6, 6, 6])
      }).pipe(Effect.provide(services))
  )
})
