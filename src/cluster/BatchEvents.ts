/**
 * What happens to batches of pilots, for those who want to count it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { SubmissionKey } from "../contract/SubmissionKey.ts"

/**
 * - `Submitted`: the jobs of a batch are at the compute element
 * - `Adopted`: they were there already, because a process has died after it had submitted them
 * - `Moved`: this process has begun to answer for a compute element
 * - `Reattached`: it follows a batch that another process, or an earlier one, has followed
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
 * Is called for each event, in the process where it happens. Without one each event is a line of the log, of level `Debug`.
 *
 * @category services
 * @since 0.1.0
 */
export const BatchEvents = Context.Reference<(event: BatchEvent) => Effect.Effect<void>>(
  "effect-htcondor-ce/cluster/BatchEvents",
  { defaultValue: () => (event) => Effect.logDebug("batch", event) }
)

/** Tells of an event. */
export const tell = (event: BatchEvent): Effect.Effect<void> => Effect.flatMap(BatchEvents, (on) => on(event))
