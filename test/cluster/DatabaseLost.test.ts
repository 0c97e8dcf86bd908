/** The database is a cache: the test deletes it while batches run. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Duration, Effect, FileSystem, Layer, Redacted, Schedule } from "effect"
import { Cluster, ClusterCE, ClusterStorage, PilotBatch, SecretSource } from "../../src/cluster/index.ts"
import { JobOutput, ScheddTransport, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import { element, residue, sealer, Temporary } from "../testing/FakeSite.ts"

const play = ({ environment }: FakeSchedd.PayloadJob): FakeSchedd.Payload => ({
  duration: Duration.minutes(Number(environment["MINUTES"])),
  stdout: environment["NAME"] ?? ""
})

/** A process over a database, until it ends. */
const life = (database: string) =>
  Layer.unwrap(Effect.gen(function*() {
    const fake = yield* element
    return Layer.merge(ClusterCE.layerServer(() => fake), PilotBatch.layer)
  })).pipe(
    Layer.provideMerge(Cluster.layerSingle({ storage: ClusterStorage.layerSqlite(database) })),
    Layer.provide([
      sealer,
      ScheddTransport.layerTools({ byName: true }),
      SecretSource.layer((key, copy) => Effect.succeed({ "secret.txt": Redacted.make(`${key}-${copy}`) }))
    ]),
    Layer.fresh
  )

const site = FakeSchedd.layer({ version: "latest", payload: play, slots: 4 }).pipe(
  Layer.provideMerge(Temporary.layer),
  Layer.provideMerge(NodeServices.layer)
)

/** Waits until the queue has this number of jobs. */
const untilQueued = (count: number) =>
  FakeSchedd.FakeSchedd.use(({ queue }) =>
    Effect.repeat(queue, { until: (jobs) => jobs.length === count, schedule: Schedule.spaced("1 second") })
  )

/** How long the copies run: of a batch that has ended when the database is lost, and of two that have not. */
const minutes = {
  over: [1, 1],
  "under-way": [1, 10, 10],
  waiting: [1, 1]
} as const

it.effect("after the database is lost, no job runs twice, and each output exists once", () =>
  TimeLapse.run(
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const fileSystem = yield* FileSystem.FileSystem
      const { directory } = yield* Temporary
      const executable = `${directory}-pilot.sh`
      const destination = `${directory}-output`
      yield* fileSystem.writeFileString(executable, "#!/bin/sh\n")
      const database = `${yield* fileSystem.makeTempDirectoryScoped()}/database`
      const [over, underWay, waiting] = Object.entries(minutes).map(([name, [first, ...others]]): PilotBatch.Batch => {
        const copy = (lasts: number, index: number) => ({
          environment: { NAME: `${name}-${index}`, MINUTES: String(lasts) }
        })
        return {
          endpoint: fake.endpoint,
          key: SubmissionKey.SubmissionKey.make(name),
          spec: { executable },
          copies: [copy(first, 0), ...others.map((lasts, index) => copy(lasts, index + 1))],
          destination
        }
      })
      if (over === undefined || underWay === undefined || waiting === undefined) return assert.fail("three batches")

      const before = yield* Effect.gen(function*() {
        const first = yield* PilotBatch.execute(over)
        yield* PilotBatch.start(underWay)
        yield* untilQueued(3)
        // One slot is free for its two copies, until the first copy of the other batch ends.
        yield* PilotBatch.start(waiting)
        yield* untilQueued(5)
        yield* Effect.sleep("1 minute")
        return first
      }).pipe(Effect.provide(life(database)))
      assert.strictEqual((yield* fake.queue).length, 5)
      assert.isTrue(yield* fileSystem.exists(database))
      for (const file of ["", "-wal", "-shm"]) yield* fileSystem.remove(database + file, { force: true })

      const after = yield* Effect.forEach([over, underWay, waiting], PilotBatch.execute, { concurrency: "unbounded" })
        .pipe(Effect.provide(life(database)))
      assert.deepStrictEqual(after.map(({ adopted }) => adopted), [true, true, true])
      // The batch finds output that was fetched before by its manifest.
      assert.deepStrictEqual(after[0]?.jobs, before.jobs)

      const texts = yield* Effect.forEach(after.flatMap(({ jobs }) => jobs), (job) =>
        job._tag === "Fetched" ? fileSystem.readFileString(`${job.directory}/stdout`) : Effect.die(job))
      const names = Object.entries(minutes).flatMap(([name, copies]) =>
        copies.map((_, index) => `${name}-${index}`)
      )
      assert.deepStrictEqual(texts, names)
      const directories = after.flatMap(({ jobs }) => jobs.map(({ handle }) => JobOutput.directoryName(handle)))
      const there = yield* fileSystem.readDirectory(destination)
      assert.deepStrictEqual(there.filter((name) => !name.startsWith(".")).toSorted(), directories.toSorted())
      const submissions = (yield* fake.calls).filter(({ tool }) => tool === "condor_submit")
      assert.lengthOf(submissions, 3)
      assert.lengthOf(yield* fake.history, names.length)
      assert.deepStrictEqual(yield* residue, [])
    }).pipe(Effect.scoped),
    { step: "5 seconds", longest: "1 minute" }
  ).pipe(Effect.provide(site)))
