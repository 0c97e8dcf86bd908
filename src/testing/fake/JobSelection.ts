/**
 * The jobs of a command line: by number, by user, and by constraint.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Expr from "../../classad/Expr.ts"
import * as Parser from "../../classad/Parser.ts"
import { partsOf } from "../../classad/Parts.ts"
import type { Version } from "./Job.ts"

/** A word of a command line: a job, a cluster, or a user. */
export type Word =
  | { readonly _tag: "Job"; readonly cluster: number; readonly proc: number }
  | { readonly _tag: "Cluster"; readonly cluster: number }
  | { readonly _tag: "Owner"; readonly owner: string }

/**
 * Parses a word. A word that is not entirely a number is the name of a user. Tools that act on jobs do not accept a dot at the
 * end.
 */
export const word = (text: string, dotMayEnd = true): Word => {
  const match = (dotMayEnd ? /^(\d+)(?:\.(\d+)?)?$/ : /^(\d+)(?:\.(\d+))?$/).exec(text)
  if (match === null) return { _tag: "Owner", owner: text }
  // A C `int` overflows.
  const cluster = Number(BigInt.asIntN(32, BigInt(match[1] ?? "0")))
  return match[2] === undefined
    ? { _tag: "Cluster", cluster }
    : { _tag: "Job", cluster, proc: Number(BigInt.asIntN(32, BigInt(match[2]))) }
}

const equals = (name: string, value: number): Expr.Expr => Expr.binary("==", Expr.attribute(name), Expr.integer(value))

/** The condition for the jobs of a word. */
export const condition = (word: Word): Expr.Expr => {
  switch (word._tag) {
    case "Job":
      return Expr.binary("&&", equals("ClusterId", word.cluster), equals("ProcId", word.proc))
    case "Cluster":
      return equals("ClusterId", word.cluster)
    case "Owner":
      return Expr.binary("==", Expr.attribute("Owner"), Expr.string(word.owner))
  }
}

/** Joins expressions with an operator, from left to right; undefined without expressions. */
export const join = (operator: "||" | "&&", terms: ReadonlyArray<Expr.Expr>): Expr.Expr | undefined => {
  const [first, ...rest] = terms
  return first === undefined ? undefined : rest.reduce((left, right) => Expr.binary(operator, left, right), first)
}

// The deepest brackets that 25.13 parses.
const maxBrackets = 163

const brackets = (text: string): number => {
  let depth = 0
  let deepest = 0
  for (const character of text.replaceAll(/"(?:[^"\\]|\\.)*"/g, "")) {
    if (character === "(") deepest = Math.max(deepest, ++depth)
    else if (character === ")") depth -= 1
  }
  return deepest
}

/** Parses an expression as the tools of this version do; undefined if they refuse it. */
export const parse = (text: string, version: Version): Expr.Expr | undefined => {
  if (version === "latest" && brackets(text) > maxBrackets) return undefined
  const parsed = Parser.parse(text, { strings: "old", version: version === "lts" ? "23.9" : "25.14" })
  return Result.isSuccess(parsed) ? parsed.success : undefined
}

/** Parses constraints; undefined if the tools refuse one of them. */
export const parseAll = (
  texts: ReadonlyArray<string>,
  version: Version
): ReadonlyArray<Expr.Expr> | undefined => {
  const parsed = texts.flatMap((text) => parse(text, version) ?? [])
  return parsed.length === texts.length ? parsed : undefined
}

// HTCondor's RecursionGuard: a schedd of 25.13 gives up at the next level, and then the condition matches no job.
const maxLevels = 400

/** How many levels deep the evaluation of an expression is, if it evaluates all parts. */
export const levels = (expr: Expr.Expr): number => {
  const stack: Array<readonly [expr: Expr.Expr, level: number]> = [[expr, 0]]
  let deepest = 0
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [node, above] = next
    const level = node._tag === "Literal" || node._tag === "List" || node._tag === "Ad" ? above : above + 1
    deepest = Math.max(deepest, level)
    for (const child of children(node)) stack.push([child, level])
  }
  return deepest
}

/** The parts of an expression, without those in lists and ads. */
export const children = (expr: Expr.Expr): ReadonlyArray<Expr.Expr> =>
  expr._tag === "List" || expr._tag === "Ad" ? [] : partsOf(expr)

/** Whether a schedd of this version gives up on an expression. The tool and the schedd add `above` levels around it. */
export const tooDeep = (expr: Expr.Expr, version: Version, above = 0): boolean =>
  version === "latest" && levels(expr) + above > maxLevels

/** How many levels another condition adds: an operator that binds less than `&&` needs parentheses. */
export const levelsToJoin = (expr: Expr.Expr): number =>
  expr._tag === "Conditional" || expr._tag === "Binary" && (expr.operator === "||" || expr.operator === "?:") ? 2 : 1
