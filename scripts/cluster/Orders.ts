/** The arguments and messages of runner and client processes, and the settings that all of them share. */
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import { ClusterStorage, PilotBatch } from "../../src/cluster/index.ts"
import { SubmissionKey } from "../../src/index.ts"

// The database is a file, or the URL of one on PostgreSQL. `expiration` is in seconds.
const common = { database: Schema.String, expiration: Schema.Finite }

/** The only argument of a runner. `tools` is a socket of a grid that runs them, or a directory with tools. */
export const Orders = Schema.Struct({
  ...common,
  tools: Schema.Union([Schema.Struct({ socket: Schema.String }), Schema.Struct({ directory: Schema.String })]),
  schedd: Schema.optionalKey(Schema.String),
  keyFile: Schema.String,
  temporaryDirectory: Schema.String,
  token: Schema.String,
  port: Schema.Int
})

/** The only argument of a client. */
export const ClientOrders = Schema.Struct(common)

/** The database of that name. */
export const storageOf = (database: string): ClusterStorage.Storage =>
  database.startsWith("postgres:")
    ? ClusterStorage.layerPostgres(Redacted.make(database))
    : ClusterStorage.layerSqlite(database)

const endpoint = { endpoint: Schema.String }
const key = { key: SubmissionKey.SubmissionKey }

/** A line of the input of a client: a batch to wait for, and after how many milliseconds to interrupt it. */
export const Task = Schema.Struct({
  batch: PilotBatch.Batch,
  interruptAfter: Schema.optionalKey(Schema.Finite)
})

/** A line of its output: the outcome of a batch. */
export const Answer = Schema.TaggedUnion({
  Ended: { ...key, collection: PilotBatch.Collection },
  Withdrawn: key,
  Failed: { ...key, detail: Schema.String }
})

/** A line of the output of a runner: an event of its batches. The first line is `ready`. */
export const Event = Schema.Union([
  Schema.TaggedStruct("Ready", {}),
  Schema.TaggedStruct("Moved", endpoint),
  Schema.TaggedStruct("Reattached", { ...endpoint, ...key }),
  Schema.TaggedStruct("Submitted", { ...endpoint, ...key, jobs: Schema.Int }),
  Schema.TaggedStruct("Adopted", { ...endpoint, ...key, jobs: Schema.Int })
])

/** The settings of the engine, with the relations of `Cluster.timing`, for locks that expire after so many seconds. */
export const timing = (expiration: number) => ({
  shardLockExpiration: expiration * 1000,
  shardLockRefreshInterval: "500 millis",
  refreshAssignmentsInterval: "250 millis",
  runnerHealthCheckInterval: "1 second",
  entityMessagePollInterval: "500 millis"
} as const)

/** The beginning of each secret, and of no other text. */
export const secretMark = "the-secret-of-a-copy-"

/** The secret of a copy. Its text occurs nowhere else. */
export const secretOf = (key: SubmissionKey.SubmissionKey, copy: number) =>
  Redacted.make(`${secretMark}${createHash("sha256").update(`${key} ${copy}`).digest("hex")}`)
