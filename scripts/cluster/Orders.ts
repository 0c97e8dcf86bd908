/** What a runner process is told, and what all processes of such a cluster have in common. */
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import { SubmissionKey } from "../../src/index.ts"

/** The only argument of a runner. `socket` is where it finds the tools; `expiration` are seconds. */
export const Orders = Schema.Struct({
  socket: Schema.String,
  database: Schema.String,
  keyFile: Schema.String,
  temporaryDirectory: Schema.String,
  token: Schema.String,
  port: Schema.Int,
  expiration: Schema.Finite
})

const endpoint = { endpoint: Schema.String }
const key = { key: SubmissionKey.SubmissionKey }

/** What a runner prints for each event of its batches, one on a line. It is `ready` before all others. */
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

/** The secret of a copy. Its text is nowhere but in the secret. */
export const secretOf = (key: SubmissionKey.SubmissionKey, copy: number) =>
  Redacted.make(createHash("sha256").update(`${key} ${copy}`).digest("hex"))
