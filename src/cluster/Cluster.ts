/**
 * Processes that make up a cluster: runners, which run the tools of the compute elements that are theirs, and clients.
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
import * as LeasedMessages from "./internal/LeasedMessages.ts"
import * as Listening from "./internal/Listening.ts"
import * as Mutual from "./internal/Mutual.ts"
import * as ShardLease from "./internal/ShardLease.ts"
import * as Tuning from "./internal/tuning.ts"

export {
  /**
   * A runner does not listen where others than its own machine and its own network may reach it.
   *
   * @category errors
   * @since 0.1.0
   */
  ListeningRefused
} from "./internal/Listening.ts"

export type {
  /**
   * The certificate of a runner and its key, and the authority that has signed those of all runners. All are texts in PEM.
   *
   * @category models
   * @since 0.1.0
   */
  Tls
} from "./internal/Mutual.ts"

/**
 * What each process of a cluster has: entities and workflows are registered with it, and asked through it.
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
 * What all processes of a cluster are told.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** The database. All processes of a cluster use the same one. */
  readonly storage: ClusterStorage.Storage
  /**
   * Settings of `effect/cluster` in place of those in `timing` and of its own defaults. `shardsPerGroup` must be the same in all
   * processes of a cluster, for as long as its database lives.
   */
  readonly sharding?: Partial<ShardingConfig.ShardingConfig["Service"]> | undefined
}

/**
 * Options of a process that others speak to, or that speaks to them.
 *
 * @category options
 * @since 0.1.0
 */
export interface ClientOptions extends Options {
  /** Speak TLS, and only with those that have a certificate of the same authority. All processes must, or none. */
  readonly tls?: Mutual.Tls | undefined
}

/**
 * Options of a runner.
 *
 * @category options
 * @since 0.1.0
 */
export interface RunnerOptions extends ClientOptions {
  /** The name or address at which this runner listens, and at which all others find it. Default: `"127.0.0.1"`. */
  readonly host?: string | undefined
  /** Default: 34431. */
  readonly port?: number | undefined
  /** Listen at any address, also without TLS. Whoever reaches the port can then submit, cancel and fetch. Default: `false`. */
  readonly exposed?: boolean | undefined
}

/**
 * Settings of `effect/cluster` that fit HTCondor, where its own defaults do not.
 *
 * - `entityTerminationTimeout`, 2 minutes: how long a runner that stops waits for what it runs, for example a `condor_submit` with
 *   its input. What stops the process must be more patient. The default of 15 s would interrupt submissions in each deployment.
 * - `shardLockExpiration`, 15 s: a runner that says nothing for so long has lost its CEs to others. Shorter is a faster failover,
 *   and a process that stands still for that time loses all it has.
 * - `shardLockRefreshInterval`, 3 s: a question about locks that takes longer counts as lost, and a runner that has lost one stops
 *   taking work until the next is answered.
 * - `refreshAssignmentsInterval`, `runnerHealthCheckInterval`, 0.5 s and 5 s: after a `kill -9` others go on about 10 s later. Each
 *   runner asks the database twice a second who is there.
 * - `entityMessagePollInterval`, 1 s: how late a message comes that was stored for a runner that has changed.
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

// All of this is made anew for each layer (`fresh`): a program may have several of them, for example a runner and a client.
const serialization = RpcSerialization.layerSchemaBinary({ maxFrameSize: Tuning.longestMessage })

const protocol = ({ tls }: ClientOptions) =>
  tls === undefined ? NodeClusterSocket.layerClientProtocol : Mutual.layerClient(tls)

/**
 * A cluster of one process, for a program that only wants to go on after a crash. It opens no port.
 *
 * Nothing keeps a second process from the same storage: the two would do everything twice, and the submission keys alone would hold
 * it together. For several processes, on one machine too, take `layerRunner`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerSingle = (options: Options): Layer.Layer<Services, SqlError.SqlError> =>
  ClusterWorkflowEngine.layer.pipe(
    Layer.provideMerge(Sharding.layer),
    Layer.provide([Runners.layerNoop, RunnerStorage.layerMemory, RunnerHealth.layerNoop]),
    Layer.provideMerge(messages),
    Layer.provide(config(options, { ...nowhere, runnerAddress: Option.some(RunnerAddress.make("localhost", 0)) })),
    Layer.fresh,
    Layer.provideMerge(options.storage)
  )

/**
 * A process that runs CEs and workflows, besides others of the same storage. It takes its share of them, and that of a runner that
 * is gone.
 *
 * Runners speak TCP with each other. Unless `tls` is given, this has neither encryption nor authentication: `layerRunner` listens
 * at a loopback or private address only (RFC 1918, `fc00::/7`, link-local), and fails with `ListeningRefused` otherwise.
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
 * A process that asks, and runs nothing. It opens no port; it must reach the storage, and the ports of the runners.
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
