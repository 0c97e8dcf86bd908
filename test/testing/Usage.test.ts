/** The usage of a payload of the fake, and the usage in the record of its job. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { Capability, Credential, HTCondorCE, SubmissionKey } from "../../src/index.ts"
import * as Usage from "../../src/testing/fake/Usage.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"

const site = (payload: () => FakeSchedd.Payload, version: FakeSchedd.Version) =>
  HTCondorCE.layer({ endpoint: "ce.example.org" }).pipe(
    Layer.provide(Credential.layerToken(FakeSchedd.token("pilot"))),
    Layer.provideMerge(FakeSchedd.layer({ payload, version })),
    Layer.provideMerge(NodeServices.layer)
  )

// The usage in the record of a job with this payload.
const usageOf = (payload: FakeSchedd.Payload, version: FakeSchedd.Version = "latest") =>
  Effect.gen(function*() {
    const { submit } = yield* Capability.Submitter
    const { describe } = yield* Capability.StatusReporter
    const key = SubmissionKey.SubmissionKey.make("k")
    const { handles } = yield* TimeLapse.run(submit({ executable: "/bin/true" }, [{}], { key }))
    yield* TimeLapse.pass("1 hour")
    const records = yield* TimeLapse.run(describe(handles))
    return Array.from(records, ([, outcome]) => Result.getOrThrow(outcome).usage)[0]
  }).pipe(Effect.provide(site(() => payload, version)))

describe("usage of a payload", () => {
  it.effect.each(["lts", "latest"] as const)(
    "usage: is in the record of its job (%s)",
    (version) =>
      Effect.gen(function*() {
        const usage = yield* usageOf({
          duration: "30 minutes",
          usage: { cpu: "29.51 minutes", memory: "1500 MB", disk: 1024 * 35_840 }
        }, version)
        assert.deepInclude(usage, { wallTime: 1_800, cpu: 1_770, memory: 1_500_000 * 1024, disk: 37_500 * 1024 })
      })
  )

  it.effect("default: is a small usage", () =>
    Effect.gen(function*() {
      const usage = yield* usageOf({ duration: "5 minutes" })
      assert.deepInclude(usage, { wallTime: 300, memory: 5_000 * 1024, disk: 17 * 1024 })
      assert.notProperty(usage, "cpu")
    }))

  it("sizes: are rounded as by a schedd", () => {
    const rows = [[0, 0], [1, 1], [17, 17], [4_200, 4_250], [5_001, 7_500], [35_840, 37_500], [244_736, 250_000], [
      250_000,
      250_000
    ]]
    for (const [size = 0, rounded] of rows) assert.strictEqual(Usage.rounded(size), rounded, `${size}`)
  })
})
