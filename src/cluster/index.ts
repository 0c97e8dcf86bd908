/**
 * The library beyond one process and one machine, on Effect's own cluster and workflow engine.
 *
 * Unstable, as `effect/cluster`, `effect/workflow` and `effect/sql` are: it may change in any release.
 *
 * @since 0.1.0
 */

/** Processes that make up a cluster. */
export * as Cluster from "./Cluster.ts"

/** Where the cluster keeps what has been asked of it. */
export * as ClusterStorage from "./ClusterStorage.ts"

/** Deletes what ended long ago. */
export * as Janitor from "./Janitor.ts"

/** Copies whose secrets are sealed. */
export * as SealedCopy from "./SealedCopy.ts"

/** Seals secrets and opens them. */
export * as SecretSealer from "./SecretSealer.ts"

/** Where the secrets of a copy come from. */
export * as SecretSource from "./SecretSource.ts"

/** What happens to batches of pilots. */
export * as BatchEvents from "./BatchEvents.ts"

/** A compute element as an entity of a cluster. */
export * as CE from "./CE.ts"

/** The services of a backend by way of a cluster. */
export * as ClusterCE from "./ClusterCE.ts"

/** A batch of pilots as a workflow. */
export * as PilotBatch from "./PilotBatch.ts"
