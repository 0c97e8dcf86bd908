/**
 * The services of a compute element through a cluster. One process at a time, the owner, runs HTCondor's tools for it.
 *
 * @since 0.1.0
 */
import type { Sharding } from "effect/cluster/Sharding"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import type { Directory } from "../ce/ComputeElements.ts"
import * as Endpoint from "../ce/Endpoint.ts"
import type * as HTCondorCE from "../ce/HTCondorCE.ts"
import type { ScheddTransport } from "../condor/Schedd.ts"
import { OutputRetriever, RepeatableOutputRetriever } from "../contract/Capability.ts"
import * as Remote from "./internal/Remote.ts"
import * as RemoteRetriever from "./internal/RemoteRetriever.ts"
import * as Serve from "./internal/Serve.ts"
import type { SecretSealer } from "./SecretSealer.ts"

type Needed = Sharding | SecretSealer | Path.Path

// The id of the entity is the address, so that all names of a compute element mean one entity.
const remote = (endpoint: string) =>
  Effect.flatMap(Effect.fromResult(Endpoint.make(endpoint)), ({ address }) => Remote.make(address))

/**
 * The services of `HTCondorCE.layer` through the cluster. Each call is a request to the owner of the compute element, in whichever
 * process that is.
 *
 * **Details**
 *
 * `endpoint` is the address at which the directory of the runners has the compute element. The layer sends nothing when it is built.
 *
 * A relative path is resolved in the working directory of the caller. The owner reads and writes the files, so executables, inputs
 * and destinations must be on a file system that all runners share.
 *
 * The secrets of copies are sealed for the way to the owner (`SecretSealer`). The database stores nothing of a call.
 *
 * **Gotchas**
 *
 * A call waits for as long as no runner owns the compute element. It has no timeout: use `Effect.timeout`.
 *
 * If the owner dies, the engine sends the call to the next owner, so it may run twice. The key makes that harmless for a submission,
 * and `isNew` is ignored for the same reason. A fetch that succeeded before its owner died gives `AlreadyRetrieved`, with the manifest.
 *
 * The `fence` of a submission runs in the process of the caller, before the request is sent, and again if an owner answers that it has
 * lost its lock. It does not run when the request is sent to the next owner because an owner has died or stopped. Time passes between it
 * and `condor_submit`. The owner has its own fence, the age of its lock, which runs immediately before `condor_submit`.
 *
 * A call fails with `BackendFailed` if the cluster does not deliver it: `retry` is `Later`, or `AfterRepair` if no runner has
 * {@link layerServer} of this version.
 *
 * A query for more than 20,000 jobs, and a fetch of more than 1,000, are sent in parts. A submission is one message. A message of
 * more than 1 GiB does not arrive, and its caller waits.
 *
 * **Example** (Submitting and fetching through a cluster)
 *
 * ```ts
 * import { Effect, FileSystem, Layer } from "effect"
 * import { Capability, Credential, JobStatus, Outcomes, ScheddTransport, SubmissionKey } from "effect-htcondor-ce"
 * import { Cluster, ClusterCE, ClusterStorage, SecretSealer } from "effect-htcondor-ce/cluster"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const credentials = Credential.layerToken(FakeSchedd.token("pilot"))
 * const sealer = Layer.unwrap(Effect.map(SecretSealer.generateKey("process"), (key) => SecretSealer.layer([key])))
 *
 * const services = Layer.merge(
 *   ClusterCE.layer("ce.example.org"),
 *   ClusterCE.layerServer((endpoint) => ({ endpoint, credentials }))
 * ).pipe(
 *   Layer.provide(Cluster.layerSingle({ storage: ClusterStorage.layerSqlite(":memory:") })),
 *   Layer.provide([sealer, ScheddTransport.layerTools()])
 * )
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { waitFor } = yield* Capability.StatusReporter
 *   const { fetch } = yield* Capability.OutputRetriever
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   yield* waitFor(handles, { until: JobStatus.isTerminal })
 *   const outputs = yield* fetch(handles, yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped())
 *   assert.deepStrictEqual(Outcomes.failures(outputs), [])
 * }).pipe(Effect.provide(services))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  endpoint: string
): Layer.Layer<HTCondorCE.Capabilities, Endpoint.InvalidEndpoint, Needed> =>
  Layer.effectContext(
    Effect.map(remote(endpoint), (ce) => Context.add(ce.capabilities, OutputRetriever, RemoteRetriever.once(ce)))
  )

/**
 * The services of `HTCondorCE.layerRetaining` through the cluster. See {@link layer}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerRetaining = (
  endpoint: string
): Layer.Layer<HTCondorCE.RetainingCapabilities, Endpoint.InvalidEndpoint, Needed> =>
  Layer.effectContext(
    Effect.map(
      remote(endpoint),
      (ce) => Context.add(ce.capabilities, RepeatableOutputRetriever, RemoteRetriever.repeatable(ce))
    )
  )

type Server = Layer.Layer<
  never,
  never,
  Sharding | SecretSealer | ScheddTransport | FileSystem.FileSystem | Path.Path
>

/**
 * Makes a runner an owner of compute elements: it answers for those that the cluster assigns to it.
 *
 * **Details**
 *
 * `directory` returns the configuration and the credentials of a compute element for its address, `<host>:<port>` in lower case. It
 * must be the same at all runners. If it returns `undefined`, each call fails with `BackendFailed` and `retry: "Never"`.
 *
 * The owner builds a backend at the first call, and releases it after five minutes without a call.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerServer = (directory: Directory): Server => Serve.layer(directory, Serve.once)

/**
 * The same as {@link layerServer} for compute elements that keep output until `purge`. Callers use {@link layerRetaining}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerServerRetaining = (directory: Directory): Server => Serve.layer(directory, Serve.retaining)
