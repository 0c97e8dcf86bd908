/**
 * The values of expressions.
 *
 * **Details**
 *
 * Lists and ads are not evaluated, as in HTCondor: `{1 + 1}` is a list of one expression. They have the scope in which names are
 * looked up.
 *
 * @since 0.1.0
 */
import type * as Expr from "./Expr.ts"
import * as Exprs from "./Expr.ts"
import type { Scalar } from "./Scalar.ts"
import type { Scope } from "./Scope.ts"

/**
 * An ad. {@link toExpr} returns it without its scope.
 *
 * @category models
 * @since 0.1.0
 */
export interface AdValue {
  /** The tag of the union. */
  readonly _tag: "AdValue"
  /** The ad, and the ads around it. */
  readonly scope: Scope
}

/**
 * A list. {@link toExpr} returns it without its scope.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListValue {
  /** The tag of the union. */
  readonly _tag: "ListValue"
  /** The items, which may not be evaluated yet. */
  readonly items: ReadonlyArray<Item>
  /** The ad in which names of the items are looked up. */
  readonly scope: Scope | undefined
  /** Whether a function made the list. For `=?=` such a list has another type than a list in the text of an expression. */
  readonly made: boolean
}

/**
 * An item of a list: an expression, or a list or ad that has been evaluated already.
 *
 * @category models
 * @since 0.1.0
 */
export type Item = Expr.Expr | ListValue | AdValue

/**
 * The value of an expression.
 *
 * @category models
 * @since 0.1.0
 */
export type Value = Scalar | ListValue | AdValue

/**
 * A value as an expression, for example for the printer.
 *
 * **Example** (Printing a value)
 *
 * ```ts
 * import { Effect, Result } from "effect"
 * import { Evaluator, Parser, Printer, Value } from "effect-htcondor-ce/classad"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const expr = Result.getOrThrow(Parser.parse(`split("a b")`))
 *   const value = yield* Evaluator.evaluate(expr)
 *   assert.strictEqual(Printer.print(Value.toExpr(value)), `{ "a","b" }`)
 *   assert.strictEqual(Value.truth(value), undefined)
 * })
 * ```
 *
 * @category converting
 * @since 0.1.0
 */
export const toExpr = (item: Value | Item): Expr.Expr => nestedExpr(item, 0)

/** The expression of an item. Lists in lists are converted up to a depth of 1,000. */
const nestedExpr = (item: Value | Item, depth: number): Expr.Expr => {
  if (depth > 1_000) return Exprs.errorLiteral
  if (item._tag === "ListValue") return Exprs.list(item.items.map((inner) => nestedExpr(inner, depth + 1)))
  if (item._tag === "AdValue") return item.scope.ad
  return Exprs.isExpr(item) ? item : Exprs.literal(item)
}

/**
 * The truth of a boolean or a number (false if it is 0); `undefined` for any other value.
 *
 * @category converting
 * @since 0.1.0
 */
export const truth = (value: Value): boolean | undefined => {
  switch (value._tag) {
    case "Boolean":
      return value.value
    case "Integer":
      return value.value !== 0n
    case "Real":
      return value.value !== 0
    default:
      return undefined
  }
}
