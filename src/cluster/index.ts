/**
 * Several processes and machines share compute elements, on Effect's cluster and workflow engine.
 *
 * Unstable, as `effect/cluster`, `effect/workflow` and `effect/sql` are: it may change in any release.
 *
 * @since 0.1.0
 */

/** The processes of a cluster: runners and clients. */
export * as Cluster from "./Cluster.ts"

/** The database of a cluster. */
export * as ClusterStorage from "./ClusterStorage.ts"

/** Deletes old requests and executions from the database. */
export * as Janitor from "./Janitor.ts"

/** Copies whose secrets are sealed. */
export * as SealedCopy from "./SealedCopy.ts"

/** Seals secrets and opens them. */
export * as SecretSealer from "./SecretSealer.ts"

/** The source of the secrets of copies. */
export * as SecretSource from "./SecretSource.ts"

/** Events of batches of pilots. */
export * as BatchEvents from "./BatchEvents.ts"

/** A compute element as an entity of a cluster. */
export * as CE from "./CE.ts"

/** The services of a backend through a cluster. */
export * as ClusterCE from "./ClusterCE.ts"

/** A batch of pilots as a workflow. */
export * as PilotBatch from "./PilotBatch.ts"
