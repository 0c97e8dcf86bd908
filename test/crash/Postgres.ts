/** A PostgreSQL server for tests, which an unprivileged user runs in a directory of its own. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Config, Context, Effect, FileSystem, Layer, Redacted, Schedule, Schema } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { SqlClient } from "effect/sql"
import { getuid } from "node:process"
import { ClusterStorage } from "../../src/cluster/index.ts"
import * as Ports from "../cluster/Ports.ts"

class PostgresUnusable extends Schema.TaggedError<PostgresUnusable>()("PostgresUnusable", { detail: Schema.String }) {
  override get message(): string {
    return `the tests on PostgreSQL cannot run: ${this.detail}`
  }
}

/** Makes databases, each for one test. */
export class Postgres extends Context.Service<Postgres, {
  /** The URL of a new database. */
  readonly database: Effect.Effect<Redacted.Redacted>
}>()("test/Postgres") {}

/** Where Debian has the newest one. */
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
    // Of a machine that crashes nothing is asked here.
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
    return {
      database: Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        const name = `test_${count++}`
        yield* sql`CREATE DATABASE ${sql(name)}`
        return urlOf(name)
      }).pipe(Effect.provideContext(admin), Effect.orDie)
    }
  })
).pipe(Layer.provide(NodeServices.layer))

/** Whether this run has them: `HTCONDOR_CE_POSTGRES=none` leaves them out. */
export const isWanted = Effect.runSync(
  Config.String("HTCONDOR_CE_POSTGRES").pipe(Config.withDefault("required"), Effect.map((value) => value !== "none"))
)
