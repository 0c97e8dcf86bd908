/**
 * The database of a cluster.
 *
 * It has messages and their answers, the owners of compute elements, and the state of workflows. It is a cache: if it is lost, the
 * submission keys find the jobs at the compute elements.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import * as SqlError from "effect/sql/SqlError"
import * as NodeSqlite from "./internal/NodeSqlite.ts"

/**
 * A database for the layers of `Cluster`.
 *
 * @category models
 * @since 0.1.0
 */
export type Storage = Layer.Layer<SqlClient.SqlClient, SqlError.SqlError>

/**
 * A file of SQLite on this machine, with the SQLite that is part of Node. There is nothing to install.
 *
 * **Details**
 *
 * Several processes of one machine may use one file. A new file has mode 0600. The layer does not change the mode of an existing
 * file. `":memory:"` is a database that only this layer uses, for tests.
 *
 * **Gotchas**
 *
 * Do not put the file on a file system that machines share: SQLite's locks do not work there. A statement waits up to 10 s for
 * another process, and blocks its own process for that time.
 *
 * **Example** (Adding a table to the database)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { ClusterStorage } from "effect-htcondor-ce/cluster"
 * import { SqlClient } from "effect/sql"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const sql = yield* SqlClient.SqlClient
 *   yield* sql`CREATE TABLE pilots (name TEXT, wall_seconds REAL)`
 *   yield* sql`INSERT INTO pilots ${sql.insert({ name: "a", wall_seconds: 60 })}`
 *   assert.deepStrictEqual((yield* sql`SELECT name FROM pilots`).map(({ name }) => name), ["a"])
 * }).pipe(Effect.provide(ClusterStorage.layerSqlite(":memory:")))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerSqlite = (file: string): Storage => NodeSqlite.layer(file)

const isMissing = (cause: unknown): boolean =>
  cause instanceof Error && cause.message.startsWith("Cannot find package '@effect/sql-pg'")

// The part of the package that is used here. A program with another storage compiles without the package.
interface PgClient {
  readonly layer: (options: { readonly url: Redacted.Redacted }) => Storage
}

const postgres: string = "@effect/sql-pg/PgClient"

const loadPostgres = Effect.tryPromise({
  try: (): Promise<PgClient> => import(postgres),
  catch: (cause) =>
    new SqlError.SqlError({
      reason: new SqlError.UnknownError({
        cause,
        message: isMissing(cause)
          ? "the package @effect/sql-pg is missing: npm install @effect/sql-pg"
          : "the package @effect/sql-pg cannot be loaded",
        operation: "load"
      })
    })
})

// Node's error would show the URL, and with it the password.
const notUrl = new SqlError.SqlError({
  reason: new SqlError.ConnectionError({
    cause: undefined,
    message: "the URL of the database is invalid, expected postgres://user:password@host:5432/database",
    operation: "connect"
  })
})

// The client connects when it is first used. The engine would make a defect of an error in its first query.
const reached = Layer.effectDiscard(Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT 1`))

/**
 * A database of a PostgreSQL server, version 14 or newer, for runners on several machines. It needs the package `@effect/sql-pg`.
 *
 * **Details**
 *
 * The URL is `postgres://user:password@host:5432/database`. The user must be allowed to create tables. A runner holds one
 * connection for its locks, and up to 9 more while it works.
 *
 * **Gotchas**
 *
 * A pooler that shares sessions between clients does not work, because the locks belong to a session.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerPostgres = (url: Redacted.Redacted): Storage =>
  Layer.unwrap(Effect.gen(function*() {
    if (!URL.canParse(Redacted.value(url))) return yield* notUrl
    const client = yield* loadPostgres
    return Layer.provideMerge(reached, client.layer({ url }))
  }))
