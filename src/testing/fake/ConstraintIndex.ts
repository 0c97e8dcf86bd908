/**
 * Finds the jobs that satisfy a condition, fast enough for ten thousand jobs: it evaluates the condition only in clusters
 * that can satisfy it, and looks up `ProcId` in long lists of numbers.
 *
 * @since 0.1.0
 */
import type * as ClassAd from "../../classad/ClassAd.ts"
import * as Expr from "../../classad/Expr.ts"
import { integer } from "./Attributes.ts"
import type { Job } from "./Job.ts"
import type { Queue } from "./Queue.ts"

const integerOf = (expr: Expr.Expr): number | undefined =>
  expr._tag === "Literal" && expr.value._tag === "Integer" ? Number(expr.value.value) : undefined

const isName = (expr: Expr.Expr, name: string): boolean =>
  expr._tag === "Attribute" && expr.scope === undefined && !expr.absolute && expr.name.toLowerCase() === name

const intersection = (
  left: ReadonlySet<number> | undefined,
  right: ReadonlySet<number> | undefined
): ReadonlySet<number> | undefined =>
  left === undefined || right === undefined ? left ?? right : new Set(Array.from(left).filter((one) => right.has(one)))

const union = (
  left: ReadonlySet<number> | undefined,
  right: ReadonlySet<number> | undefined
): ReadonlySet<number> | undefined =>
  left === undefined || right === undefined ? undefined : new Set([...left, ...right])

/** The clusters whose jobs can satisfy a condition; undefined if the condition does not limit them. */
export const clustersOf = (expr: Expr.Expr): ReadonlySet<number> | undefined => {
  if (expr._tag === "Parens") return clustersOf(expr.inner)
  if (expr._tag === "Conditional") return union(clustersOf(expr.whenTrue), clustersOf(expr.whenFalse))
  if (expr._tag !== "Binary") return undefined
  const { left, operator, right } = expr
  if (operator === "&&") return intersection(clustersOf(left), clustersOf(right))
  if (operator === "||") return union(clustersOf(left), clustersOf(right))
  if (operator !== "==" && operator !== "=?=") return undefined
  const number = isName(left, "clusterid") ? integerOf(right) : isName(right, "clusterid") ? integerOf(left) : undefined
  return number === undefined ? undefined : new Set([number])
}

/** The numbers of `member(ProcId, {0, 1, 2})`. */
const procsOf = (expr: Expr.Expr): ReadonlySet<number> | undefined => {
  if (expr._tag !== "Call" || expr.name.toLowerCase() !== "member" || expr.args.length !== 2) return undefined
  const [item, list] = expr.args
  if (item === undefined || !isName(item, "procid") || list?._tag !== "List") return undefined
  const numbers = list.items.flatMap((one) => integerOf(one) ?? [])
  return numbers.length === list.items.length ? new Set(numbers) : undefined
}

/** The condition for a given `ProcId`, with true or false instead of each `member(ProcId, {...})`. */
type Specialised = (proc: number) => Expr.Expr

/** Undefined if the condition has no such call. */
const specialise = (expr: Expr.Expr): Specialised | undefined => {
  const procs = procsOf(expr)
  if (procs !== undefined) {
    const [yes, no] = [Expr.boolean(true), Expr.boolean(false)]
    return (proc) => procs.has(proc) ? yes : no
  }
  if (expr._tag === "Parens") {
    const inner = specialise(expr.inner)
    return inner === undefined ? undefined : (proc) => Expr.parens(inner(proc))
  }
  if (expr._tag !== "Binary") return undefined
  const [left, right] = [specialise(expr.left), specialise(expr.right)]
  return left === undefined && right === undefined
    ? undefined
    : (proc) => Expr.binary(expr.operator, left?.(proc) ?? expr.left, right?.(proc) ?? expr.right)
}

/** A function that says whether an ad satisfies the condition, for use on many ads. */
export const matcher = (
  expr: Expr.Expr,
  truth: (condition: Expr.Expr, ad: ClassAd.ClassAd) => boolean
): (ad: ClassAd.ClassAd) => boolean => {
  const clusters = clustersOf(expr)
  const special = specialise(expr)
  return (ad) => {
    const cluster = integer(ad, "ClusterId")
    if (clusters !== undefined && cluster !== undefined && !clusters.has(cluster)) return false
    const proc = special === undefined ? undefined : integer(ad, "ProcId")
    return truth(special === undefined || proc === undefined ? expr : special(proc), ad)
  }
}

/** The jobs of the queue that satisfy a condition, in the order of their numbers. */
export const jobs = (queue: Queue, expr: Expr.Expr): ReadonlyArray<Job> => {
  const matches = matcher(expr, queue.truth)
  return queue.jobs(clustersOf(expr)).filter(({ ad }) => matches(ad))
}
