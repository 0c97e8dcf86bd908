/** A cluster of real processes, which are killed and frozen. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Config, Effect } from "effect"
import * as Chaos from "./Chaos.ts"
import { phases } from "./Phases.ts"

const kills = Config.Int("HTCONDOR_CE_CLUSTER_KILLS").pipe(Config.withDefault(10))

describe("a cluster whose processes are killed and frozen", () => {
  it.live(
    "over SQLite runs each pilot once, has each output once, and leaves nothing",
    () =>
      Effect.gen(function*() {
        const { hits, ...counts } = yield* Chaos.run({ blows: yield* kills })
        yield* Effect.logInfo("blows", counts, hits)
        for (const phase of phases) assert.isAbove(hits[phase], 0, phase)
      }).pipe(Effect.provide(NodeServices.layer)),
    1_800_000
  )
})
