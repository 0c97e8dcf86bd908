/**
 * Keeps the database of a cluster bounded: the engine writes messages and answers, and deletes nothing.
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
 * What the janitor is told.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /**
   * How long something is kept after it has ended. Default: `"7 days"`.
   *
   * A caller that asks within that time gets the stored answer. One that asks later starts it again: a batch is adopted
   * by its key for as long as the CE's history knows its jobs, and submitted anew after that.
   */
  readonly keep?: Duration.Input | undefined
  /** How long it rests between two sweeps. Default: `"1 hour"`. */
  readonly interval?: Duration.Input | undefined
}

const keepDefault = "7 days"

/**
 * Deletes now what ended longer than `keep` ago, and gives how many requests that were. What is under way stays whole: of a
 * workflow that has not ended nothing is deleted, however old, nor of the workflows that it has started.
 *
 * @category operations
 * @since 0.1.0
 */
export const sweep = (
  { keep = keepDefault }: Pick<Options, "keep"> = {}
): Effect.Effect<number, SqlError.SqlError, SqlClient.SqlClient> => Sweep.sweep(keep)

/**
 * Sweeps again and again. Each runner has this layer; one of them does it for all. A sweep that fails is logged, and the next one
 * comes all the same.
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
