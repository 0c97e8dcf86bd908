/**
 * A client of SQLite on Node's `node:sqlite`. It replaces `@effect/sql-sqlite-node` until that has a release for Effect 4.1.
 */
import * as Cache from "effect/Cache"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Reactivity from "effect/reactivity/Reactivity"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as SqlClient from "effect/sql/SqlClient"
import type * as SqlConnection from "effect/sql/SqlConnection"
import * as SqlError from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"
import * as Stream from "effect/Stream"
import { closeSync, openSync } from "node:fs"
import { resolve } from "node:path"
import process from "node:process"
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite"

/** How long a statement waits for another process that writes. It blocks this process for that time. */
const busyTimeoutMillis = 10_000

/** The engine has a few dozen statements, some of them in many lengths. */
const preparedStatements = 200

// A statement that waits for another connection keeps the process from ending the transaction that it waits for. So the
// connections of this process to one file take turns.
const turns = new Map<string, Semaphore.Semaphore>()

const turnOf = (path: string): Semaphore.Semaphore => {
  const turn = turns.get(path) ?? Semaphore.makeUnsafe(1)
  turns.set(path, turn)
  return turn
}

/**
 * Node 22 warns that `node:sqlite` is experimental. Node 24 has the same functions, and does not warn. Loading is one synchronous call,
 * so no other warning is lost.
 */
const load = () => {
  const { emitWarning } = process
  process.emitWarning = () => undefined
  const sqlite = process.getBuiltinModule("node:sqlite")
  process.emitWarning = emitWarning
  return sqlite
}

/** Node's error, with its code in the property that Effect reads. */
const sqlError = (operation: string) => (cause: unknown) =>
  new SqlError.SqlError({
    reason: SqlError.classifySqliteError(
      Predicate.hasProperty(cause, "errcode") && cause instanceof Error
        ? Object.assign(new Error(cause.message, { cause }), { errno: cause.errcode })
        : cause,
      { message: cause instanceof Error ? `SQLite: ${cause.message}` : "SQLite", operation }
    )
  })

/** The value that SQLite stores. It has neither booleans nor dates. `undefined` for a type that it cannot store. */
const toInput = (value: unknown): SQLInputValue | undefined => {
  switch (typeof value) {
    case "boolean":
      return value ? 1 : 0
    case "string":
    case "number":
    case "bigint":
      return value
    default:
      if (value === null || value === undefined) return null
      if (value instanceof Date) return value.toISOString()
      return value instanceof Uint8Array ? value : undefined
  }
}

const refused = (value: unknown) =>
  sqlError("bind")(new TypeError(`cannot store a value of type ${Object.prototype.toString.call(value)}`))

const toInputs = (values: ReadonlyArray<unknown>): Effect.Effect<ReadonlyArray<SQLInputValue>, SqlError.SqlError> => {
  const inputs: Array<SQLInputValue> = []
  for (const value of values) {
    const input = toInput(value)
    if (input === undefined) return Effect.fail(refused(value))
    inputs.push(input)
  }
  return Effect.succeed(inputs)
}

interface SqliteConnection extends SqlConnection.Connection {
  readonly isTransaction: () => boolean
}

const memory = ":memory:"

/**
 * Creates the file, readable only for its owner, and returns its absolute path. SQLite gives the same mode to the files beside it. It
 * takes a relative path for a URI if it begins like one.
 */
const create = (file: string) => {
  const path = resolve(file)
  return Effect.try({ try: () => closeSync(openSync(path, "a", 0o600)), catch: sqlError("open") }).pipe(Effect.as(path))
}

const open = (path: string) =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        const database = new (load().DatabaseSync)(path)
        // The first statement, because later ones may wait for another process.
        database.exec(`PRAGMA busy_timeout = ${busyTimeoutMillis}`)
        // Readers and the one writer do not wait for each other.
        database.exec("PRAGMA journal_mode = WAL")
        return database
      },
      catch: sqlError("open")
    }),
    (database) => Effect.sync(() => database.close())
  )

const makeConnection = Effect.fnUntraced(function*(database: DatabaseSync) {
  const prepare = (sql: string) => Effect.try({ try: () => database.prepare(sql), catch: sqlError("prepare") })
  // A statement that fails now can succeed later: when its table is there, or when files may be opened again.
  const prepared = yield* Cache.makeWith(prepare, {
    capacity: preparedStatements,
    timeToLive: (exit) => Exit.isSuccess(exit) ? Duration.infinity : Duration.zero
  })

  const run = <A>(
    statement: Effect.Effect<StatementSync, SqlError.SqlError>,
    params: ReadonlyArray<unknown>,
    arrays: boolean,
    use: (statement: StatementSync, inputs: ReadonlyArray<SQLInputValue>) => A
  ) =>
    Effect.gen(function*() {
      const bigInts = yield* SqlClient.SafeIntegers
      const inputs = yield* toInputs(params)
      const found = yield* statement
      return yield* Effect.try({
        try: () => {
          found.setReadBigInts(bigInts)
          found.setReturnArrays(arrays)
          return use(found, inputs)
        },
        catch: sqlError("execute")
      })
    })

  const rows = (statement: Effect.Effect<StatementSync, SqlError.SqlError>, params: ReadonlyArray<unknown>) =>
    run(statement, params, false, (found, inputs) => found.all(...inputs))
  const values = (statement: Effect.Effect<StatementSync, SqlError.SqlError>, params: ReadonlyArray<unknown>) =>
    run(statement, params, true, (found, inputs) => found.all(...inputs).map((row) => Object.values(row)))

  const execute: SqlConnection.Connection["execute"] = (sql, params, transformRows) => {
    const found = rows(Cache.get(prepared, sql), params)
    return transformRows === undefined ? found : Effect.map(found, transformRows)
  }

  const connection: SqliteConnection = {
    execute,
    executeRaw: (sql, params) =>
      run(
        Cache.get(prepared, sql),
        params,
        false,
        (found, inputs) => found.columns().length > 0 ? found.all(...inputs) : found.run(...inputs)
      ),
    executeStream: (sql, params, transformRows) => Stream.fromIterableEffect(execute(sql, params, transformRows)),
    executeValues: (sql, params) => values(Cache.get(prepared, sql), params),
    executeValuesUnprepared: (sql, params) => values(prepare(sql), params),
    executeUnprepared: (sql, params, transformRows) => {
      const found = rows(prepare(sql), params)
      return transformRows === undefined ? found : Effect.map(found, transformRows)
    },
    isTransaction: () => database.isTransaction
  }
  return connection
})

/**
 * A client of one file, or of `:memory:`. Statements and transactions use its one connection one after the other.
 */
export const make = Effect.fnUntraced(function*(
  file: string
): Effect.fn.Return<SqlClient.SqlClient, SqlError.SqlError, Scope.Scope | Reactivity.Reactivity> {
  const path = file === memory ? memory : yield* create(file)
  const connection = yield* makeConnection(yield* open(path))
  return yield* SqlClient.make({
    ...SqlClient.makeSqliteAcquirers({
      connection: Effect.succeed(connection),
      semaphore: path === memory ? yield* Semaphore.make(1) : turnOf(path),
      isTransaction: (one) => one.isTransaction()
    }),
    compiler: Statement.makeCompilerSqlite(),
    driver: "sqlite-node",
    // A transaction that first reads, and then writes after another process has written, would fail instead of waiting.
    beginTransaction: "BEGIN IMMEDIATE",
    releaseSavepoint: (name) => `RELEASE SAVEPOINT ${name}`,
    prepareTransactionControls: true,
    spanAttributes: [["db.system.name", "sqlite"]]
  })
})

/**
 * `make`, as a layer.
 */
export const layer = (file: string): Layer.Layer<SqlClient.SqlClient, SqlError.SqlError> =>
  Layer.effect(SqlClient.SqlClient, make(file)).pipe(Layer.provide(Reactivity.layer))
