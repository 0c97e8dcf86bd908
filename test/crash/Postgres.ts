/** A PostgreSQL server for tests, which an unprivileged user runs in a private directory. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Config, Context, Effect, FileSystem, Layer, Redacted, Schedule, Schema } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { SqlClient } from "effect/sql"
import { getuid } from "node:process"
import * as Grid from "../../scripts/cluster/Grid.ts"
import type * as Stage from "../../scripts/cluster/Stage.ts"
import { ClusterStorage } from "../../src/cluster/index.ts"
import * as Ports from "../cluster/Ports.ts"

class PostgresUnusable extends Schema.TaggedError<PostgresUnusable>()("PostgresUnusable", { detail: Schema.String }) {
  override get message(): string {
    return `the tests on PostgreSQL cannot run: ${this.detail}`
  }
}

/** Creates a database for each test. */
export class Postgres extends Context.Service<Postgres, {
  /** The URL of a new database. */
  readonly database: Effect.Effect<Redacted.Redacted>
  /** A new database for a cluster of processes. */
  readonly ofCluster: Effect.Effect<Stage.Database>
}>()("test/Postgres") {}

/** The directory of the newest PostgreSQL that Debian has installed. */
const binDirectory = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const root = "/usr/lib/postgresql"
  const versions = yield* Effect.orElseSucceed(fileSystem.readDirectory(root), () => [])
  const [newest] = versions.toSorted((a, b) => Number(b) - Number(a))
  if (newest === undefined) {
    return yield* new PostgresUnusable({ detail: `${root} is missing: apt-get install postgresql` })
  }
  return `${root}/${newest}/bin`
})

/** PostgreSQL does not run as root. */
const unprivileged = getuid?.() === 0
  ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=QUIT", "--"]
  : ["setpriv", "--pdeathsig=QUIT", "--"]

const as = (command: ReadonlyArray<string>) => {
  const [program = "", ...args] = [...unprivileged, ...command]
  return ChildProcess.make(program, args, {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
    killSignal: "SIGINT"
  })
}

/** The tables with a row that contains this text. */
const inRows = Effect.fnUntraced(function*(text: string) {
  const sql = yield* SqlClient.SqlClient
  const tables = yield* sql<{ name: string }>`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'
  `
  const found = yield* Effect.filter(
    tables,
    ({ name }) =>
      Effect.map(
        sql`SELECT 1 FROM ${sql(name)} AS r WHERE position(${text} IN CAST(r AS TEXT)) > 0 LIMIT 1`,
        ({ length }) => length > 0
      )
  )
  return found.map(({ name }) => name)
})

/** Files of the server that contain this text. Long values are compressed there, so the rows must be searched, too. */
const inFiles = Effect.fnUntraced(function*(data: string, text: string) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CHECKPOINT`
  return yield* Grid.containing(data, text)
})

export const layer = Layer.effect(
  Postgres,
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
    const bin = yield* binDirectory
    const run = Effect.fnUntraced(function*(command: ChildProcess.Command, name: string) {
      const code = yield* spawner.exitCode(command)
      if (code !== 0) return yield* new PostgresUnusable({ detail: `${name} ended with ${code}` })
    })
    const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "postgres-" })
    const password = "only-for-this-test"
    yield* fileSystem.writeFileString(`${directory}/password`, password)
    if (getuid?.() === 0) yield* run(ChildProcess.make("chown", ["-R", "postgres", directory]), "chown")
    const data = `${directory}/data`
    yield* run(
      as([
        `${bin}/initdb`,
        "--no-sync",
        "--encoding=UTF8",
        "--auth=scram-sha-256",
        "--username=wms",
        `--pwfile=${directory}/password`,
        `--pgdata=${data}`
      ]),
      "initdb"
    )
    const port = yield* Ports.free
    // The tests do not crash the machine, so the server need not sync.
    const settings = {
      listen_addresses: "127.0.0.1",
      port,
      unix_socket_directories: "",
      fsync: "off",
      logging_collector: "off"
    }
    yield* spawner.spawn(as([
      `${bin}/postgres`,
      "-D",
      data,
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
      "-c",
      "log_min_messages=panic"
    ]))

    const urlOf = (database: string) => Redacted.make(`postgres://wms:${password}@127.0.0.1:${port}/${database}`)
    const started = Schedule.spaced("100 millis").pipe(Schedule.upTo({ duration: "1 minute" }))
    const admin = yield* Layer.build(Layer.fresh(ClusterStorage.layerPostgres(urlOf("postgres")))).pipe(
      Effect.retry(started)
    )
    let count = 0
    const create = Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const name = `test_${count++}`
      yield* sql`CREATE DATABASE ${sql(name)}`
      return name
    }).pipe(Effect.provideContext(admin), Effect.orDie)
    return {
      database: Effect.map(create, urlOf),
      ofCluster: Effect.map(create, (name) => ({
        address: Redacted.value(urlOf(name)),
        containing: (text) =>
          Effect.all([
            inRows(text).pipe(Effect.provide(ClusterStorage.layerPostgres(urlOf(name)))),
            inFiles(data, text)
          ])
            .pipe(
              Effect.map((found) => found.flat()),
              Effect.provideContext(admin),
              Effect.provideService(FileSystem.FileSystem, fileSystem),
              Effect.orDie
            ),
        remake: Effect.gen(function*() {
          const sql = yield* SqlClient.SqlClient
          yield* sql`DROP DATABASE ${sql(name)} WITH (FORCE)`
          yield* sql`CREATE DATABASE ${sql(name)}`
        }).pipe(Effect.provideContext(admin), Effect.orDie)
      }))
    }
  })
).pipe(Layer.provide(NodeServices.layer))

/** Whether this run has tests on PostgreSQL. `HTCONDOR_CE_POSTGRES=none` skips them. */
export const isWanted = Effect.runSync(
  Config.String("HTCONDOR_CE_POSTGRES").pipe(Config.withDefault("required"), Effect.map((value) => value !== "none"))
)
