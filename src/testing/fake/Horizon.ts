/**
 * When a condition may change by time alone, so that nobody has to look at it every minute.
 *
 * @since 0.1.0
 */
import type * as ClassAd from "../../classad/ClassAd.ts"
import * as ClassAds from "../../classad/ClassAd.ts"
import * as Evaluator from "../../classad/Evaluator.ts"
import type * as Expr from "../../classad/Expr.ts"

const comparisons: ReadonlySet<string> = new Set(["<", "<=", ">", ">=", "==", "!=", "=?=", "=!="])
const linear: ReadonlySet<string> = new Set(["+", "-"])
const logical: ReadonlySet<string> = new Set(["&&", "||"])

const parts = (expr: Expr.Expr): ReadonlyArray<Expr.Expr> => {
  switch (expr._tag) {
    case "Literal":
      return []
    case "Attribute":
      return expr.scope === undefined ? [] : [expr.scope]
    case "Unary":
      return [expr.operand]
    case "Binary":
      return [expr.left, expr.right]
    case "Conditional":
      return [expr.test, expr.whenTrue, expr.whenFalse]
    case "Subscript":
      return [expr.base, expr.index]
    case "Call":
      return expr.args
    case "List":
      return expr.items
    case "Ad":
      return Array.from(expr.members.values(), (member) => member.expr)
    case "Parens":
      return [expr.inner]
  }
}

// Functions whose value is another one later, or the next time.
const restless = /^(?:time|random|currenttime|formattime|daytime|absTime|getfield)$/i

/** Whether a condition depends on the time, through attributes of the ad as well. */
const depends = (expr: Expr.Expr, ad: ClassAd.ClassAd, seen: ReadonlySet<string>): boolean => {
  if (expr._tag === "Call" && restless.test(expr.name)) return true
  if (expr._tag === "Attribute") {
    const name = expr.name.toLowerCase()
    if (name === "currenttime") return true
    const target = ClassAds.get(ad, name)
    if (target !== undefined && !seen.has(name) && depends(target, ad, new Set([...seen, name]))) return true
  }
  return parts(expr).some((part) => depends(part, ad, seen))
}

/** The value of a number at a time, if it is one. */
const numberAt = (expr: Expr.Expr, ad: ClassAd.ClassAd, now: number): number | undefined => {
  const value = Evaluator.evaluateWith(expr, { now, random: () => 0 }, { my: ad })
  switch (value._tag) {
    case "Integer":
      return Number(value.value)
    case "Real":
      return value.value
    case "Boolean":
      return value.value ? 1 : 0
    default:
      return undefined
  }
}

/**
 * The first second after `now` at which a condition may have another value, if its ad stays as it is: `Infinity` if time
 * has no part in it, the next second if nothing can be said.
 *
 * **Details**
 *
 * A condition of HTCondor's kind, such as `time() - CompletionDate < 3600`, compares terms that grow with the time: each
 * comparison changes where its two sides meet.
 */
export const nextChange = (expr: Expr.Expr, ad: ClassAd.ClassAd, now: number): number => {
  const none: ReadonlySet<string> = new Set()
  // Whether a term is a sum of parts that do not depend on the time, and of the time itself.
  const grows = (term: Expr.Expr): boolean => {
    if (!depends(term, ad, none)) return true
    switch (term._tag) {
      case "Parens":
        return grows(term.inner)
      case "Call":
        return term.name.toLowerCase() === "time" && term.args.length === 0
      case "Attribute":
        return term.name.toLowerCase() === "currenttime"
      case "Binary":
        return linear.has(term.operator) && grows(term.left) && grows(term.right) ||
          term.operator === "?:" && !depends(term.left, ad, none) && grows(term.right)
      default:
        return false
    }
  }
  const meeting = (left: Expr.Expr, right: Expr.Expr): number => {
    const distance = (at: number): number | undefined => {
      const [a, b] = [numberAt(left, ad, at), numberAt(right, ad, at)]
      return a === undefined || b === undefined ? undefined : a - b
    }
    const [here, later] = [distance(now), distance(now + 1)]
    // Without a value today, no sum has one tomorrow.
    if (here === undefined || later === undefined || here === later) return Infinity
    const at = now + here / (here - later)
    // Equal, and after that no longer: both sides of the meeting count.
    return at > now ? Math.max(Math.floor(at), now + 1) : at > now - 1 ? now + 1 : Infinity
  }
  const visit = (part: Expr.Expr, seen: ReadonlySet<string>): number => {
    if (!depends(part, ad, none)) return Infinity
    switch (part._tag) {
      case "Parens":
        return visit(part.inner, seen)
      case "Unary":
        return part.operator === "!" ? visit(part.operand, seen) : now + 1
      case "Conditional":
        return Math.min(visit(part.test, seen), visit(part.whenTrue, seen), visit(part.whenFalse, seen))
      case "Binary":
        if (logical.has(part.operator)) return Math.min(visit(part.left, seen), visit(part.right, seen))
        return comparisons.has(part.operator) && grows(part.left) && grows(part.right)
          ? meeting(part.left, part.right)
          : now + 1
      case "Attribute": {
        const name = part.name.toLowerCase()
        const target = part.scope === undefined && !seen.has(name) ? ClassAds.get(ad, name) : undefined
        return target === undefined ? now + 1 : visit(target, new Set([...seen, name]))
      }
      default:
        return now + 1
    }
  }
  return visit(expr, none)
}
