/**
 * A cluster of real processes that are killed and frozen, over SQLite and PostgreSQL; in a short run, each test over one of them.
 * `HTCONDOR_CE_POSTGRES=none` skips PostgreSQL.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Config, Effect } from "effect"
import { stderr } from "node:process"
import type * as Stage from "../../scripts/cluster/Stage.ts"
import { isLong } from "../Volume.ts"
import * as Chaos from "./Chaos.ts"
import * as FrozenOwner from "./FrozenOwner.ts"
import * as LostDatabase from "./LostDatabase.ts"
import { phases } from "./Phases.ts"
import * as Postgres from "./Postgres.ts"

/** How many kills and freezes over each database. */
const kills = Config.Int("HTCONDOR_CE_CLUSTER_KILLS").pipe(Config.withDefault(10))

if (!Postgres.isWanted) stderr.write("\n#### NOT RUN: kills of a cluster on PostgreSQL (HTCONDOR_CE_POSTGRES=none)\n\n")

// The tests wait most of the time, so they run concurrently.
const both = { concurrent: true }

/** Runs a test over each database; in a short run, over the one that is named. */
const overEach = <E>(
  short: "SQLite" | "PostgreSQL",
  run: (database?: Stage.Database) => Effect.Effect<void, E, NodeServices.NodeServices>
) => {
  const isTried = (name: typeof short) => isLong || name === (Postgres.isWanted ? short : "SQLite")
  it.live.runIf(isTried("SQLite"))("over SQLite", () => Effect.provide(run(), NodeServices.layer), both)
  it.live.runIf(Postgres.isWanted && isTried("PostgreSQL"))(
    "over PostgreSQL",
    () =>
      Postgres.Postgres.use(({ ofCluster }) => Effect.flatMap(ofCluster, run)).pipe(
        Effect.provide(Postgres.layer),
        Effect.provide(NodeServices.layer)
      ),
    both
  )
}

describe("runners that are killed and frozen run each pilot once, have each output once, and leave nothing", () => {
  overEach(
    "PostgreSQL",
    Effect.fnUntraced(function*(database?: Stage.Database) {
      const { hits, ...counts } = yield* Chaos.run({ blows: yield* kills, database })
      yield* Effect.logInfo("blows", counts, hits)
      for (const phase of phases) assert.isAbove(hits[phase], 0, phase)
    })
  )
})

describe("an owner that is frozen before it submits, until another owner has submitted, submits nothing", () => {
  overEach(
    "SQLite",
    Effect.fnUntraced(function*(database?: Stage.Database) {
      const { expected, jobs, searches, submissions } = yield* FrozenOwner.run(database)
      assert.isAbove(searches, 0)
      assert.deepStrictEqual({ submissions, jobs }, expected)
    })
  )
})

describe("a cluster that has lost its database, and all its processes, runs no job twice", () => {
  overEach(
    "SQLite",
    Effect.fnUntraced(function*(database?: Stage.Database) {
      const before = yield* LostDatabase.run(database)
      yield* Effect.logInfo("when the database was lost", before)
      assert.isBelow(before.ended, before.batches)
      assert.isAbove(before.submitted, before.ended)
    })
  )
})
