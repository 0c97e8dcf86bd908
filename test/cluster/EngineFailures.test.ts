/** Failures of the engine itself: the database does not store a request, no runner has an entity, or a batch ends by a defect. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, FileSystem, Layer, Option, Schedule, Stream } from "effect"
import { EntityAddress, EntityId, EntityType, MessageStorage, Reply, Sharding } from "effect/cluster"
import { SqlClient } from "effect/sql"
import { Cluster, ClusterCE, ClusterStorage, PilotBatch, SecretSource } from "../../src/cluster/index.ts"
import * as Definition from "../../src/cluster/internal/Batch.ts"
import * as BatchRun from "../../src/cluster/internal/BatchRun.ts"
import * as BatchWatch from "../../src/cluster/internal/BatchWatch.ts"
import { Capability, ScheddTransport, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import * as Handles from "../contract/Handles.ts"
import { sealer } from "../testing/FakeSite.ts"
import * as Ports from "./Ports.ts"
import * as Scripted from "./Scripted.ts"
import { quiet, sharding } from "./StorageChecks.ts"

const endpoint = "ce.example.org:9619"

const batch: PilotBatch.Batch = {
  endpoint,
  key: SubmissionKey.SubmissionKey.make("key"),
  spec: { executable: "/bin/true" },
  copies: [{}],
  destination: "/output"
}

const services = Layer.mergeAll(sealer, SecretSource.layerNone, NodeServices.layer)

const single = (storage: ClusterStorage.Storage = ClusterStorage.layerSqlite(":memory:")) =>
  Layer.provideMerge(Cluster.layerSingle({ storage }), services)

type Engine = Layer.Success<ReturnType<typeof single>>

/** A compute element whose jobs have ended, or never end. */
const answering = (jobs: Stream.Stream<never> = Stream.empty) =>
  Scripted.owner({
    submit: ({ payload: { key } }) =>
      Effect.succeed({ key, handles: [Handles.handle("1.0")], failures: [], warnings: [], adopted: false }),
    watch: () => jobs,
    fetch: () => Effect.succeed([])
  })

const owner = (jobs?: Stream.Stream<never>) => Layer.merge(PilotBatch.layer, answering(jobs))

/** Two parts of `PilotBatch.layer`: takes keys, and runs batches, but does not follow their jobs. */
const claims = Definition.Claim.toLayer(({ digest }) => Effect.succeed(digest))
const batches = PilotBatch.PilotBatch.toLayer(BatchRun.make(() => Effect.undefined, false))

const timed = <A, E, R>(test: Effect.Effect<A, E, R>) =>
  TimeLapse.run(test, { step: "10 seconds", longest: "1 minute" })

const run = <A, E, RIn>(test: Effect.Effect<A, E, Engine>, runner: Layer.Layer<RIn, never, Engine>) =>
  timed(test).pipe(Effect.provide(Layer.fresh(Layer.provideMerge(runner, single()))))

/** The database refuses these requests of batches until it is repaired. */
const refuse = (tag: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    sql`CREATE TRIGGER refuse BEFORE INSERT ON cluster_messages
      WHEN NEW.entity_type = ${sql.literal(`'Workflow/${PilotBatch.PilotBatch._tag}'`)}
      AND NEW.tag = ${sql.literal(`'${tag}'`)}
      BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`)

const repair = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`DROP TRIGGER refuse`)

const done = { adopted: false, deadlineExceeded: false, jobs: [] }

const suspended = (id: string) =>
  Effect.repeat(PilotBatch.PilotBatch.poll(id), {
    until: Option.exists(({ _tag }) => _tag === "Suspended"),
    schedule: Schedule.spaced("1 second")
  })

describe("a database that does not store a request", () => {
  it.effect("start, execute: fail, and succeed when they are repeated", () =>
    run(
      Effect.gen(function*() {
        yield* refuse("run")
        for (const attempt of [PilotBatch.start(batch), Effect.asVoid(PilotBatch.execute(batch))]) {
          const error = yield* Effect.flip(attempt)
          assert.deepInclude(error, { _tag: "BackendFailed", retry: "Later" })
          assert.match(error.message, /PersistenceError: .*the disk is full/)
        }
        yield* repair
        assert.deepStrictEqual(yield* PilotBatch.execute(batch), done)
      }),
      owner()
    ))

  it.effect("a batch repeats a step that was not stored", () =>
    run(
      Effect.gen(function*() {
        yield* refuse("activity")
        const running = yield* Effect.forkChild(PilotBatch.execute(batch))
        yield* Effect.sleep("5 minutes")
        assert.isUndefined(running.pollUnsafe())
        yield* repair
        assert.deepStrictEqual(yield* Fiber.join(running), done)
      }),
      owner()
    ))
})

describe("a cluster whose runners do not have an entity", () => {
  it.effect("a question to a compute element fails", () =>
    run(
      Effect.gen(function*() {
        const { reconcile } = yield* Capability.Submitter
        const error = yield* Effect.flip(reconcile(batch.key))
        assert.deepInclude(error, { _tag: "BackendFailed", retry: "AfterRepair" })
        assert.include(error.message, "no runner answers for HTCondorCE/1")
      }).pipe(Effect.provide(ClusterCE.layer(endpoint))),
      Layer.empty
    ))

  it.effect("a question fails if no runner is configured for its compute element", () => {
    const runner = ClusterCE.layerServer(() => undefined).pipe(
      Layer.provide(ScheddTransport.layerTools().pipe(Layer.provide(FakeSchedd.layer())))
    )
    return run(
      Effect.gen(function*() {
        const { reconcile } = yield* Capability.Submitter
        const error = yield* Effect.flip(reconcile(batch.key))
        assert.deepInclude(error, { _tag: "BackendFailed", retry: "Never" })
        assert.include(error.message, "no compute element of this name is configured")
      }).pipe(Effect.provide(Layer.merge(ClusterCE.layer(endpoint), runner))),
      Layer.empty
    )
  })

  const refused = Effect.gen(function*() {
    const execute = Effect.asVoid(PilotBatch.execute(batch))
    for (const attempt of [execute, PilotBatch.start(batch), execute]) {
      const error = yield* Effect.flip(attempt)
      assert.deepInclude(error, { _tag: "BackendFailed", retry: "AfterRepair" })
      assert.match(error.message, /no runner answers for effect-htcondor-ce\/PilotBatch\/1$/)
    }
  })

  it.effect("a batch fails, and succeeds with the same key when a runner works on batches", () =>
    run(
      Effect.gen(function*() {
        yield* refused
        assert.deepStrictEqual(yield* Effect.provide(PilotBatch.execute(batch), owner()), done)
      }),
      claims
    ))

  it.live("a client's batch fails, and runs when a runner works on batches", () =>
    Effect.gen(function*() {
      const file = `${yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped()}/db`
      const storage = () => ClusterStorage.layerSqlite(file)
      const timing = { ...sharding, entityRegistrationTimeout: "1 second" } as const
      const port = yield* Ports.free
      const runner = yield* Layer.build(
        Layer.fresh(Layer.provideMerge(claims, Cluster.layerRunner({ storage: storage(), sharding: timing, port })))
      )
      const client = yield* Layer.build(Layer.fresh(Cluster.layerClient({ storage: storage(), sharding: timing })))
      yield* Effect.provide(refused, client).pipe(Effect.timeout("1 minute"))
      yield* Layer.build(owner()).pipe(Effect.provide(runner))
      const execution = yield* PilotBatch.PilotBatch.executionId(batch)
      yield* Effect.repeat(PilotBatch.PilotBatch.poll(execution), {
        until: Option.exists(({ _tag }) => _tag === "Complete"),
        schedule: Schedule.spaced("200 millis")
      }).pipe(Effect.provide(client), Effect.timeout("1 minute"))
    }).pipe(Effect.scoped, quiet, Effect.provide(services)))

  it.effect("a batch ends after it was at a runner that works on no batches", () =>
    timed(Effect.gen(function*() {
      const file = `${yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped()}/db`
      const process = <A, E, RIn>(
        program: Effect.Effect<A, E, Engine>,
        runner: Layer.Layer<RIn, never, Engine>
      ) => Effect.provide(program, Layer.fresh(Layer.provideMerge(runner, single(ClusterStorage.layerSqlite(file)))))
      yield* process(Effect.flatMap(PilotBatch.start(batch), suspended), owner(Stream.never))
      yield* process(Effect.sleep("5 minutes"), Layer.empty)
      const collection = yield* process(PilotBatch.execute(batch).pipe(Effect.timeout("10 minutes")), owner())
      assert.deepStrictEqual(collection, done)
    })).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.effect("a batch waits until a runner follows it", () =>
    run(
      Effect.gen(function*() {
        const running = yield* Effect.forkChild(PilotBatch.execute(batch))
        yield* Effect.sleep("5 minutes")
        assert.isUndefined(running.pollUnsafe())
        yield* Layer.build(BatchWatch.layer)
        assert.deepStrictEqual(yield* Fiber.join(running), done)
      }).pipe(Effect.scoped),
      Layer.mergeAll(claims, answering(), batches)
    ))
})

describe("a batch that has ended by a defect", () => {
  const errorNamed = (name: string, message: string) => Object.assign(new Error(message), { name })

  it.effect.each([
    new Error("out of order"),
    errorNamed("SchemaError", "Expected string"),
    new Error("Entity type 'HTCondorCE/1/batches' not registered")
  ])("execute fails, and says that another key is needed: %s", (defect) =>
    run(
      Effect.gen(function*() {
        for (const _ of [1, 2]) {
          const error = yield* Effect.flip(PilotBatch.execute(batch))
          assert.deepInclude(error, { _tag: "BackendFailed", retry: "Never" })
          assert.include(error.message, defect.message)
        }
      }),
      Layer.merge(claims, PilotBatch.PilotBatch.toLayer(() => Effect.die(defect)))
    ))

  it.effect("execute fails if the engine could not read its request", () =>
    run(
      Effect.gen(function*() {
        const { getShardId, getSnowflake } = yield* Sharding.Sharding
        const storage = yield* MessageStorage.MessageStorage
        const entityId = EntityId.make(yield* PilotBatch.start(batch))
        const entityType = EntityType.make(`Workflow/${PilotBatch.PilotBatch._tag}`)
        const address = EntityAddress.make({ entityType, entityId, shardId: getShardId(entityId, "default") })
        const requestId = Option.getOrThrow(yield* storage.requestIdForPrimaryKey({ address, tag: "run", id: "" }))
        const defect = errorNamed("MalformedMessage", "Missing key")
        yield* storage.saveReply(Reply.ReplyWithContext.fromDefect({ id: yield* getSnowflake, requestId, defect }))
        const error = yield* Effect.flip(PilotBatch.execute(batch))
        assert.deepInclude(error, { _tag: "BackendFailed", retry: "Never" })
      }),
      Layer.merge(claims, PilotBatch.PilotBatch.toLayer(() => Effect.never))
    ))
})
