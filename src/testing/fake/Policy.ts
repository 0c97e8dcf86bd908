/**
 * The conditions that a schedd evaluates for each job: those of the job ad, and the default policies of an HTCondor-CE.
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

/** Evaluates expressions for a job as a schedd does. */
export interface Judge {
  truth(condition: Expr.Expr, ad: ClassAd.ClassAd): boolean
  /** The value of an expression, if it is a string. */
  textOf(expr: Expr.Expr, ad: ClassAd.ClassAd): string | undefined
  /** The value of an expression, if it is an integer. */
  numberOf(expr: Expr.Expr, ad: ClassAd.ClassAd): number | undefined
}

/** A decision of the schedd about a job. */
export type Verdict =
  | { readonly _tag: "Hold"; readonly reason: string; readonly code: number; readonly subcode: number }
  | { readonly _tag: "Release"; readonly reason: string }
  | { readonly _tag: "Remove"; readonly reason: string }
  | { readonly _tag: "Leave" }

/** An expression as HTCondor's messages print it. */
const show = (expr: Expr.Expr): string =>
  Printer.print(expr, { strings: "old" }).replaceAll(
    /"(?:[^"\\]|\\.)*"|\bis(nt)?\b/g,
    (word, not) => word.startsWith("\"") ? word : not === undefined ? "=?=" : "=!="
  )

const fired = (name: string, expr: Expr.Expr): string =>
  `The job attribute ${name} expression '${show(expr)}' evaluated to TRUE`

const parsed = (text: string): Expr.Expr => Result.getOrElse(Parser.parse(text), () => Expr.boolean(false))

// Seconds, although the reason of the removal says minutes.
const allowed = "(maxWalltime is undefined ? (BatchRuntime is undefined ? 4320*60 : BatchRuntime) : maxWalltime*60)"

/**
 * The default `SYSTEM_PERIODIC_REMOVE` of an HTCondor-CE: conditions, each with an expression for the reason. Its default
 * `SYSTEM_PERIODIC_HOLD` does not parse, so it holds nothing.
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

/** The first time (seconds since 1970) at which the verdict may change while the ad stays the same. */
export const nextChange = (ad: ClassAd.ClassAd, now: number, system: boolean): number =>
  Math.min(
    ...own.map((name) => {
      const expr = ClassAds.get(ad, name)
      return expr === undefined ? Infinity : NextChange.nextChange(expr, ad, now)
    }),
    ...system ? systemRemovals.map(([condition]) => NextChange.nextChange(condition, ad, now)) : []
  )

/** Whether a job that has ended leaves the queue: true unless its `LeaveJobInQueue` is true. */
export const leaves = (ad: ClassAd.ClassAd, { truth }: Judge): boolean => {
  const stay = ClassAds.get(ad, "LeaveJobInQueue")
  return stay === undefined || !truth(stay, ad)
}

// A hold by a condition of the job ad. The ad may have a reason and a subcode for it.
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

/** The decision of the periodic evaluation (`PERIODIC_EXPR_INTERVAL`); undefined if the job stays as it is. */
export const periodic = (ad: ClassAd.ClassAd, judge: Judge, system: boolean): Verdict | undefined => {
  const state = integer(ad, "JobStatus")
  const isTrue = (name: typeof own[number]): Expr.Expr | undefined => {
    const expr = ClassAds.get(ad, name)
    return expr !== undefined && judge.truth(expr, ad) ? expr : undefined
  }
  const code = integer(ad, "HoldReasonCode")
  // The schedd evaluates nothing for a job that waits for its input.
  if (state === status.held && code === 16) return undefined
  // A job that has ended stays until the JobRouter is done with it.
  const isOver = (state === status.removed || state === status.completed) &&
    ClassAds.get(ad, "JobFinishedHookDone") !== undefined
  if (isOver && leaves(ad, judge)) return { _tag: "Leave" }
  if (state === status.removed) return undefined
  const hold = state === status.idle || state === status.running ? isTrue("PeriodicHold") : undefined
  if (hold !== undefined) return holdBy("PeriodicHold", hold, ad, judge)
  // PeriodicRelease does not release a job that a user holds (code 1).
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
 * The decision when a process ends: the job is held, it runs again, or (undefined) it has completed. The pool decides,
 * because only its ad has the true `NumJobCompletions`, which is `completions`.
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
