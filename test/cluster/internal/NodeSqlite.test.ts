import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, FileSystem, Layer, Result, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { SqlClient } from "effect/sql"
import { execPath, versions } from "node:process"
import { fileURLToPath } from "node:url"
import * as NodeSqlite from "../../../src/cluster/internal/NodeSqlite.ts"

const memory = NodeSqlite.layer(":memory:")

/** A table with one row, a counter. */
const counter = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE counter (count INTEGER NOT NULL)`
  yield* sql`INSERT INTO counter ${sql.insert({ count: 0 })}`
  const count = Effect.map(sql<{ count: number }>`SELECT count FROM counter`, ([row]) => row?.count)
  return { sql, count, add: sql`UPDATE counter SET count = count + 1` }
})

// Node 22 reads text up to U+0000. The engine stores JSON, which escapes it.
const nul = Number.parseInt(versions.node) < 24 ? "" : "\u0000"

describe("values", () => {
  it.effect("stores text, numbers, blobs, booleans, dates and absence", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE t (text TEXT, real REAL, bytes BLOB, yes INTEGER, at TEXT, absent TEXT)`
      const row = {
        text: `ß${nul}'`,
        real: 0.5,
        bytes: Uint8Array.of(0, 255),
        yes: true,
        at: new Date(86_400_000),
        absent: null
      }
      yield* sql`INSERT INTO t ${sql.insert(row)}`
      const stored = { ...row, yes: 1, at: "1970-01-02T00:00:00.000Z" }
      const [found] = yield* sql`SELECT * FROM t`
      assert.deepStrictEqual(Object.entries(found ?? {}), Object.entries(stored))
      assert.deepStrictEqual(yield* sql`SELECT * FROM t`.values, [Object.values(stored)])
      const streamed = yield* Stream.runCollect(sql`SELECT text FROM t`.stream)
      assert.deepStrictEqual(streamed.map(({ text }) => text), [row.text])
    }).pipe(Effect.provide(memory)))

  it.effect("reads integers above 2^53 as bigint on demand", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const large = sql<{ n: bigint }>`SELECT ${2n ** 62n} AS n`
      assert.isTrue(Result.isFailure(yield* Effect.result(large)))
      const [row] = yield* Effect.provideService(large, SqlClient.SafeIntegers, true)
      assert.strictEqual(row?.n, 2n ** 62n)
    }).pipe(Effect.provide(memory)))

  it.effect("runs a statement whose table did not exist before", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const statement = sql`SELECT * FROM late`
      assert.include((yield* Effect.flip(statement)).message, "no such table")
      yield* sql`CREATE TABLE late (n INTEGER)`
      assert.deepStrictEqual(yield* statement, [])
    }).pipe(Effect.provide(memory)))

  it.effect("refuses a value of another type", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const error = yield* Effect.flip(sql.unsafe("SELECT ?", [{ a: 1 }]))
      assert.include(error.message, "cannot store a value of type [object Object]")
    }).pipe(Effect.provide(memory)))
})

describe("errors", () => {
  it.effect("a duplicate is a UniqueViolation, and a missing table is not", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE t (id INTEGER UNIQUE)`
      yield* sql`INSERT INTO t VALUES (1)`
      const duplicate = yield* Effect.flip(sql`INSERT INTO t VALUES (1)`)
      assert.strictEqual(duplicate.reason._tag, "UniqueViolation")
      const mistake = yield* Effect.flip(sql`SELECT text FROM nowhere`)
      assert.strictEqual(mistake.message, "SQLite: no such table: nowhere")
    }).pipe(Effect.provide(memory)))

  it.effect("the error for a file that cannot be created has its path", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Layer.build(NodeSqlite.layer("/nowhere/at/all.sqlite")))
      assert.include(error.message, "/nowhere/at/all.sqlite")
    }).pipe(Effect.scoped))
})

describe("transactions", () => {
  it.effect("a failure rolls back the transaction, and the client continues", () =>
    Effect.gen(function*() {
      const { add, count, sql } = yield* counter
      const failure = yield* Effect.flip(Effect.andThen(add, Effect.fail("no")).pipe(sql.withTransaction))
      assert.strictEqual(failure, "no")
      assert.strictEqual(yield* count, 0)
      yield* sql.withTransaction(add)
      assert.strictEqual(yield* count, 1)
    }).pipe(Effect.provide(memory)))

  it.effect("an inner failure rolls back only the inner transaction", () =>
    Effect.gen(function*() {
      const { add, count, sql } = yield* counter
      const inner = Effect.andThen(add, Effect.fail("no")).pipe(sql.withTransaction, Effect.ignore)
      yield* sql.withTransaction(Effect.andThen(add, inner))
      assert.strictEqual(yield* count, 1)
    }).pipe(Effect.provide(memory)))

  it.effect("an interrupt rolls back the transaction", () =>
    Effect.gen(function*() {
      const { add, count, sql } = yield* counter
      const written = yield* Deferred.make<void>()
      const fiber = yield* add.pipe(
        Effect.andThen(Deferred.succeed(written, undefined)),
        Effect.andThen(Effect.never),
        sql.withTransaction,
        Effect.forkChild
      )
      yield* Deferred.await(written)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* count, 0)
    }).pipe(Effect.provide(memory)))

  it.effect("other fibers wait until a transaction ends", () =>
    Effect.gen(function*() {
      const { count, sql } = yield* counter
      // Reads, yields to other fibers, and writes the value that it has read.
      const once = Effect.gen(function*() {
        const before = (yield* count) ?? 0
        yield* Effect.yieldNow
        yield* sql`UPDATE counter SET count = ${before + 1}`
      }).pipe(sql.withTransaction)
      yield* Effect.replicateEffect(once, 50, { concurrency: "unbounded", discard: true })
      assert.strictEqual(yield* count, 50)
    }).pipe(Effect.provide(memory)))
})

const child = fileURLToPath(new URL("counting.ts", import.meta.url))

describe("a file", () => {
  it.effect("only its owner may read it, and the files that SQLite puts beside it", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const directory = yield* fileSystem.makeTempDirectoryScoped()
      yield* Effect.gen(function*() {
        yield* counter
        const names = yield* fileSystem.readDirectory(directory)
        assert.sameMembers(names, ["db", "db-shm", "db-wal"])
        for (const name of names) {
          assert.strictEqual((yield* fileSystem.stat(`${directory}/${name}`)).mode & 0o777, 0o600, name)
        }
      }).pipe(Effect.provide(NodeSqlite.layer(`${directory}/db`)))
      assert.deepStrictEqual(yield* fileSystem.readDirectory(directory), ["db"])
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("a name that looks like a URI is a file name", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const directory = yield* fileSystem.makeTempDirectoryScoped()
      yield* Layer.build(NodeSqlite.layer(`${directory}/file:x?mode=memory`))
      assert.include(yield* fileSystem.readDirectory(directory), "file:x?mode=memory")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.live("two connections of one process take turns, and do not block the process", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const file = `${yield* fileSystem.makeTempDirectoryScoped()}/db`
      const connect = Effect.map(Layer.build(Layer.fresh(NodeSqlite.layer(file))), (context) =>
        Context.get(context, SqlClient.SqlClient))
      const one = yield* connect
      const other = yield* connect
      yield* one`CREATE TABLE t (n INTEGER)`
      const begun = yield* Deferred.make<void>()
      const writing = yield* one`INSERT INTO t VALUES (1)`.pipe(
        Effect.andThen(Deferred.succeed(begun, undefined)),
        Effect.andThen(Effect.sleep("20 millis")),
        Effect.andThen(one`INSERT INTO t VALUES (2)`),
        one.withTransaction,
        Effect.forkChild
      )
      yield* Deferred.await(begun)
      // Without turns this statement would wait for ten seconds, and so would the transaction.
      yield* Effect.timeout(other`INSERT INTO t VALUES (3)`, "5 seconds")
      yield* Fiber.join(writing)
      assert.deepStrictEqual(yield* other`SELECT n FROM t`.values, [[1], [2], [3]])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.effect("several processes write to it, and no write is lost", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
      const file = `${yield* fileSystem.makeTempDirectoryScoped()}/db`
      yield* Effect.gen(function*() {
        const { count } = yield* counter
        const run = Effect.gen(function*() {
          const handle = yield* spawner.spawn(ChildProcess.make(execPath, [child, file, "100"]))
          const [said, code] = yield* Effect.all([Stream.mkString(Stream.decodeText(handle.all)), handle.exitCode], {
            concurrency: "unbounded"
          })
          // The warning of Node 22 about node:sqlite would be here.
          assert.deepStrictEqual([said, code], ["", 0])
        }).pipe(Effect.scoped)
        yield* Effect.replicateEffect(run, 2, { concurrency: "unbounded", discard: true })
        assert.strictEqual(yield* count, 200)
      }).pipe(Effect.provide(NodeSqlite.layer(file)))
    }).pipe(Effect.provide(NodeServices.layer)))
})
