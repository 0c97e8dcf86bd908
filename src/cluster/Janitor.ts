/**
 * Limits the size of the database of a cluster. The engine stores messages and answers, and deletes nothing.
 *
 * @since 0.1.0
 */
import type * as Sharding from "effect/cluster/Sharding"
import * as Singleton from "effect/cluster/Singleton"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as SqlClient from "effect/sql/SqlClient"
import type * as SqlError from "effect/sql/SqlError"
import * as Sweep from "./internal/Sweep.ts"

/**
 * The options of the janitor.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /**
   * How long a request or an execution is kept after it has ended. Default: `"7 days"`.
   *
   * A caller that asks within that time gets the stored answer. A later call starts the execution again. A batch then adopts its jobs
   * by the key if the CE's history still has them, and submits them again if not.
   */
  readonly keep?: Duration.Input | undefined
  /** The pause between two sweeps. Default: `"1 hour"`. */
  readonly interval?: Duration.Input | undefined
}

const keepDefault = "7 days"

/**
 * Deletes the requests and executions that ended longer than `keep` ago, and returns the number of deleted requests. It deletes
 * nothing of a workflow that has not ended, however old, and nothing of the workflows that it has started.
 *
 * @category operations
 * @since 0.1.0
 */
export const sweep = (
  { keep = keepDefault }: Pick<Options, "keep"> = {}
): Effect.Effect<number, SqlError.SqlError, SqlClient.SqlClient> => Sweep.sweep(keep)

/**
 * Sweeps at every `interval`. Each runner has this layer, and one of them sweeps for all. A sweep that fails is logged, and does not
 * stop the next ones.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  { interval = "1 hour", keep = keepDefault }: Options = {}
): Layer.Layer<never, never, Sharding.Sharding | SqlClient.SqlClient> =>
  Singleton.make(
    "effect-htcondor-ce/Janitor",
    Sweep.sweep(keep).pipe(
      Effect.flatMap((removed) => Effect.logDebug(`the janitor has deleted ${removed} requests that ended long ago`)),
      Effect.catch((error) => Effect.logWarning("the janitor could not sweep", error)),
      Effect.repeat(Schedule.spaced(interval)),
      Effect.asVoid
    )
  )
