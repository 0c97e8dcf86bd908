/** How large the database becomes, and what its age costs. */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { Janitor, PilotBatch } from "../../../../src/cluster/index.ts"
import { SubmissionKey } from "../../../../src/index.ts"
import { Amount, compare, type Line } from "../../Benchmark.ts"
import { fail } from "../../Failed.ts"
import { spread } from "../../Statistics.ts"
import { onEach } from "./Calls.ts"
import * as Rig from "./Rig.ts"

const pilots = 5

const ces = ["ce-1.example.org", "ce-2.example.org", "ce-3.example.org", "ce-4.example.org"]

/** So many batches, all at once, to their ends. */
const batches = (count: number, { directory, executable }: Rig.Rig) =>
  Effect.forEach(
    Array.from({ length: count }, (_, index) => ces[index % ces.length] ?? ""),
    Effect.fnUntraced(function*(endpoint) {
      const key = yield* SubmissionKey.generate
      const destination = `${directory}/output/${key}`
      const { jobs } = yield* PilotBatch.execute({
        endpoint,
        key,
        spec: { executable },
        copies: [{}, ...Array.from({ length: pilots - 1 }, () => ({}))],
        destination
      })
      if (jobs.some(({ _tag }) => _tag !== "Fetched")) return yield* fail(`not all of batch ${key} was fetched`)
    }),
    { concurrency: "unbounded", discard: true }
  )

/** Makes the database old: everything in it is there so many times more, each time an hour older, as other executions. */
const age = Effect.fnUntraced(
  function*(times: number) {
    const sql = yield* SqlClient.SqlClient
    for (let copy = 1; copy <= times; copy++) {
      // Hours in a snowflake, whose lowest 22 bits are not time. As text, because a parameter would be a number with 53 bits.
      const hours = sql.literal(String(15_099_494_400_000n * BigInt(copy)))
      yield* sql`
      INSERT INTO cluster_messages (
        id, message_id, shard_id, entity_type, entity_id, kind, tag, payload, headers, processed, request_id, reply_id,
        last_reply_id, last_read, deliver_at
      )
      SELECT id - ${hours}, message_id || ${`#${copy}`}, shard_id, entity_type,
        CASE WHEN entity_type LIKE 'Workflow/%' THEN entity_id || ${`#${copy}`} ELSE entity_id END,
        kind, tag, payload, headers, processed, request_id - ${hours}, reply_id,
        last_reply_id - ${hours}, last_read, deliver_at
      FROM bench_messages
    `
      yield* sql`
      INSERT INTO cluster_replies (id, kind, request_id, payload, sequence, acked)
      SELECT id - ${hours}, kind, request_id - ${hours}, payload, sequence, acked FROM bench_replies
    `
    }
  },
  (aged) =>
    Effect.flatMap(
      SqlClient.SqlClient,
      (sql) =>
        sql`CREATE TEMPORARY TABLE bench_messages AS SELECT * FROM cluster_messages`.pipe(
          Effect.andThen(sql`CREATE TEMPORARY TABLE bench_replies AS SELECT * FROM cluster_replies`),
          Effect.andThen(aged),
          sql.withTransaction
        )
    )
)

const one = (work: string, unit: string, value: number, than = ""): Line => ({
  work,
  than,
  unit,
  value: spread([value])
})

export const database = Effect.gen(function*() {
  const { rounds, sized } = yield* Amount
  const rig = yield* Rig.make(
    Object.fromEntries(ces.map((ce) => [ce, { payload: () => ({ duration: "100 millis", stdout: "done\n" }) }]))
  )
  const [ended, times, messages] = [sized(40), sized(50), sized(200)]
  return yield* rig.onClient(Effect.gen(function*() {
    const client = yield* Rig.Null.client
    const stored = Effect.replicateEffect(
      onEach(messages, (id, number) => client(id).stored({ number })),
      rounds(3)
    )
    yield* stored
    yield* Janitor.sweep({ keep: 0 })
    const empty = yield* rig.bytes
    const young = yield* stored
    yield* Janitor.sweep({ keep: 0 })

    yield* batches(ended, rig)
    const full = yield* rig.bytes
    yield* age(times)
    const all = ended * pilots * (times + 1)
    const large = yield* rig.bytes
    const old = yield* stored
    const took = yield* Rig.milliseconds(Janitor.sweep({ keep: 0 }))
    const swept = yield* rig.bytes
    const again = yield* stored

    const work = `${messages} stored messages`
    return [
      one(`database: ${ended} batches of ${pilots} pilots`, "bytes a pilot", (full - empty) / (ended * pilots)),
      compare({ work: `${work}, ${all} pilots have ended`, than: "a new database" }, old, young),
      compare({ work: `${work}, these have been swept`, than: "a new database" }, again, young),
      one(`database of ${all} pilots`, "MB", large / 1e6),
      one("the same, swept", "MB", swept / 1e6),
      one(`sweep of ${all} pilots`, "ms", took)
    ]
  }))
}).pipe(Effect.scoped)
