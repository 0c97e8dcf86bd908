/** Batches whose shards move to another runner, because one joins or one stops. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Context, type Duration, Effect, Exit, Fiber, FileSystem, Layer, Option, Schedule, Scope } from "effect"
import { BatchEvents, Cluster, ClusterCE, ClusterStorage, PilotBatch, SecretSource } from "../../src/cluster/index.ts"
import * as Tuning from "../../src/cluster/internal/tuning.ts"
import { CondorTool, Credential, ScheddTransport, SubmissionKey } from "../../src/index.ts"
import { FakeGrid, FakeSchedd } from "../../src/testing/index.ts"
import { sealer } from "../testing/FakeSite.ts"
import * as Ports from "./Ports.ts"
import { quiet, sharding } from "./StorageChecks.ts"

const endpoints = Array.from({ length: 8 }, (_, index) => `ce${index}.example.org:9619`)

interface Options {
  readonly retains: boolean
  /** How long a job takes. */
  readonly duration: Duration.Input
  /** These tools take three seconds. */
  readonly slow?: ReadonlyArray<CondorTool.ToolName>
}

/** One batch at each of eight compute elements, and runners for them. */
const make = Effect.fnUntraced(function*({ duration, retains, slow = [] }: Options) {
  const fileSystem = yield* FileSystem.FileSystem
  const directory = yield* fileSystem.makeTempDirectoryScoped()
  const executable = `${directory}/pilot.sh`
  yield* fileSystem.writeFileString(executable, "#!/bin/sh\n")
  const storage = () => ClusterStorage.layerSqlite(`${directory}/cluster.sqlite`)
  const grid = yield* Layer.build(FakeGrid.layer(Object.fromEntries(
    endpoints.map((endpoint) => [endpoint, { payload: () => ({ duration }), spoolDelay: 0, startDelay: 0 }])
  )))
  const { run } = Context.get(grid, CondorTool.CondorTool)
  /** How often each tool was started. */
  const begun = new Map<string, number>()
  const tool = CondorTool.make((call) =>
    Effect.suspend(() => {
      begun.set(call.tool, (begun.get(call.tool) ?? 0) + 1)
      return slow.includes(call.tool) ? Effect.delay(run(call), "3 seconds") : run(call)
    })
  )
  /** The owners of each compute element, in order. */
  const owners = new Map<string, ReadonlyArray<string>>()
  const element = (endpoint: string) => ({
    endpoint,
    temporaryDirectory: directory,
    credentials: Credential.layerToken(FakeSchedd.token("pilot"))
  })
  /** The batches that an owner has taken over. */
  const reattached = new Set<string>()
  const join = Effect.fnUntraced(function*(name: string) {
    const server = retains
      ? Layer.merge(ClusterCE.layerServerRetaining(element), PilotBatch.layerRetaining)
      : Layer.merge(ClusterCE.layerServer(element), PilotBatch.layer)
    yield* Layer.build(Layer.fresh(server.pipe(
      Layer.provide(Cluster.layerRunner({ storage: storage(), sharding, port: yield* Ports.free })),
      Layer.provide([
        sealer,
        ScheddTransport.layerTools({ byName: true }).pipe(
          Layer.provide(Layer.succeed(CondorTool.CondorTool, tool))
        ),
        SecretSource.layerNone,
        Layer.succeed(BatchEvents.BatchEvents, (event) =>
          Effect.sync(() => {
            if (event._tag === "Reattached") reattached.add(event.key)
            if (event._tag === "Moved") owners.set(event.endpoint, [...owners.get(event.endpoint) ?? [], name])
          }))
      ])
    )))
  })
  return {
    begun,
    owners,
    reattached,
    join,
    left: Effect.map(
      Effect.forEach(Context.get(grid, FakeGrid.FakeGrid).all, ({ queue }) => queue),
      (queues) => queues.flat().length
    ),
    client: Cluster.layerClient({ storage: storage(), sharding }),
    batches: yield* Effect.forEach(endpoints, (endpoint) =>
      Effect.map(SubmissionKey.generate, (key) => ({
        endpoint,
        key,
        spec: { executable },
        copies: [{}] as const,
        destination: `${directory}/output`
      })))
  }
})

const until = (condition: () => boolean) =>
  Effect.repeat(Effect.sync(condition), { until: (holds) => holds, schedule: Schedule.spaced("5 millis") })

const outcomes = (collections: ReadonlyArray<PilotBatch.Collection>) =>
  collections.map(({ jobs }) => jobs.map(({ _tag }) => _tag))

const allFetched = endpoints.map(() => ["Fetched"])

it.live("a batch that waits for its jobs ends after its compute element has moved to another runner", () =>
  Effect.gen(function*() {
    const { batches, client, join, owners, reattached } = yield* make({ retains: false, duration: "20 seconds" })
    yield* join("first")
    const working = yield* Effect.forkChild(
      Effect.provide(Effect.forEach(batches, PilotBatch.execute, { concurrency: "unbounded" }), client)
    )
    yield* until(() => owners.size === endpoints.length)
    yield* Effect.sleep(Tuning.newBatch)
    yield* join("second")
    assert.deepStrictEqual(outcomes(yield* Fiber.join(working)), allFetched)
    const moved = batches.filter(({ endpoint }) => owners.get(endpoint)?.join() === "first,second")
    assert.isAbove(moved.length, 0)
    assert.deepStrictEqual(reattached, new Set(moved.map(({ key }) => key)))
  }).pipe(Effect.scoped, quiet, Effect.provide(NodeServices.layer)))

// A runner that stops waits two minutes for running operations.
const soon = "60 seconds"

it.live("a batch that moves to another runner between two steps continues there at once", () =>
  Effect.gen(function*() {
    const { batches, begun, client, join, left } = yield* make({
      retains: true,
      duration: 0,
      slow: ["condor_transfer_data"]
    })
    yield* join("first")
    const working = yield* Effect.forkChild(
      Effect.provide(Effect.forEach(batches, PilotBatch.execute, { concurrency: "unbounded" }), client)
    )
    yield* until(() => (begun.get("condor_transfer_data") ?? 0) >= endpoints.length)
    yield* join("second")
    assert.deepStrictEqual(outcomes(yield* Effect.timeout(Fiber.join(working), soon)), allFetched)
    yield* Effect.timeout(Effect.repeat(left, { until: (jobs) => jobs === 0 }), soon)
  }).pipe(Effect.scoped, quiet, Effect.provide(NodeServices.layer)))

// Before and after the owner has recorded that it submits.
const interrupted = [
  { how: "moves to a runner that joins", slow: "condor_submit" },
  { how: "moves to a runner that joins", slow: "condor_q" },
  { how: "loses a runner that stops", slow: "condor_submit" }
] as const

for (const { how, slow } of interrupted) {
  it.live(`a batch that is interrupted during ${slow} withdraws its jobs at once, if it ${how}`, () =>
    Effect.gen(function*() {
      const { batches, begun, client, join, left } = yield* make({
        retains: false,
        duration: "1 day",
        slow: [slow]
      })
      const first = yield* Scope.fork(yield* Effect.scope)
      yield* Scope.provide(join("first"), first)
      yield* Effect.gen(function*() {
        const ids = yield* Effect.forEach(batches, PilotBatch.start)
        yield* until(() => (begun.get(slow) ?? 0) >= endpoints.length)
        yield* Effect.forEach(ids, (id) => PilotBatch.PilotBatch.interrupt(id))
        yield* join("second")
        if (how === "loses a runner that stops") yield* Scope.close(first, Exit.void)
        const ended = yield* Effect.forEach(
          ids,
          (id) =>
            Effect.repeat(Effect.delay(PilotBatch.PilotBatch.poll(id), "200 millis"), {
              until: Option.exists(({ _tag }) => _tag === "Complete")
            })
        ).pipe(Effect.timeout(soon))
        const wasInterrupted = ended.map(
          Option.exists((result) => result._tag === "Complete" && Exit.hasInterrupts(result.exit))
        )
        assert.deepStrictEqual(wasInterrupted, ids.map(() => true))
      }).pipe(Effect.provide(client))
      // A removal takes a moment.
      yield* Effect.timeout(Effect.repeat(left, { until: (jobs) => jobs === 0 }), soon)
    }).pipe(Effect.scoped, quiet, Effect.provide(NodeServices.layer)))
}
