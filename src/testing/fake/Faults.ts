/**
 * Faults between a client and a schedd.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type { ToolCall, ToolName } from "../../condor/tools/CondorTool.ts"

/**
 * The kinds of faults, and their parameters.
 *
 * **Details**
 *
 * - `Unreachable`: nobody listens at the address.
 * - `Slow`: the answer arrives later, by this duration. `Hung`: it never arrives; a tool with its own timeout gives up then.
 * - `TransferBreaks`: the connection breaks after `afterBytes` bytes of file contents, in either direction.
 * - `ToolKilled`: a signal (default 9) kills the tool. `moment` is one of
 *   - `before`: before it contacts the schedd;
 *   - `committed`: `condor_submit` has submitted the jobs and has not sent their input (the jobs then wait for 12 hours);
 *   - `during`: after `bytes` bytes of file contents, if there are more;
 *   - `after`: when the schedd has done everything.
 * - `OutputTruncated`: half of each output file arrives, and the transfer counts as complete.
 * - `AnswerTruncated`: stdout ends in the middle, with exit code 0.
 * - `TokenRefused`: the schedd does not accept the token. `Denied`: it accepts the token, and denies the operation.
 * - `ScheddRestarted`: the schedd closes the connection in the middle of the call, and starts again.
 * - `SpoolFull`: no input can be spooled.
 * - `HistoryRotated`: the history is empty. `Reinstalled`: so is the queue, and job numbers start again from 1.
 * - `Duplicated`: each ad of an answer appears twice. `Reordered`: the ads are in reverse order.
 *
 * @category models
 * @since 0.1.0
 */
export type FaultKind =
  | { readonly _tag: "Unreachable" }
  | { readonly _tag: "Slow"; readonly by: Duration.Input }
  | { readonly _tag: "Hung" }
  | { readonly _tag: "TransferBreaks"; readonly afterBytes: number }
  | {
    readonly _tag: "ToolKilled"
    readonly moment: "before" | "committed" | "after"
    readonly signal?: number | undefined
  }
  | {
    readonly _tag: "ToolKilled"
    readonly moment: "during"
    readonly bytes: number
    readonly signal?: number | undefined
  }
  | { readonly _tag: "OutputTruncated" }
  | { readonly _tag: "AnswerTruncated" }
  | { readonly _tag: "TokenRefused" }
  | { readonly _tag: "Denied" }
  | { readonly _tag: "ScheddRestarted" }
  | { readonly _tag: "SpoolFull" }
  | { readonly _tag: "HistoryRotated" }
  | { readonly _tag: "Reinstalled" }
  | { readonly _tag: "Duplicated" }
  | { readonly _tag: "Reordered" }

/**
 * A fault, and the calls that it affects. All conditions must hold.
 *
 * @category models
 * @since 0.1.0
 */
export type Fault = FaultKind & {
  /** Only calls of these tools (default: all tools). */
  readonly tools?: ReadonlyArray<ToolName> | undefined
  /** Only calls for which this returns true (default: all). */
  readonly when?: ((call: ToolCall) => boolean) | undefined
  /** How many of the selected calls succeed before the first that fails (default 0). */
  readonly skip?: number | undefined
  /**
   * How many of the selected calls are affected after that (default: all). `ScheddRestarted`, `HistoryRotated` and
   * `Reinstalled` happen once by default.
   */
  readonly times?: number | undefined
}
