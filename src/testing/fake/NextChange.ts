/**
 * The time at which a condition may change without a change of the ad, so that the fake need not evaluate it every minute.
 *
 * @since 0.1.0
 */
import type * as ClassAd from "../../classad/ClassAd.ts"
import * as ClassAds from "../../classad/ClassAd.ts"
import * as Evaluator from "../../classad/Evaluator.ts"
import type * as Expr from "../../classad/Expr.ts"
import { partsOf } from "../../classad/Parts.ts"

const comparisons: ReadonlySet<string> = new Set(["<", "<=", ">", ">=", "==", "!=", "=?=", "=!="])
const linear: ReadonlySet<string> = new Set(["+", "-"])
const logical: ReadonlySet<string> = new Set(["&&", "||"])

// Functions whose value depends only on their arguments. Nothing is assumed of the others.
const steady: ReadonlySet<string> = new Set(
  (
    "isundefined iserror isstring isinteger isreal islist isclassad isboolean isabstime isreltime ifthenelse int real " +
    "string bool floor ceil ceiling round pow quantize size sum avg min max member identicalmember anycompare " +
    "allcompare strcat join toupper tolower substr strcmp stricmp splitusername splitslotname split interval " +
    "versioncmp versionle versionlt versionge versiongt versioneq regexp regexpmember regexps replace replaceall " +
    "stringlistsize stringlistsum stringlistavg stringlistmin stringlistmax stringlistmember stringlistimember " +
    "stringlistsubsetmatch stringlistisubsetmatch stringlistsintersect"
  ).split(" ")
)

/**
 * The facts about an expression.
 *
 * - `depends`: whether its value depends on the time
 * - `grows`: whether it is a sum of the time and of parts that do not depend on the time
 * - `change`: the first time at which its truth value may change
 */
interface Prospect {
  readonly depends: boolean
  readonly grows: boolean
  readonly change: number
}

const fixed: Prospect = { depends: false, grows: true, change: Infinity }

/** The value of an expression at a time, if it is a number or a boolean. */
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

/** The first time at which the sign of the difference of two sides may change: negative, zero or positive. */
const meeting = (left: Expr.Expr, right: Expr.Expr, ad: ClassAd.ClassAd, now: number): number => {
  const distance = (at: number): number | undefined => {
    const [a, b] = [numberAt(left, ad, at), numberAt(right, ad, at)]
    return a === undefined || b === undefined ? undefined : a - b
  }
  const [here, later] = [distance(now), distance(now + 1)]
  // A sum without a value now has none later.
  if (here === undefined || later === undefined || here === later) return Infinity
  const at = now + here / (here - later)
  // The two sides are equal at one moment, and differ after it: both changes count.
  return at > now ? Math.max(Math.floor(at), now + 1) : at > now - 1 ? now + 1 : Infinity
}

const isMy = (scope: Expr.Expr | undefined): boolean =>
  scope === undefined || scope._tag === "Attribute" && scope.scope === undefined && scope.name.toLowerCase() === "my"

/** The expression of an attribute of the ad. */
const target = ({ name, scope }: Expr.Attribute, ad: ClassAd.ClassAd): Expr.Expr | undefined =>
  isMy(scope) ? ClassAds.get(ad, name) : undefined

/** The expressions that determine the value of an expression. */
const parts = (expr: Expr.Expr, ad: ClassAd.ClassAd): ReadonlyArray<Expr.Expr> => {
  if (expr._tag !== "Attribute") return partsOf(expr)
  const found = target(expr, ad)
  return found !== undefined ? [found] : isMy(expr.scope) ? [] : partsOf(expr)
}

/** The facts about an expression, from the facts about its parts. */
const prospect = (
  expr: Expr.Expr,
  of: ReadonlyArray<Prospect>,
  ad: ClassAd.ClassAd,
  now: number
): Prospect => {
  const restless: Prospect = { depends: true, grows: false, change: now + 1 }
  const [first = fixed, second = fixed] = of
  const time: Prospect = { depends: true, grows: true, change: now + 1 }
  const depends = of.some((part) => part.depends)
  if (expr._tag === "Call") {
    const name = expr.name.toLowerCase()
    if (name === "time" && expr.args.length === 0) return time
    return depends || !steady.has(name) ? restless : fixed
  }
  if (expr._tag === "Attribute" && isMy(expr.scope)) return expr.name.toLowerCase() === "currenttime" ? time : first
  if (!depends) return fixed
  const earliest = Math.min(...of.map((part) => part.change))
  switch (expr._tag) {
    case "Parens":
      return first
    case "Unary":
      return expr.operator === "!" ? { ...restless, change: first.change } : restless
    case "Conditional":
      return { ...restless, change: earliest }
    case "Binary": {
      const both = first.grows && second.grows
      if (logical.has(expr.operator)) return { ...restless, change: earliest }
      if (linear.has(expr.operator)) return { ...restless, grows: both }
      if (expr.operator === "?:") return { ...restless, grows: !first.depends && second.grows }
      return both && comparisons.has(expr.operator)
        ? { ...restless, change: meeting(expr.left, expr.right, ad, now) }
        : restless
    }
    default:
      return restless
  }
}

/**
 * The first second after `now` at which a condition may have another value while its ad stays the same. `Infinity` if the
 * condition does not depend on the time; the next second if nothing is known.
 *
 * **Details**
 *
 * Typical conditions, such as `time() - CompletionDate < 3600`, compare terms that grow with the time. A comparison changes
 * when its two sides are equal. Each expression is examined once, even if several others refer to it. Nothing is known of an
 * expression that refers to itself.
 */
export const nextChange = (expr: Expr.Expr, ad: ClassAd.ClassAd, now: number): number => {
  const known = new Map<Expr.Expr, Prospect>()
  const begun = new Set<Expr.Expr>()
  const stack = [expr]
  for (let next = stack.at(-1); next !== undefined; next = stack.at(-1)) {
    const of = known.has(next) ? [] : parts(next, ad)
    const missing = begun.has(next) ? [] : of.filter((part) => !known.has(part) && !begun.has(part))
    begun.add(next)
    if (missing.length > 0) {
      for (const part of missing) stack.push(part)
      continue
    }
    stack.pop()
    if (known.has(next)) continue
    const unsaid: Prospect = { depends: true, grows: false, change: now + 1 }
    known.set(next, prospect(next, of.map((part) => known.get(part) ?? unsaid), ad, now))
  }
  return known.get(expr)?.change ?? now + 1
}
