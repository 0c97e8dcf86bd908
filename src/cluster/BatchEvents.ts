/**
 * Events of batches of pilots, for metrics and logs.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { SubmissionKey } from "../contract/SubmissionKey.ts"

/**
 * An event of a batch or of a compute element.
 *
 * - `Submitted`: the batch has submitted its jobs
 * - `Adopted`: the jobs existed already, because a process died after it had submitted them
 * - `Moved`: this process now owns the compute element
 * - `Reattached`: this process follows a batch that had another owner, or an earlier one. A batch that was submitted less than 3 s
 *   before may be missing
 *
 * @category models
 * @since 0.1.0
 */
export type BatchEvent =
  | {
    readonly _tag: "Submitted" | "Adopted"
    readonly endpoint: string
    readonly key: SubmissionKey
    readonly jobs: number
  }
  | { readonly _tag: "Moved"; readonly endpoint: string }
  | { readonly _tag: "Reattached"; readonly endpoint: string; readonly key: SubmissionKey }

/**
 * The function that a process calls for each of its events. By default it logs the event at level `Debug`.
 *
 * @category services
 * @since 0.1.0
 */
export const BatchEvents = Context.Reference<(event: BatchEvent) => Effect.Effect<void>>(
  "effect-htcondor-ce/cluster/BatchEvents",
  { defaultValue: () => (event) => Effect.logDebug("batch", event) }
)

/** Reports an event. */
export const tell = (event: BatchEvent): Effect.Effect<void> => Effect.flatMap(BatchEvents, (on) => on(event))
