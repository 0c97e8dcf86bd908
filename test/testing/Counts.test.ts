/** How many runs of tools a large operation needs, and how many of them are concurrent. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Context, Effect, FileSystem, Layer } from "effect"
import { Capability, CondorTool, Credential, Outcomes, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import * as Backend from "./Backend.ts"

interface Tally {
  runs: number
  underWay: number
  atOnce: number
}

/** Counts the runs of each tool. Each run takes a second of virtual time, so that concurrent runs overlap. */
class Tallies extends Context.Service<Tallies, Map<string, Tally>>()("test/testing/Counts/Tallies") {}

const counted = Layer.effectContext(Effect.gen(function*() {
  const { run } = yield* CondorTool.CondorTool
  const tallies = new Map<string, Tally>()
  const tool = CondorTool.CondorTool.of(CondorTool.make((call) =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        const tally = tallies.get(call.tool) ?? { runs: 0, underWay: 0, atOnce: 0 }
        tallies.set(call.tool, tally)
        tally.runs += 1
        tally.underWay += 1
        tally.atOnce = Math.max(tally.atOnce, tally.underWay)
        return tally
      }),
      () => Effect.andThen(Effect.sleep("1 second"), run(call)),
      (tally) => Effect.sync(() => tally.underWay -= 1)
    )
  ))
  return Context.make(CondorTool.CondorTool, tool).pipe(Context.add(Tallies, tallies))
}))

const site = Backend.layer({ endpoint: "ce.example.org", maxJobsPerCluster: 200 }).pipe(
  Layer.provide(Credential.layerToken(FakeSchedd.token("pilot"))),
  Layer.provideMerge(counted),
  Layer.provideMerge(FakeSchedd.layer({ payload: () => ({ duration: "1 minute" }) })),
  Layer.provideMerge(NodeServices.layer)
)

it.effect("output of 1,001 jobs: needs two edits and five transfers; two transfers, and two submissions, are concurrent", () =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const { submit } = yield* Capability.Submitter
    const { fetch } = yield* Capability.OutputRetriever
    const tallies = yield* Tallies
    const copies = Array.from({ length: 1_001 }, () => ({}))
    const { handles } = yield* submit({ executable: "/bin/true" }, copies, { key: yield* SubmissionKey.generate })
    assert.deepInclude(tallies.get("condor_submit"), { atOnce: 2, runs: 6 })
    yield* Effect.sleep("2 minutes")
    const destination = yield* fileSystem.makeTempDirectoryScoped({ prefix: "counts-test-" })
    const outcomes = yield* fetch(handles, destination)
    assert.strictEqual(Outcomes.successes(outcomes).length, handles.length)
    assert.deepInclude(tallies.get("condor_qedit"), { runs: 2 })
    assert.deepInclude(tallies.get("condor_transfer_data"), { atOnce: 2, runs: 5 })
  }).pipe((effect) => TimeLapse.run(effect, { step: "1 second" }), Effect.scoped, Effect.provide(site)))
