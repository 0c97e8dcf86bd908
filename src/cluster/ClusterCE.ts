/**
 * The services of a backend by way of a cluster: one process at a time runs HTCondor's tools for a compute element.
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

// The id of the entity: all names of a compute element are one.
const remote = (endpoint: string) =>
  Effect.flatMap(Effect.fromResult(Endpoint.make(endpoint)), ({ address }) => Remote.make(address))

/**
 * What `HTCondorCE.layer` provides, by way of the cluster: the owner of the compute element does it, in whichever process it is.
 *
 * **Details**
 *
 * `endpoint` is the name by which the directory of the runners knows the compute element. Nothing is asked when the layer is built.
 *
 * Paths mean the same as without a cluster: a relative one is resolved here, in the working directory of the caller. The owner
 * reads and writes them, so that executables, inputs and destinations must be on a file system that all runners share.
 *
 * Secrets of copies travel sealed (`SecretSealer`). Nothing of a call rests in the database.
 *
 * **Gotchas**
 *
 * A call waits for as long as no runner owns the compute element: there is no timeout but `Effect.timeout`. A call whose owner
 * dies is sent to the next one, so that it may run twice. For a submission the key makes that harmless; a fetch that has
 * succeeded at an owner that died answers `AlreadyRetrieved`, with the manifest. `isNew` of a submission is ignored for the same
 * reason.
 *
 * The `fence` of a submission runs in the process of the caller, before each time that the request is sent to an owner. Time passes
 * between it and `condor_submit`. The owner has its own fence, the age of its lock, which runs immediately before `condor_submit`.
 *
 * A call fails with `BackendFailed` if the cluster does not deliver it: `retry` is `Later`, or `AfterRepair` if no runner has
 * {@link layerServer} of this version.
 *
 * A question about more than 20,000 jobs, or a fetch of more than 1,000, is asked in parts. A message of more than 1 GiB does not
 * arrive, and its caller waits: a submission is one message.
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
 * What `HTCondorCE.layerRetaining` provides, by way of the cluster. See {@link layer}.
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
 * What makes a process an owner of compute elements: it answers for those that the cluster gives to it.
 *
 * **Details**
 *
 * `directory` gives the configuration and the credentials of a compute element by its address, `<host>:<port>` in lower case. It
 * must be the same at all runners. What it does not know answers `BackendFailed`.
 *
 * A backend is built at the first question, and released after five minutes without one.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerServer = (directory: Directory): Server => Serve.layer(directory, Serve.once)

/**
 * The same as {@link layerServer}, for compute elements that keep output: callers use {@link layerRetaining}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerServerRetaining = (directory: Directory): Server => Serve.layer(directory, Serve.retaining)
