/**
 * What can go wrong between a client and a schedd.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type { ToolCall, ToolName } from "../../condor/tools/CondorTool.ts"

/**
 * - `Unreachable`: nobody listens at the address
 * - `Slow`: the answer takes this long more; `Hung`: it never comes (a tool that has a timeout of its own gives up then)
 * - `TransferBreaks`: the connection ends after so many bytes of files, in either direction, in the middle of one
 * - `ToolKilled`: the tool dies of a signal (default 9): `before` it asks; when the schedd has what `condor_submit`
 *   submits (`committed`), and no input yet: such jobs wait for 12 hours; when so many bytes of files have gone over
 *   (`during`), if there are more; or `after` the schedd has done what it was asked for
 * - `OutputTruncated`: the files that arrive are cut in half, and the transfer counts as complete
 * - `AnswerTruncated`: stdout ends in the middle, with exit code 0
 * - `TokenRefused`: the token is not taken; `Denied`: it is, but does not allow this
 * - `ScheddRestarted`: the connection is closed in the middle of the call, and the schedd comes back
 * - `SpoolFull`: no input can be spooled
 * - `HistoryRotated`: the history is gone; `Reinstalled`: everything is, and numbers are given anew
 * - `Duplicated`, `Reordered`: the ads of an answer come twice, or in another order
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
 * A fault and the calls that it befalls: those of `tools` (default all) that satisfy `when` (default all), after the
 * first `skip` of them (default none), `times` of them (default all; one of `ScheddRestarted`, `HistoryRotated` and
 * `Reinstalled`, which happen once).
 *
 * @category models
 * @since 0.1.0
 */
export type Fault = FaultKind & {
  readonly tools?: ReadonlyArray<ToolName> | undefined
  readonly when?: ((call: ToolCall) => boolean) | undefined
  readonly skip?: number | undefined
  readonly times?: number | undefined
}
