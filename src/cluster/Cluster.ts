/**
 * The processes of a cluster. A runner owns compute elements and runs tools for them. A client only asks runners.
 *
 * @since 0.1.0
 */
import * as NodeClusterSocket from "@effect/platform-node/NodeClusterSocket"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import * as ClusterWorkflowEngine from "effect/cluster/ClusterWorkflowEngine"
import type * as MessageStorage from "effect/cluster/MessageStorage"
import * as RunnerAddress from "effect/cluster/RunnerAddress"
import * as RunnerHealth from "effect/cluster/RunnerHealth"
import * as Runners from "effect/cluster/Runners"
import * as RunnerStorage from "effect/cluster/RunnerStorage"
import * as Sharding from "effect/cluster/Sharding"
import * as ShardingConfig from "effect/cluster/ShardingConfig"
import * as SocketRunner from "effect/cluster/SocketRunner"
import * as SqlMessageStorage from "effect/cluster/SqlMessageStorage"
import * as SqlRunnerStorage from "effect/cluster/SqlRunnerStorage"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as RpcSerialization from "effect/rpc/RpcSerialization"
import type * as SocketServer from "effect/socket/SocketServer"
import type * as SqlClient from "effect/sql/SqlClient"
import type * as SqlError from "effect/sql/SqlError"
import type * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import type * as ClusterStorage from "./ClusterStorage.ts"
import * as HeldMessages from "./internal/HeldMessages.ts"
import * as LeasedMessages from "./internal/LeasedMessages.ts"
import * as Listening from "./internal/Listening.ts"
import * as Mutual from "./internal/Mutual.ts"
import * as PatientMessages from "./internal/PatientMessages.ts"
import * as ShardLease from "./internal/ShardLease.ts"
import * as Tuning from "./internal/tuning.ts"

export {
  /**
   * A runner refuses to listen at an address that is neither loopback nor private.
   *
   * @category errors
   * @since 0.1.0
   */
  ListeningRefused
} from "./internal/Listening.ts"

export type {
  /**
   * The TLS certificate of a process, its key, and the authority that signed the certificates of all processes.
   *
   * @category models
   * @since 0.1.0
   */
  Tls
} from "./internal/Mutual.ts"

/**
 * The services of the engine in each process of a cluster. Layers such as `ClusterCE.layerServer` need them.
 *
 * @category models
 * @since 0.1.0
 */
export type Services =
  | Sharding.Sharding
  | MessageStorage.MessageStorage
  | WorkflowEngine.WorkflowEngine
  | SqlClient.SqlClient

/**
 * The options of every process of a cluster.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** The database, the same for all processes of a cluster: {@link ClusterStorage.layerSqlite} or `layerPostgres`. */
  readonly storage: ClusterStorage.Storage
  /**
   * Settings of `effect/cluster` that replace those of {@link timing} and the engine's defaults. `shardsPerGroup` must be the same
   * in all processes of a cluster, for as long as its database lives.
   */
  readonly sharding?: Partial<ShardingConfig.ShardingConfig["Service"]> | undefined
}

/**
 * The options of a process that speaks with runners over TCP.
 *
 * @category options
 * @since 0.1.0
 */
export interface ClientOptions extends Options {
  /** Speak TLS 1.3, and only with processes that show a certificate of the same authority. Either all processes have it, or none. */
  readonly tls?: Mutual.Tls | undefined
}

/**
 * The options of a runner.
 *
 * @category options
 * @since 0.1.0
 */
export interface RunnerOptions extends ClientOptions {
  /** The host name or address at which this runner listens, and at which other processes find it. Default: `"127.0.0.1"`. */
  readonly host?: string | undefined
  /** The TCP port at which this runner listens. Default: 34431. */
  readonly port?: number | undefined
  /** Listen at any address, also without TLS. Any process that reaches the port can then submit, cancel and fetch. Default: `false`. */
  readonly exposed?: boolean | undefined
}

/**
 * The settings of `effect/cluster` for which HTCondor needs other values than the engine's defaults.
 *
 * **Details**
 *
 * - `entityTerminationTimeout`, 2 minutes: the time that a runner that stops gives to running operations, for example to a
 *   `condor_submit` that sends input. The service manager must wait longer. The engine's 15 s would interrupt submissions in each
 *   deployment.
 * - `shardLockExpiration`, 15 s: a runner that does not renew its locks for this time loses its CEs to others. A shorter time
 *   makes failover faster, but a process that stands still for that time loses all its CEs.
 * - `shardLockRefreshInterval`, 3 s: the pause between two renewals, and the timeout of each. After a timeout a runner takes no work
 *   until a renewal succeeds.
 * - `refreshAssignmentsInterval`, 0.5 s, and `runnerHealthCheckInterval`, 5 s: about 10 s after a `kill -9` other runners take over.
 *   Each runner queries the database twice a second.
 * - `entityMessagePollInterval`, 1 s: the longest delay of a message that was stored while its runner changed.
 *
 * @category options
 * @since 0.1.0
 */
export const timing = {
  entityTerminationTimeout: "2 minutes",
  shardLockExpiration: "15 seconds",
  shardLockRefreshInterval: "3 seconds",
  refreshAssignmentsInterval: "500 millis",
  runnerHealthCheckInterval: "5 seconds",
  entityMessagePollInterval: "1 second"
} as const satisfies Partial<ShardingConfig.ShardingConfig["Service"]>

const config = (
  options: Options,
  addresses: Pick<ShardingConfig.ShardingConfig["Service"], "runnerAddress" | "runnerListenAddress">
) => ShardingConfig.layer({ ...timing, ...options.sharding, ...addresses })

const nowhere = { runnerAddress: Option.none(), runnerListenAddress: Option.none() } as const

const messages = SqlMessageStorage.layer.pipe(Layer.provide(NodeCrypto.layerDigest))

// `Layer.fresh`: a program may have several of these layers, for example a runner and a client, and they share nothing.
const serialization = RpcSerialization.layerSchemaBinary({ maxFrameSize: Tuning.longestMessage })

const protocol = ({ tls }: ClientOptions) =>
  tls === undefined ? NodeClusterSocket.layerClientProtocol : Mutual.layerClient(tls)

/**
 * A cluster of one process. It opens no port.
 *
 * **When to use**
 *
 * Use it in a program that must continue after a crash, and that runs in one process. For several processes, also on one machine,
 * use {@link layerRunner}.
 *
 * **Gotchas**
 *
 * Nothing prevents a second process over the same storage. The two would do everything twice, and only the submission keys would
 * prevent duplicate jobs.
 *
 * **Example** (Waiting for a batch of pilots)
 *
 * ```ts
 * import { Effect, FileSystem, Layer } from "effect"
 * import { Credential, ScheddTransport, SubmissionKey } from "effect-htcondor-ce"
 * import { Cluster, ClusterCE, ClusterStorage, PilotBatch, SecretSealer, SecretSource } from "effect-htcondor-ce/cluster"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const credentials = Credential.layerToken(FakeSchedd.token("pilot"))
 * const sealer = Layer.unwrap(Effect.map(SecretSealer.generateKey("process"), (key) => SecretSealer.layer([key])))
 *
 * const wms = Layer.merge(
 *   ClusterCE.layerServer((endpoint) => ({ endpoint, credentials })),
 *   PilotBatch.layer
 * ).pipe(
 *   Layer.provideMerge(Cluster.layerSingle({ storage: ClusterStorage.layerSqlite(":memory:") })),
 *   Layer.provideMerge([sealer, SecretSource.layerNone, ScheddTransport.layerTools()])
 * )
 *
 * export const program = Effect.gen(function*() {
 *   const { jobs } = yield* PilotBatch.execute({
 *     endpoint: "ce.example.org",
 *     key: SubmissionKey.SubmissionKey.make("task-42"),
 *     spec: { executable: "/bin/true" },
 *     copies: [{ environment: { PILOT: "a" } }, { environment: { PILOT: "b" } }],
 *     destination: yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped()
 *   })
 *   assert.deepStrictEqual(jobs.map(({ _tag }) => _tag), ["Fetched", "Fetched"])
 * }).pipe(Effect.provide(wms))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerSingle = (options: Options): Layer.Layer<Services, SqlError.SqlError> =>
  ClusterWorkflowEngine.layer.pipe(
    Layer.provideMerge(Sharding.layer),
    Layer.provide([Runners.layerNoop, RunnerStorage.layerMemory, RunnerHealth.layerNoop]),
    Layer.provideMerge(PatientMessages.layer),
    Layer.provideMerge(HeldMessages.layer),
    Layer.provideMerge(messages),
    Layer.provide(config(options, { ...nowhere, runnerAddress: Option.some(RunnerAddress.make("localhost", 0)) })),
    Layer.fresh,
    Layer.provideMerge(options.storage)
  )

/**
 * A process that owns its share of the CEs and workflows of a cluster. It takes over the share of a runner that is gone.
 *
 * **Details**
 *
 * It needs `ClusterCE.layerServer` and `PilotBatch.layer` on top. Runners speak TCP with each other. Without `tls` this has neither
 * encryption nor authentication. Then the layer listens only at a loopback or private address (RFC 1918, `fc00::/7`,
 * link-local), and fails with `ListeningRefused` for any other.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerRunner = (
  options: RunnerOptions
): Layer.Layer<Services, SqlError.SqlError | SocketServer.SocketServerError | Listening.ListeningRefused> =>
  Layer.unwrap(Effect.gen(function*() {
    const { exposed = false, host = "127.0.0.1", port = 34431, tls } = options
    const listen = exposed || tls !== undefined ? host : yield* Listening.privateAddress(host)
    const server = tls === undefined
      ? NodeSocketServer.layer({ host: listen, port })
      : Mutual.layerServer(tls, listen, port)
    return ClusterWorkflowEngine.layer.pipe(
      Layer.provideMerge(SocketRunner.layer),
      Layer.provide([server, RunnerHealth.layerPing.pipe(Layer.provide(Runners.layerRpc))]),
      Layer.provide(protocol(options)),
      Layer.provideMerge(PatientMessages.layer),
      Layer.provideMerge(HeldMessages.layer),
      Layer.provideMerge(LeasedMessages.layer),
      Layer.provideMerge(ShardLease.layer),
      Layer.provide(SqlRunnerStorage.layer),
      Layer.provideMerge(messages),
      Layer.provide(config(options, { ...nowhere, runnerAddress: Option.some(RunnerAddress.make(host, port)) })),
      Layer.provide(serialization),
      Layer.fresh,
      Layer.provideMerge(options.storage)
    )
  }))

/**
 * A process that only asks: it owns no CE and runs no workflow. It opens no port. It must reach the storage and the ports of the
 * runners.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerClient = (options: ClientOptions): Layer.Layer<Services, SqlError.SqlError> =>
  ClusterWorkflowEngine.layer.pipe(
    Layer.provideMerge(SocketRunner.layerClientOnly),
    Layer.provide(protocol(options)),
    Layer.provide(SqlRunnerStorage.layer),
    Layer.provideMerge(messages),
    Layer.provide(config(options, nowhere)),
    Layer.provide(serialization),
    Layer.fresh,
    Layer.provideMerge(options.storage)
  )
