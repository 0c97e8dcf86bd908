/**
 * A table with the outcome of each pilot, in the database of the cluster. It is a cache: an empty table is filled from the manifests
 * of fetched output.
 */
import { Effect, FileSystem, Path } from "effect"
import { type JobHandle, JobOutput } from "effect-htcondor-ce"
import type { PilotBatch } from "effect-htcondor-ce/cluster"
import { SqlClient } from "effect/sql"
import type { Pool } from "./Grid.ts"

const keyPattern = /^(.+)\.(\d+)\.(\d+)$/

interface Ended {
  readonly job: string
  readonly endpoint: string
  readonly key: string
  readonly outcome: string
}

const insert = Effect.fnUntraced(function*({ key, ...ended }: Ended, output?: JobOutput.JobOutput) {
  const sql = yield* SqlClient.SqlClient
  const [, pool = "", lane, number] = keyPattern.exec(key) ?? []
  const { exit, record } = output ?? {}
  yield* sql`INSERT INTO wms_pilots ${
    sql.insert({
      ...ended,
      pool,
      lane: Number(lane),
      number: Number(number),
      exit_code: exit?._tag === "Code" ? exit.code : null,
      // A usage that the compute element does not report is not 0.
      wall_seconds: record?.usage?.wallTime ?? null,
      cpu_seconds: record?.usage?.cpu ?? null
    })
  } ON CONFLICT (job) DO NOTHING`
})

const of = (handle: JobHandle.JobHandle, outcome: string): Ended => ({
  job: String(handle),
  endpoint: handle.endpoint,
  key: handle.key,
  outcome
})

const fetched = Effect.fnUntraced(function*(manifest: string) {
  const output = yield* JobOutput.fromManifest(manifest)
  yield* insert(of(output.handle, "Fetched"), output)
})

/** Adds the pilots of a batch that has ended. */
export const record = Effect.fn("record")((jobs: PilotBatch.Collection["jobs"]) =>
  Effect.forEach(
    jobs,
    (job) =>
      job._tag === "Fetched"
        ? Effect.catchTag(
          fetched(job.manifest),
          "LocalFailure",
          ({ message }) => Effect.andThen(Effect.logWarning(message), insert(of(job.handle, job._tag)))
        )
        : insert(of(job.handle, job._tag === "Failed" ? job.error._tag : job._tag)),
    { discard: true }
  )
)

/** Adds a batch whose submission failed. The engine keeps that answer for its key, so the next batch needs another key. */
export const refused = (endpoint: string, key: string, outcome: string) =>
  insert({ job: `${endpoint} ${key}`, endpoint, key, outcome })

const create = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) =>
    sql`CREATE TABLE IF NOT EXISTS wms_pilots (job VARCHAR(255) PRIMARY KEY, endpoint TEXT NOT NULL, pool TEXT NOT NULL,
      lane INTEGER NOT NULL, number INTEGER NOT NULL, outcome TEXT NOT NULL, exit_code INTEGER, wall_seconds REAL, cpu_seconds REAL)`
)

/** Creates the table. A new one is filled with the fetched output of the pools. */
export const prepare = Effect.fn("prepare")(function*(pools: ReadonlyArray<Pool>) {
  const sql = yield* SqlClient.SqlClient
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  yield* create
  if ((yield* sql`SELECT job FROM wms_pilots LIMIT 1`).length > 0) return
  for (const { pool } of pools) {
    const names = yield* Effect.orElseSucceed(fileSystem.readDirectory(pool.output), () => [])
    for (const name of names.filter((name) => name.startsWith(`${pool.name}.`))) {
      yield* Effect.ignore(fetched(path.join(pool.output, name, "manifest.json")), { log: "Warn" })
    }
  }
})

/** The number of the next pilot of a lane. */
export const next = Effect.fnUntraced(function*(pool: string, lane: number) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ readonly next: number }>`SELECT coalesce(max(number) + 1, 0) AS next FROM wms_pilots
    WHERE pool = ${pool} AND lane = ${lane}`
  return row?.next ?? 0
})

/** The outcomes of the pilots at each compute element, and how long they ran. */
export const report = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* create
  return yield* sql`SELECT endpoint, pool, outcome, exit_code, CAST(count(*) AS INTEGER) AS pilots,
    sum(wall_seconds) AS wall_seconds, sum(cpu_seconds) AS cpu_seconds
    FROM wms_pilots GROUP BY endpoint, pool, outcome, exit_code ORDER BY endpoint, pool, outcome, exit_code`
})
