/** A cluster in a temporary directory: a grid, runner processes over one database, and batches for them. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as PlatformError from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import { Cluster, type PilotBatch, SecretSealer } from "../../src/cluster/index.ts"
import { SubmissionKey } from "../../src/index.ts"
import { FakeSchedd } from "../../src/testing/index.ts"
import * as Ports from "../../test/cluster/Ports.ts"
import * as Clients from "./Clients.ts"
import * as Grid from "./Grid.ts"
import { type Event, secretOf, storageOf, timing } from "./Orders.ts"
import * as Runners from "./Runners.ts"

/**
 * The database of a cluster.
 *
 * - `address`: a file, or the URL of one on PostgreSQL
 * - `containing`: the places where it contains a text
 * - `remake`: deletes it, and creates an empty one. No process may use it at that time
 */
export interface Database {
  readonly address: string
  readonly containing: (text: string) => Effect.Effect<ReadonlyArray<string>, PlatformError.PlatformError>
  readonly remake: Effect.Effect<void, PlatformError.PlatformError>
}

/** A file in a separate directory. */
const sqlite = Effect.fnUntraced(function*(directory: string): Effect.fn.Return<
  Database,
  PlatformError.PlatformError,
  FileSystem.FileSystem
> {
  const fileSystem = yield* FileSystem.FileSystem
  const make = fileSystem.makeDirectory(directory)
  yield* make
  return {
    address: `${directory}/cluster.sqlite`,
    containing: (texts) => Effect.provideService(Grid.containing(directory, texts), FileSystem.FileSystem, fileSystem),
    remake: Effect.andThen(fileSystem.remove(directory, { recursive: true }), make)
  }
})

/**
 * - `size`: the number of compute elements
 * - `expiration`: the expiration of locks, in seconds
 * - `database`: default: a file of SQLite
 * - `onEvent`: gets the events of runners
 */
export interface Options {
  readonly size: number
  readonly expiration: number
  readonly database?: Database | undefined
  readonly onEvent: (runner: string, event: typeof Event.Type) => Effect.Effect<void>
}

/** All parts of one cluster, until the scope ends. */
export const make = Effect.fnUntraced(function*({ database: given, expiration, onEvent, size }: Options) {
  const fileSystem = yield* FileSystem.FileSystem
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "cluster-" })
  const database = given ?? (yield* sqlite(`${directory}/database`))
  const temporaryDirectory = `${directory}/temporary`
  yield* fileSystem.makeDirectory(temporaryDirectory)
  const executable = `${directory}/pilot.sh`
  yield* fileSystem.writeFileString(executable, "#!/bin/sh\n", { mode: 0o755 })
  const keyFile = `${directory}/cluster.key`
  yield* SecretSealer.writeKeyFile(keyFile, [yield* SecretSealer.generateKey("1")])
  const grid = yield* Grid.make(size)

  /** The port of a runner, which stays the same when it is restarted, and its access to the tools. */
  const place = Effect.fnUntraced(function*(name: string, through?: Grid.Through) {
    const socket = `${directory}/${name}.socket`
    yield* grid.serve(socket, through)
    const orders = {
      tools: { socket },
      database: database.address,
      keyFile,
      temporaryDirectory,
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

  /** The faults of a batch that has ended: none, if each copy has its own output, and no other. */
  const faultsOf = Effect.fnUntraced(
    function*({ copies, destination, key }: PilotBatch.Batch, { jobs }: PilotBatch.Collection) {
      const faults: Array<string> = []
      for (const [index, job] of jobs.entries()) {
        const pilot = `${key}/${index}`
        if (job._tag === "Failed") faults.push(`${pilot} has failed: ${job.error._tag}: ${job.error.message}`)
        else if (job._tag !== "Fetched") faults.push(`${pilot} is ${job._tag}`)
        else {
          const stdout = yield* fileSystem.readFileString(`${job.directory}/stdout`)
          if (stdout !== Grid.outputOf(pilot, Redacted.value(secretOf(key, index)))) faults.push(`${pilot}: ${stdout}`)
        }
      }
      // A killed runner leaves its private directory, until the next fetch to the same place.
      const directories = (yield* fileSystem.readDirectory(destination)).filter((name) => !name.startsWith("."))
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
    database,
    /** A client in this process. */
    client: Layer.merge(
      Cluster.layerClient({ storage: storageOf(database.address), sharding: timing(expiration) }),
      NodeServices.layer
    ),
    /** A client in a separate process. */
    startClient: Clients.make({ database: database.address, expiration }, `${directory}/cache`),
    /** The files that runners have left in their temporary directory. */
    leftBehind: fileSystem.readDirectory(temporaryDirectory)
  }
})

/** A cluster. */
export type Stage = Effect.Success<ReturnType<typeof make>>
