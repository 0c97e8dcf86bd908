/** Checks of runners and of the janitor, for each database. */
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Layer, Option, Predicate, References, Schema, Scope } from "effect"
import { ClusterSchema, Entity } from "effect/cluster"
import { Rpc } from "effect/rpc"
import { SqlClient } from "effect/sql"
import { Activity, DurableClock, DurableDeferred, Workflow } from "effect/workflow"
import { connect } from "node:tls"
import { Cluster, type ClusterStorage, Janitor } from "../../src/cluster/index.ts"
import * as Ports from "./Ports.ts"

const Counter = Entity.make("Counter", [
  Rpc.make("add", { payload: { key: Schema.String }, success: Schema.Int, primaryKey: ({ key }) => key })
    .annotate(ClusterSchema.Persisted, true)
])

const payload = { id: Schema.String }

const Plain = Workflow.make("Plain", { payload, idempotencyKey: ({ id }) => id, success: Schema.Int })

/** Starts a plain workflow, and waits for its gate. */
const Waiting = Workflow.make("Waiting", { payload, idempotencyKey: ({ id }) => id, success: Schema.String })

/** Sleeps for longer than any test. */
const Sleeping = Workflow.make("Sleeping", { payload, idempotencyKey: ({ id }) => id })

const gate = DurableDeferred.make("gate", { success: Schema.String })

const workers = () => {
  /** How often each step ran. */
  const times = new Map<string, number>()
  const count = (what: string) =>
    Effect.sync(() => {
      const next = (times.get(what) ?? 0) + 1
      times.set(what, next)
      return next
    })
  const activity = (name: string, id: string) =>
    Activity.make({ name, success: Schema.Int, execute: count(`${name} ${id}`) })
  const layer = Layer.mergeAll(
    Counter.toLayer(Effect.succeed(Counter.of({ add: ({ payload: { key } }) => count(key) }))),
    Plain.toLayer(({ id }) => activity("plain", id)),
    Waiting.toLayer(Effect.fnUntraced(function*({ id }) {
      yield* activity("before", id)
      yield* Plain.execute({ id: `child of ${id}` })
      yield* count(`${id} is at the gate`)
      const said = yield* DurableDeferred.await(gate)
      yield* activity("after", id)
      return said
    })),
    Sleeping.toLayer(({ id }) =>
      Effect.andThen(activity("asleep", id), DurableClock.sleep({ name: "sleep", duration: "1 hour" }))
    )
  )
  return { layer, times }
}

const rows = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const messages = yield* sql<{ id: string; entity_type: string; tag: string }>`
    SELECT CAST(id AS TEXT) AS id, entity_type, tag FROM cluster_messages ORDER BY id
  `
  const replies = yield* sql<{ id: string }>`SELECT CAST(id AS TEXT) AS id FROM cluster_replies ORDER BY id`
  return { messages: Array.from(messages), replies: replies.map(({ id }) => id) }
})

const untilSuspended = <A, E, R>(poll: Effect.Effect<Option.Option<Workflow.Result<A, E>>, never, R>) =>
  Effect.repeat(poll, { until: Option.exists(({ _tag }) => _tag === "Suspended") })

/** A new database. Each layer is a client of it. */
type Database = Effect.Effect<() => ClusterStorage.Storage, never, Scope.Scope>

// Faster than `Cluster.timing`, with the same relations.
export const sharding = {
  shardLockExpiration: "3 seconds",
  shardLockRefreshInterval: "1 second",
  refreshAssignmentsInterval: "100 millis",
  runnerHealthCheckInterval: "500 millis",
  entityMessagePollInterval: "100 millis",
  entityReplyPollInterval: "20 millis"
} as const

export const janitorChecks = (database: Database): void => {
  const on = (worker: ReturnType<typeof workers>) =>
    Effect.provide(worker.layer.pipe(
      Layer.provideMerge(Layer.unwrap(
        Effect.map(database, (storage) => Cluster.layerSingle({ storage: storage(), sharding }))
      ))
    ))

  it.live("the janitor deletes executions that have ended, and nothing of those that run", () => {
    const worker = workers()
    return Effect.gen(function*() {
      const counter = (yield* Counter.client)("a")
      assert.strictEqual(yield* counter.add({ key: "k" }), 1)
      assert.strictEqual(yield* counter.add({ key: "k" }), 1)
      // PostgreSQL cannot decode the JSON of the last one.
      for (const id of ["1", "2", "3 \u0000 \ud800"]) assert.strictEqual(yield* Plain.execute({ id }), 1)
      const waiting = yield* Waiting.execute({ id: "w" }, { discard: true })
      const sleeping = yield* Sleeping.execute({ id: "s" }, { discard: true })
      // It was suspended before, while it waited for the child.
      yield* Effect.repeat(Effect.sync(() => worker.times.get("w is at the gate")), { until: Predicate.isNotUndefined })
      yield* untilSuspended(Waiting.poll(waiting))
      yield* untilSuspended(Sleeping.poll(sleeping))

      const before = yield* rows
      assert.strictEqual(yield* Janitor.sweep({ keep: "1 hour" }), 0)
      assert.includeDeepMembers((yield* rows).messages, before.messages)

      // The stored request, and the run and the activity of each plain workflow.
      assert.strictEqual(yield* Janitor.sweep({ keep: 0 }), 1 + 3 * 2)
      const left = yield* rows
      assert.includeMembers(
        left.messages.map(({ entity_type, tag }) => `${entity_type} ${tag}`),
        ["Workflow/Waiting run", "Workflow/Plain run", "Workflow/Sleeping run", "Workflow/-/DurableClock run"]
      )
      assert.strictEqual(yield* Janitor.sweep({ keep: 0 }), 0)
      assert.includeDeepMembers((yield* rows).messages, left.messages)

      yield* DurableDeferred.done(gate, {
        token: DurableDeferred.tokenFromExecutionId(gate, { workflow: Waiting, executionId: waiting }),
        exit: Exit.succeed("open")
      })
      assert.strictEqual(yield* Waiting.execute({ id: "w" }), "open")
      assert.deepStrictEqual(
        ["before w", "plain child of w", "after w", "asleep s"].map((what) => worker.times.get(what)),
        [1, 1, 1, 1]
      )
      yield* Sleeping.interrupt(sleeping)
      yield* Effect.repeat(
        Effect.andThen(Janitor.sweep({ keep: 0 }), rows),
        { until: ({ messages, replies }) => messages.length + replies.length === 0 }
      )
      assert.strictEqual(yield* Plain.execute({ id: "1" }), 2)
    }).pipe(on(worker))
  })

  it.live("the janitor keeps a database from growing", () => {
    const worker = workers()
    return Effect.gen(function*() {
      for (let round = 0; round < 3; round++) {
        const ids = Array.from({ length: 20 }, (_, index) => `${round}-${index}`)
        yield* Effect.forEach(ids, (id) => Plain.execute({ id }), { concurrency: "unbounded" })
        yield* Effect.repeat(rows, { until: ({ messages }) => messages.length === 0 })
      }
      assert.strictEqual(worker.times.size, 60)
    }).pipe(
      Effect.provide(Janitor.layer({ keep: 0, interval: "50 millis" })),
      on(worker)
    )
  })
}

/** `where` answers with the name of the runner. */
const Place = Entity.make("Place", [Rpc.make("where", { success: Schema.String })])

// The engine logs where it listens.
export const quiet = Effect.provideService(References.MinimumLogLevel, "Warn")

export const runnerChecks = (database: Database, tls?: Cluster.Tls): void => {
  it.live("runners share the entities, and one takes over those of another", () =>
    Effect.gen(function*() {
      const storage = yield* database
      const runner = Effect.fnUntraced(function*(name: string) {
        const port = yield* Ports.free
        yield* Layer.build(Layer.fresh(
          Place.toLayer(Effect.succeed(Place.of({ where: () => Effect.succeed(name) }))).pipe(
            Layer.provide(Cluster.layerRunner({ storage: storage(), sharding, port, tls }))
          )
        ))
        return port
      })
      const client = yield* Layer.build(Cluster.layerClient({ storage: storage(), sharding, tls }))
      const answering = Effect.gen(function*() {
        const place = yield* Place.client
        const ids = Array.from({ length: 20 }, (_, index) => `place-${index}`)
        return new Set(yield* Effect.forEach(ids, (id) => place(id).where(), { concurrency: "unbounded" }))
      }).pipe(Effect.provideContext(client))

      const first = yield* Scope.make()
      const port = yield* Scope.provide(runner("first"), first)
      yield* runner("second")
      yield* Effect.repeat(answering, { until: ({ size }) => size === 2 })
      if (tls !== undefined) assert.match(yield* refusal(port), /certificate required/)
      yield* Scope.close(first, Exit.void)
      assert.deepStrictEqual(yield* answering, new Set(["second"]))
    }).pipe(Effect.scoped, quiet))
}

/** The answer of a runner to a client without a certificate. */
const refusal = (port: number) =>
  Effect.callback<string>((resume) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false })
    socket.on("error", (error) => resume(Effect.succeed(error.message)))
    socket.on("data", () => resume(Effect.succeed("data")))
  })
