/** A process that increments a counter in a file of SQLite. Each transaction first reads, then writes. Arguments: the file, the number. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { argv } from "node:process"
import { ClusterStorage } from "../../../src/cluster/index.ts"

const program = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const [, , , times] = argv
  const once = Effect.gen(function*() {
    const [row] = yield* sql<{ count: number }>`SELECT count FROM counter`
    yield* Effect.yieldNow
    yield* sql`UPDATE counter SET count = ${(row?.count ?? 0) + 1}`
  }).pipe(sql.withTransaction)
  yield* Effect.replicateEffect(once, Number(times), { discard: true })
})

program.pipe(Effect.provide(ClusterStorage.layerSqlite(argv[2] ?? "")), NodeRuntime.runMain)
