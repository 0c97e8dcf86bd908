/**
 * The cause of a hold or a removal, and the advice for it.
 *
 * @since 0.1.0
 */
import * as HoldTable from "./HoldTable.ts"
import type { HoldRule, RemovalRule, Rules } from "./ReasonRules.ts"
import * as RemovalTable from "./RemovalTable.ts"

/**
 * The hold of a job, from its ad.
 *
 * @category models
 * @since 0.1.0
 */
export interface Hold {
  /** The attribute `HoldReasonCode`. */
  readonly code: number
  /** The attribute `HoldReasonSubCode`. */
  readonly subcode: number
  /** The attribute `HoldReason`. */
  readonly reason: string
  /** Whether the batch system behind the CE holds the job (`HoldCopiedFromTargetJob`). */
  readonly copied: boolean
}

const isOr = <A>(wanted: A | undefined, found: A): boolean => wanted === undefined || wanted === found

/**
 * Returns the cause of a hold and the advice for it. The rules of the site come first.
 *
 * **Example** (Explaining a missing output)
 *
 * ```ts
 * import { Explanation } from "effect-htcondor-ce/condor"
 * import * as assert from "node:assert"
 *
 * const { advice, cause } = Explanation.ofHold({ code: 12, subcode: 2, reason: "no such file", copied: true })
 * assert.strictEqual(cause, "Payload")
 * assert.match(advice, /why the payload left no such output/)
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const ofHold = (hold: Hold, rules: Rules = {}): Pick<HoldRule, "cause" | "advice"> => {
  const fits = ({ code, copied, includes = "", subcode }: HoldRule) =>
    isOr(code, hold.code) && isOr(subcode, hold.subcode) && isOr(copied, hold.copied) && hold.reason.includes(includes)
  const { advice, cause } = rules.holds?.find(fits) ?? HoldTable.rules.find(fits) ?? HoldTable.unknown(hold.code)
  return { cause, advice }
}

/**
 * Returns the cause of a removal and the advice for it, from its reason (`RemoveReason`). The rules of the site come first.
 *
 * @category getters
 * @since 0.1.0
 */
export const ofRemoval = (reason: string, rules: Rules = {}): Pick<RemovalRule, "cause" | "advice"> => {
  const fits = ({ begins = "", includes = "" }: RemovalRule) => reason.startsWith(begins) && reason.includes(includes)
  const { advice, cause } = rules.removals?.find(fits) ?? RemovalTable.rules.find(fits) ?? RemovalTable.unknown
  return { cause, advice }
}
