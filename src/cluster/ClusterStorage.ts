/**
 * Where the cluster keeps what has been asked of it: the database of `effect/cluster`.
 *
 * It holds messages and their answers, who runs what, and how far each workflow has come. It is a cache: what is lost with it is
 * at the compute elements, by the submission keys.
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
 * A database, as the layers of `Cluster` take it.
 *
 * @category models
 * @since 0.1.0
 */
export type Storage = Layer.Layer<SqlClient.SqlClient, SqlError.SqlError>

/**
 * A file on this machine, by Node's own SQLite: nothing to install, and nothing to run.
 *
 * Several processes of one machine may use one file. Do not put it on a file system that other machines share: SQLite's locks
 * do not work there. The file is made with mode 0600; the mode of a file that exists is left as it is. A statement that waits for
 * another process waits up to 10 s, and its process does nothing else meanwhile.
 *
 * `:memory:` is a database of this layer alone, for tests.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerSqlite = (file: string): Storage => NodeSqlite.layer(file)

const isMissing = (cause: unknown): boolean =>
  cause instanceof Error && cause.message.startsWith("Cannot find package '@effect/sql-pg'")

// What is used of the package, which a program with another storage need not have, not even to compile.
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

// Node's own error has the text, and with it the password.
const notUrl = new SqlError.SqlError({
  reason: new SqlError.ConnectionError({
    cause: undefined,
    message: "what is given as the URL of the database is none: postgres://user:password@host:5432/database",
    operation: "connect"
  })
})

// The client connects when it is first used, and the engine takes an error of its own first use for a defect.
const reached = Layer.effectDiscard(Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT 1`))

/**
 * A database of a PostgreSQL server, version 14 or newer, for runners on several machines. It needs the package `@effect/sql-pg`.
 *
 * The URL is `postgres://user:password@host:5432/database`. The user must be allowed to create tables. A runner holds one
 * connection for its locks, and up to 9 more while it works. A pooler that shares sessions between clients does not do: the locks
 * belong to the session.
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
