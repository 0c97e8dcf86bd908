/**
 * What expressions evaluate to.
 *
 * **Details**
 *
 * Lists and ads stay unevaluated, as in HTCondor: `{1 + 1}` is a list of one expression. They remember the scope that
 * they were written in.
 *
 * @since 0.1.0
 */
import type * as Expr from "./Expr.ts"
import * as Exprs from "./Expr.ts"
import type { Scalar } from "./Scalar.ts"
import type { Scope } from "./Scope.ts"

/**
 * @category models
 * @since 0.1.0
 */
export interface AdValue {
  readonly _tag: "AdValue"
  readonly scope: Scope
}

/**
 * @category models
 * @since 0.1.0
 */
export interface ListValue {
  readonly _tag: "ListValue"
  readonly items: ReadonlyArray<Item>
  readonly scope: Scope | undefined
  /** Made by a function. `=?=` takes such a list for another type than one that was written down. */
  readonly made: boolean
}

/**
 * An item of a list: an expression, or what has been evaluated already.
 *
 * @category models
 * @since 0.1.0
 */
export type Item = Expr.Expr | ListValue | AdValue

/**
 * @category models
 * @since 0.1.0
 */
export type Value = Scalar | ListValue | AdValue

/**
 * A value as an expression.
 *
 * @category converting
 * @since 0.1.0
 */
export const toExpr = (item: Value | Item): Expr.Expr => nestedExpr(item, 0)

/** Lists that functions put into lists, a thousand levels and no more. */
const nestedExpr = (item: Value | Item, depth: number): Expr.Expr => {
  if (depth > 1_000) return Exprs.errorLiteral
  if (item._tag === "ListValue") return Exprs.list(item.items.map((inner) => nestedExpr(inner, depth + 1)))
  if (item._tag === "AdValue") return item.scope.ad
  return Exprs.isExpr(item) ? item : Exprs.literal(item)
}

/**
 * The truth of what can stand for a boolean.
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
