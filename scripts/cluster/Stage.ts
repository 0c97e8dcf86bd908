/** A cluster in a temporary directory: a grid, runner processes over one SQLite file, and batches for them. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { Cluster, ClusterStorage, type PilotBatch, SecretSealer } from "../../src/cluster/index.ts"
import { SubmissionKey } from "../../src/index.ts"
import { FakeSchedd } from "../../src/testing/index.ts"
import * as Ports from "../../test/cluster/Ports.ts"
import * as Grid from "./Grid.ts"
import { type Event, secretOf, timing } from "./Orders.ts"
import * as Runners from "./Runners.ts"

/**
 * - `size`: how many compute elements
 * - `expiration`: of the locks, in seconds
 * - `onEvent`: gets what runners tell
 */
export interface Options {
  readonly size: number
  readonly expiration: number
  readonly onEvent: (runner: string, event: typeof Event.Type) => Effect.Effect<void>
}

/** All that one cluster consists of, for as long as the scope lives. */
export const make = Effect.fnUntraced(function*({ expiration, onEvent, size }: Options) {
  const fileSystem = yield* FileSystem.FileSystem
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "cluster-" })
  const database = `${directory}/database`
  yield* fileSystem.makeDirectory(database)
  const executable = `${directory}/pilot.sh`
  yield* fileSystem.writeFileString(executable, "#!/bin/sh\n", { mode: 0o755 })
  const keyFile = `${directory}/cluster.key`
  yield* SecretSealer.writeKeyFile(keyFile, [yield* SecretSealer.generateKey("1")])
  const storage = ClusterStorage.layerSqlite(`${database}/cluster.sqlite`)
  const grid = yield* Grid.make(size)

  /** Where a runner listens, which is the same after each of its restarts, and its own way to the tools. */
  const place = Effect.fnUntraced(function*(name: string, through?: Grid.Through) {
    const socket = `${directory}/${name}.socket`
    yield* grid.serve(socket, through)
    const orders = {
      socket,
      database: `${database}/cluster.sqlite`,
      keyFile,
      temporaryDirectory: directory,
      token: Redacted.value(FakeSchedd.token("pilot")),
      port: yield* Ports.free,
      expiration
    }
    return { start: Runners.start(orders, `${directory}/cache`, (event) => onEvent(name, event)) }
  })

  const batch = Effect.fnUntraced(function*(endpoint: string, copies: number, seconds: number) {
    const key = yield* SubmissionKey.generate
    const copy = (index: number) => ({ environment: { PILOT: `${key}/${index}`, SECONDS: String(seconds) } })
    return {
      endpoint,
      key,
      spec: { executable },
      copies: [copy(0), ...Array.from({ length: copies - 1 }, (_, index) => copy(index + 1))],
      destination: `${directory}/output/${key}`
    } as const satisfies PilotBatch.Batch
  })

  /** What is wrong with a batch that has ended: nothing, if each copy has its own output, and no other. */
  const faultsOf = Effect.fnUntraced(
    function*({ copies, destination, key }: PilotBatch.Batch, { jobs }: PilotBatch.Collection) {
      const faults: Array<string> = []
      for (const [index, job] of jobs.entries()) {
        const pilot = `${key}/${index}`
        if (job._tag !== "Fetched") faults.push(`${pilot} is ${job._tag}`)
        else {
          const stdout = yield* fileSystem.readFileString(`${job.directory}/stdout`)
          if (stdout !== Grid.outputOf(pilot, Redacted.value(secretOf(key, index)))) faults.push(`${pilot}: ${stdout}`)
        }
      }
      const directories = yield* fileSystem.readDirectory(destination)
      if (jobs.length !== copies.length || directories.length !== copies.length) {
        faults.push(`${key}: ${jobs.length} jobs, ${directories.length} outputs: ${directories.join(" ")}`)
      }
      return faults
    }
  )

  return {
    grid,
    place,
    batch,
    faultsOf,
    /** The process that starts batches, without a runner. */
    client: Layer.merge(
      Cluster.layerClient({ storage, sharding: timing(expiration) }),
      NodeServices.layer
    ),
    /** The files of the database that contain one of these texts. */
    inDatabase: (texts: ReadonlyArray<string>) => Grid.containing(database, texts),
    /** Deletes the database. Nobody must use it. */
    deleteDatabase: fileSystem.remove(database, { recursive: true }).pipe(
      Effect.andThen(fileSystem.makeDirectory(database))
    )
  }
})

/** A cluster. */
export type Stage = Effect.Success<ReturnType<typeof make>>
