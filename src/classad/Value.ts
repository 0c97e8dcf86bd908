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
import * as Printer from "./Printer.ts"
import type { Scalar } from "./Scalar.ts"
import * as Scalars from "./Scalar.ts"
import * as Times from "./Times.ts"

/**
 * An ad within the ads that enclose it.
 *
 * - `alternate`: where a bare name is looked up last: the other ad of a match
 * - `bindings`: names that stand for other scopes
 *
 * @category models
 * @since 0.1.0
 */
export class Scope {
  readonly ad: Expr.Ad
  readonly parent: Scope | undefined
  alternate: Scope | undefined = undefined
  readonly bindings: Map<string, Scope> = new Map()
  /** The attributes of this ad that are just being evaluated, to find those that refer to themselves. */
  readonly active: Set<Expr.Expr> = new Set()
  private readonly children: Map<Expr.Ad, Scope> = new Map()

  constructor(ad: Expr.Ad, parent: Scope | undefined) {
    this.ad = ad
    this.parent = parent
  }

  /** The scope of an ad that stands in this one: the same each time, or else nothing could be recognised. */
  child(ad: Expr.Ad): Scope {
    const before = this.children.get(ad)
    if (before !== undefined) return before
    const scope = new Scope(ad, this)
    this.children.set(ad, scope)
    return scope
  }
}

/** The outermost of the ads around one, or itself. */
export const outermost = (scope: Scope): Scope => {
  let outer = scope
  while (outer.parent !== undefined) outer = outer.parent
  return outer
}

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

/** @category constructors */
export const list = (items: ReadonlyArray<Item>, scope: Scope | undefined): ListValue => ({
  _tag: "ListValue",
  items,
  scope,
  made: false
})

/** A list that a function made. */
export const made = (items: ReadonlyArray<Item>): ListValue => ({
  _tag: "ListValue",
  items,
  scope: undefined,
  made: true
})

/** @category constructors */
export const ad = (scope: Scope): AdValue => ({ _tag: "AdValue", scope })

/** A list of strings. */
export const strings = (values: ReadonlyArray<string>): ListValue => made(values.map(Exprs.string))

/** A value as an item of a list. HTCondor keeps the whole seconds of a duration only. */
export const toItem = (value: Value): Item => {
  if (value._tag === "ListValue" || value._tag === "AdValue") return value
  return Exprs.literal(value._tag === "RelativeTime" ? Scalars.relativeTime(Scalars.wholeSeconds(value)) : value)
}

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

/** The truth of what can stand for a boolean. */
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

/**
 * The text of a value, as the function `string` gives it; `undefined` for an undefined value and an error.
 *
 * @category converting
 * @since 0.1.0
 */
export const toText = (value: Value): string | undefined => {
  switch (value._tag) {
    case "Undefined":
    case "Error":
      return undefined
    case "String":
      return value.value
    case "AbsoluteTime":
      return Times.printAbsolute(value)
    case "RelativeTime":
      // As in HTCondor, without the part of a second.
      return Times.printRelative(Scalars.relativeTime(Scalars.wholeSeconds(value)))
    default:
      return Printer.print(toExpr(value), { exact: true })
  }
}

const minimum = -(2n ** 63n)

/** A real as a whole number towards zero: what does not fit becomes the smallest integer, as on x86. */
export const truncate = (value: number): bigint => {
  if (!(Math.abs(value) < 2 ** 63)) return minimum
  return BigInt(Math.trunc(value))
}

const numeral =
  /^[ \t\n\v\f\r]*([+-]?)(?:(0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][+-]?\d+)?)|((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(inf(?:inity)?)|(nan))/i

/** The number that a text begins with, as `strtod` of C reads it. */
export const leadingNumber = (text: string): number | undefined => {
  const match = numeral.exec(text)
  if (match === null) return undefined
  const [, sign, hexadecimal, decimal, infinity] = match
  const size = hexadecimal !== undefined
    ? fromHexadecimal(hexadecimal)
    : decimal !== undefined
    ? Number(decimal)
    : infinity === undefined
    ? Number.NaN
    : Number.POSITIVE_INFINITY
  return sign === "-" ? -size : size
}

const fromHexadecimal = (text: string): number => {
  const [digits = "", exponent = "0"] = text.slice(2).split(/[pP]/)
  const [whole = "", fraction = ""] = digits.split(".")
  return Number.parseInt(`${whole}${fraction}`, 16) * 2 ** (Number(exponent) - 4 * fraction.length)
}

/** What the function `real` makes of a value. */
export const toReal = (value: Value): Scalar => {
  switch (value._tag) {
    case "Undefined":
    case "Real":
      return value
    case "String": {
      const number = leadingNumber(value.value)
      return number === undefined ? Scalars.errorScalar : Scalars.real(number)
    }
    case "Boolean":
      return Scalars.real(value.value ? 1 : 0)
    case "Integer":
      return Scalars.real(Number(value.value))
    case "AbsoluteTime":
      return Scalars.real(value.seconds)
    case "RelativeTime":
      return Scalars.real(Scalars.wholeSeconds(value))
    default:
      return Scalars.errorScalar
  }
}

/** What the function `int` makes of a value. */
export const toInteger = (value: Value): Scalar => {
  switch (value._tag) {
    case "Undefined":
    case "Integer":
      return value
    case "String": {
      const number = leadingNumber(value.value)
      return number === undefined ? Scalars.errorScalar : Scalars.integer(truncate(number))
    }
    case "Boolean":
      return Scalars.integer(value.value ? 1n : 0n)
    case "Real":
      return Scalars.integer(truncate(value.value))
    case "AbsoluteTime":
      return Scalars.integer(truncate(value.seconds))
    case "RelativeTime":
      return Scalars.integer(BigInt(Scalars.wholeSeconds(value)))
    default:
      return Scalars.errorScalar
  }
}
