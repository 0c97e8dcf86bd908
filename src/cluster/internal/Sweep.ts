/**
 * Deletes old requests and executions from the database of the engine, which deletes nothing itself.
 */
import * as Clock from "effect/Clock"
import * as MachineId from "effect/cluster/MachineId"
import * as Snowflake from "effect/cluster/Snowflake"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type * as SqlError from "effect/sql/SqlError"
import { Claim, PilotBatch } from "./Batch.ts"

const clock = "Workflow/-/DurableClock"
const parentKey = "~effect/cluster/ClusterWorkflowEngine/payloadParentKey"

/** The engine stores longer keys as a digest, which cannot be searched. */
const longestKey = 255

/** How many requests one transaction deletes. No other process can write to SQLite for that time. */
const page = 500

/**
 * The statements, for one dialect. The tables, the kinds of messages (0: a request) and of replies (0: the last one, with its exit)
 * are those of `SqlMessageStorage`.
 */
const statements = (sql: SqlClient.SqlClient, before: string) => {
  const quoted = (path: ReadonlyArray<string>) => path.map((key) => `"${key}"`)
  const text = sql.onDialectOrElse({
    // PostgreSQL refuses two escapes that JSON.stringify writes: U+0000, and half of a surrogate pair.
    pg: () => (column: string, ...path: ReadonlyArray<string>) =>
      sql.literal(
        `(regexp_replace(${column}, '\\\\u(0000|d[89a-f][0-9a-f]{2})', '\\\\u0020', 'g')::json #>> '{${
          quoted(path).join(",")
        }}')`
      ),
    orElse: () => (column: string, ...path: ReadonlyArray<string>) =>
      sql.literal(`json_extract(${column}, '${["$", ...quoted(path)].join(".")}')`)
  })
  const isEnded = (reply: string) =>
    sql`(${sql.literal(`${reply}.id`)} IS NOT NULL
      AND COALESCE(${text(`${reply}.payload`, "value", "_tag")}, '') <> 'Suspended')`

  // Each run has one request. Its activities, deferreds and clocks belong to the same entity, and are needed until it ends.
  const isRun = (message: string) =>
    sql.literal(
      `${message}.kind = 0 AND ${message}.tag = 'run' AND ${message}.entity_type LIKE 'Workflow/%' AND ${message}.entity_type <> '${clock}'`
    )

  const parent = (field: string) => text("m.payload", parentKey, field)
  const keyOfParent = sql`('Workflow/' || ${parent("workflowName")} || '/' || ${parent("executionId")} || '/run/')`
  // A parent that continues after a crash asks its children again.
  const hasParentUnderWay = sql`(
    ${parent("executionId")} IS NOT NULL
    AND COALESCE(${parent("detached")}, '0') NOT IN ('1', 'true')
    AND (
      LENGTH(${keyOfParent}) > ${longestKey}
      OR EXISTS (
        SELECT 1 FROM cluster_messages p
        LEFT JOIN cluster_replies pr ON pr.request_id = p.id AND pr.kind = 0
        WHERE p.message_id = ${keyOfParent} AND NOT ${isEnded("pr")}
      )
    )
  )`

  // A batch with the same key as a kept one must be compared with it.
  const batch = sql.literal(`Workflow/${PilotBatch._tag}/`)
  const isClaimOfKept = sql`(
    m.entity_type = ${`Workflow/${Claim._tag}`}
    AND EXISTS (
      SELECT 1 FROM cluster_messages b WHERE b.message_id = ('${batch}' || ${text("m.payload", "batch")} || '/run/')
    )
  )`

  return {
    shards: sql<{ shard_id: string }>`SELECT DISTINCT shard_id FROM cluster_messages`,

    endedRuns: (shard: string) =>
      sql<{ entity_id: string }>`
        SELECT m.entity_id FROM cluster_messages m
        JOIN cluster_replies r ON r.request_id = m.id AND r.kind = 0
        WHERE m.shard_id = ${shard} AND ${isRun("m")}
        AND r.id < ${before} AND ${isEnded("r")} AND NOT ${hasParentUnderWay} AND NOT ${isClaimOfKept}
        LIMIT ${page}
      `,

    requestsOf: (shard: string, entities: ReadonlyArray<string>) =>
      sql<{ id: string }>`
        SELECT CAST(id AS TEXT) AS id FROM cluster_messages
        WHERE shard_id = ${shard} AND kind = 0 AND entity_type LIKE 'Workflow/%' AND ${sql.in("entity_id", entities)}
      `,

    endedRequests: (shard: string) =>
      sql<{ id: string }>`
        SELECT CAST(m.id AS TEXT) AS id FROM cluster_messages m
        JOIN cluster_replies r ON r.request_id = m.id AND r.kind = 0
        WHERE m.shard_id = ${shard} AND m.kind = 0 AND r.id < ${before}
        AND NOT (
          m.entity_type LIKE 'Workflow/%'
          AND m.entity_id IN (SELECT w.entity_id FROM cluster_messages w WHERE w.shard_id = ${shard} AND ${isRun("w")})
        )
        LIMIT ${page}
      `,

    // Acknowledgements and interrupts name their request, and are deleted with it.
    remove: (requests: ReadonlyArray<string>) =>
      sql`DELETE FROM cluster_replies WHERE ${sql.in("request_id", requests)}`.pipe(
        Effect.andThen(sql`DELETE FROM cluster_messages WHERE ${sql.in("request_id", requests)}`),
        sql.withTransaction
      )
  }
}

/**
 * Deletes the requests and the executions of workflows that ended longer than `keep` ago, with all that belongs to them. Returns
 * the number of deleted requests.
 */
export const sweep = Effect.fn("Janitor.sweep")(function*(
  keep: Duration.Input
): Effect.fn.Return<number, SqlError.SqlError, SqlClient.SqlClient> {
  const sql = (yield* SqlClient.SqlClient).withoutTransforms()
  const now = yield* Clock.currentTimeMillis
  const timestamp = Math.max(now - Duration.toMillis(Duration.fromInputUnsafe(keep)), Snowflake.constEpochMillis)
  // The id of a reply contains its time.
  const before = String(Snowflake.make({ machineId: MachineId.make(0), sequence: 0, timestamp }))
  const { endedRequests, endedRuns, remove, requestsOf, shards } = statements(sql, before)

  let removed = 0
  const removeAll = Effect.fnUntraced(function*(requests: ReadonlyArray<{ readonly id: string }>) {
    const ids = requests.map(({ id }) => id)
    for (let start = 0; start < ids.length; start += page) yield* remove(ids.slice(start, start + page))
    removed += ids.length
  })

  const sweepOne = Effect.fnUntraced(function*(shard: string) {
    let runs = yield* endedRuns(shard)
    while (runs.length > 0) {
      yield* removeAll(yield* requestsOf(shard, runs.map(({ entity_id }) => entity_id)))
      runs = yield* endedRuns(shard)
    }
    let requests = yield* endedRequests(shard)
    while (requests.length > 0) {
      yield* removeAll(requests)
      requests = yield* endedRequests(shard)
    }
  })
  // A shard that fails does not keep the others from being swept.
  const [, [failure]] = yield* Effect.partition(yield* shards, ({ shard_id }) => sweepOne(shard_id))
  return failure === undefined ? removed : yield* failure
}, Effect.withTracerEnabled(false))
