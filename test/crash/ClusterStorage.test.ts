/** The engine on PostgreSQL. These tests need the programs of the server. `HTCONDOR_CE_POSTGRES=none` skips them. */
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { stderr } from "node:process"
import { ClusterStorage } from "../../src/cluster/index.ts"
import { janitorChecks, runnerChecks } from "../cluster/StorageChecks.ts"
import * as Postgres from "./Postgres.ts"

if (!Postgres.isWanted) stderr.write("\n#### NOT RUN: the cluster on PostgreSQL (HTCONDOR_CE_POSTGRES=none)\n\n")

describe.runIf(Postgres.isWanted)("on PostgreSQL", () => {
  const server = ManagedRuntime.make(Postgres.layer)
  afterAll(() => server.dispose())
  const url = Effect.promise(() => server.runPromise(Postgres.Postgres.use(({ database }) => database)))
  const database = Effect.map(url, (one) => () => ClusterStorage.layerPostgres(one))

  janitorChecks(database)
  runnerChecks(database)

  it.live("a wrong password is an error with that reason", () =>
    Effect.gen(function*() {
      const wrong = new URL(Redacted.value(yield* url))
      wrong.password = "wrong"
      const error = yield* Effect.flip(Layer.build(ClusterStorage.layerPostgres(Redacted.make(wrong.href))))
      assert.strictEqual(error.reason._tag, "AuthenticationError")
      assert.notInclude(String(error), "wrong")
    }).pipe(Effect.scoped))
})
