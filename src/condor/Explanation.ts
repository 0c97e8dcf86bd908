/**
 * What a hold or a removal means: who or what is behind it, and what to do.
 *
 * @since 0.1.0
 */
import * as HoldTable from "./HoldTable.ts"
import type { HoldRule, RemovalRule, Rules } from "./ReasonRules.ts"
import * as RemovalTable from "./RemovalTable.ts"

/**
 * What a job says of its hold.
 *
 * @category models
 * @since 0.1.0
 */
export interface Hold {
  readonly code: number
  readonly subcode: number
  readonly reason: string
  readonly copied: boolean
}

const isOr = <A>(wanted: A | undefined, found: A): boolean => wanted === undefined || wanted === found

/**
 * What a hold means.
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
 * What the reason of a removal means.
 *
 * @category getters
 * @since 0.1.0
 */
export const ofRemoval = (reason: string, rules: Rules = {}): Pick<RemovalRule, "cause" | "advice"> => {
  const fits = ({ begins = "", includes = "" }: RemovalRule) => reason.startsWith(begins) && reason.includes(includes)
  const { advice, cause } = rules.removals?.find(fits) ?? RemovalTable.rules.find(fits) ?? RemovalTable.unknown
  return { cause, advice }
}
