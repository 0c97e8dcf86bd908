/**
 * The conditions that a schedd evaluates for each job: the job's own, and those that an HTCondor-CE comes with.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type * as ClassAd from "../../classad/ClassAd.ts"
import * as ClassAds from "../../classad/ClassAd.ts"
import * as Expr from "../../classad/Expr.ts"
import * as Parser from "../../classad/Parser.ts"
import * as Printer from "../../classad/Printer.ts"
import { integer } from "./Attributes.ts"
import { status } from "./Lifecycle.ts"
import * as NextChange from "./NextChange.ts"

/** How a schedd takes an expression for a job. */
export interface Judge {
  truth(condition: Expr.Expr, ad: ClassAd.ClassAd): boolean
  /** The text of an expression, if it has one. */
  textOf(expr: Expr.Expr, ad: ClassAd.ClassAd): string | undefined
  /** The number of an expression, if it has one. */
  numberOf(expr: Expr.Expr, ad: ClassAd.ClassAd): number | undefined
}

/** What a schedd decides about a job. */
export type Verdict =
  | { readonly _tag: "Hold"; readonly reason: string; readonly code: number; readonly subcode: number }
  | { readonly _tag: "Release"; readonly reason: string }
  | { readonly _tag: "Remove"; readonly reason: string }
  | { readonly _tag: "Leave" }

/** An expression in the words of HTCondor's own messages. */
const show = (expr: Expr.Expr): string =>
  Printer.print(expr, { strings: "old" }).replaceAll(
    /"(?:[^"\\]|\\.)*"|\bis(nt)?\b/g,
    (word, not) => word.startsWith("\"") ? word : not === undefined ? "=?=" : "=!="
  )

const fired = (name: string, expr: Expr.Expr): string =>
  `The job attribute ${name} expression '${show(expr)}' evaluated to TRUE`

const parsed = (text: string): Expr.Expr => Result.getOrElse(Parser.parse(text), () => Expr.boolean(false))

// In seconds, whatever the reason of a removal calls them.
const allowed = "(maxWalltime is undefined ? (BatchRuntime is undefined ? 4320*60 : BatchRuntime) : maxWalltime*60)"

/**
 * What an HTCondor-CE removes unless its administrator says otherwise: `SYSTEM_PERIODIC_REMOVE` of its configuration, each
 * with an expression for the reason. Its `SYSTEM_PERIODIC_HOLD` does not parse, so that it holds nothing.
 */
const systemRemovals: ReadonlyArray<readonly [condition: Expr.Expr, why: Expr.Expr]> = [
  [
    parsed("JobStatus == 5 && time() - EnteredCurrentStatus > 3600*24"),
    parsed("\"being in the hold state for 24 hours.\"")
  ],
  [
    parsed("!isUndefined(RoutedtoJobId) && ((JobStatus == 1 && NumJobStarts == 1) || NumJobStarts > 1)"),
    parsed("\"disabled job retries\"")
  ],
  [
    parsed("JobStatus == 4 && time() - EnteredCurrentStatus > 30*3600*24"),
    parsed("strcat(\"job completed over \", 30, \" days ago.\")")
  ],
  [
    parsed(`JobUniverse == 5 && JobStatus == 2 && (time() - JobCurrentStartDate) > ${allowed}`),
    parsed(`strcat("job exceeded allowed walltime: ", ${allowed}, " minutes.")`)
  ]
]

const own = ["PeriodicHold", "PeriodicRelease", "PeriodicRemove", "LeaveJobInQueue", "Requirements"] as const

/** When the schedd may come to another verdict about a job that stays as it is, in seconds since 1970. */
export const nextChange = (ad: ClassAd.ClassAd, now: number, system: boolean): number =>
  Math.min(
    ...own.map((name) => {
      const expr = ClassAds.get(ad, name)
      return expr === undefined ? Infinity : NextChange.nextChange(expr, ad, now)
    }),
    ...system ? systemRemovals.map(([condition]) => NextChange.nextChange(condition, ad, now)) : []
  )

/** Whether a job that has ended leaves the queue. */
export const leaves = (ad: ClassAd.ClassAd, { truth }: Judge): boolean => {
  const stay = ClassAds.get(ad, "LeaveJobInQueue")
  return stay === undefined || !truth(stay, ad)
}

// A hold by one of the job's own conditions, with the reason and the subcode that the job has for it.
const holdBy = (name: "PeriodicHold" | "OnExitHold", expr: Expr.Expr, ad: ClassAd.ClassAd, judge: Judge): Verdict => {
  const reason = ClassAds.get(ad, `${name}Reason`)
  const subcode = ClassAds.get(ad, `${name}SubCode`)
  const told = reason === undefined ? undefined : judge.textOf(reason, ad)
  return {
    _tag: "Hold",
    reason: told === undefined || told === "" ? fired(name, expr) : told,
    code: 3,
    subcode: subcode === undefined ? 0 : judge.numberOf(subcode, ad) ?? 0
  }
}

/** What the schedd decides when it looks at all jobs, each `PERIODIC_EXPR_INTERVAL`. */
export const periodic = (ad: ClassAd.ClassAd, judge: Judge, system: boolean): Verdict | undefined => {
  const state = integer(ad, "JobStatus")
  const isTrue = (name: typeof own[number]): Expr.Expr | undefined => {
    const expr = ClassAds.get(ad, name)
    return expr !== undefined && judge.truth(expr, ad) ? expr : undefined
  }
  const code = integer(ad, "HoldReasonCode")
  // Of a job that waits for its input nothing is asked.
  if (state === status.held && code === 16) return undefined
  // As long as the JobRouter is not done with it, a job that is over stays.
  const isOver = (state === status.removed || state === status.completed) &&
    ClassAds.get(ad, "JobFinishedHookDone") !== undefined
  if (isOver && leaves(ad, judge)) return { _tag: "Leave" }
  if (state === status.removed) return undefined
  const hold = state === status.idle || state === status.running ? isTrue("PeriodicHold") : undefined
  if (hold !== undefined) return holdBy("PeriodicHold", hold, ad, judge)
  // Whom somebody holds, nobody releases but somebody.
  const release = state === status.held && code !== 1 ? isTrue("PeriodicRelease") : undefined
  if (release !== undefined) return { _tag: "Release", reason: fired("PeriodicRelease", release) }
  const remove = isTrue("PeriodicRemove")
  if (remove !== undefined) {
    const told = ClassAds.get(ad, "PeriodicRemoveReason")
    const reason = told === undefined ? undefined : judge.textOf(told, ad)
    return { _tag: "Remove", reason: reason === undefined || reason === "" ? fired("PeriodicRemove", remove) : reason }
  }
  const removal = system ? systemRemovals.find(([condition]) => judge.truth(condition, ad)) : undefined
  return removal === undefined
    ? undefined
    : {
      _tag: "Remove",
      reason: `CE job removed by SYSTEM_PERIODIC_REMOVE due to ${judge.textOf(removal[1], ad) ?? ""}`
    }
}

/**
 * What becomes of a job whose process has ended so many times: it is held, it runs again, or (undefined) it has
 * completed. The pool decides, whose ad alone has the true `NumJobCompletions`.
 */
export const onExit = (
  atSchedd: ClassAd.ClassAd,
  completions: number,
  judge: Judge
): { readonly _tag: "Again" } | Verdict & { readonly _tag: "Hold" } | undefined => {
  const ad = ClassAds.set(atSchedd, "NumJobCompletions", Expr.integer(completions))
  const hold = ClassAds.get(ad, "OnExitHold")
  if (hold !== undefined && judge.truth(hold, ad)) {
    const verdict = holdBy("OnExitHold", hold, ad, judge)
    if (verdict._tag === "Hold") return verdict
  }
  const remove = ClassAds.get(ad, "OnExitRemove")
  return remove === undefined || judge.truth(remove, ad) ? undefined : { _tag: "Again" }
}
