/** Conversions of values between types, as HTCondor and C do them, and to items of lists. */
import * as Exprs from "./Expr.ts"
import type { Scalar } from "./Scalar.ts"
import * as Scalars from "./Scalar.ts"
import type { Scope } from "./Scope.ts"
import * as Times from "./Times.ts"
import { TreePrinter } from "./TreePrinter.ts"
import { type AdValue, type Item, type ListValue, toExpr, type Value } from "./Value.ts"

/** The longest string that an evaluation makes. HTCondor has no limit but its memory. */
export const longest = 2 ** 24

/** A number as an `int` of C, rounded towards zero. A number that does not fit becomes the smallest `int`, as on x86. */
export const int32 = (value: number): number => {
  const truncated = Math.trunc(value)
  // C has no negative zero among its integers.
  return Math.abs(truncated) < 2 ** 31 ? truncated + 0 : -(2 ** 31)
}

/** The whole seconds of a duration. Most of HTCondor ignores the fraction. */
export const wholeSeconds = (time: Scalars.RelativeTime): number => int32(time.seconds)

/** A list from the text of an expression, with its scope. */
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

/** The ad of a scope. */
export const ad = (scope: Scope): AdValue => ({ _tag: "AdValue", scope })

/** A list of strings. */
export const strings = (values: ReadonlyArray<string>): ListValue => made(values.map(Exprs.string))

/** A value as an item of a list. HTCondor keeps only the whole seconds of a duration. */
export const toItem = (value: Value): Item => {
  if (value._tag === "ListValue" || value._tag === "AdValue") return value
  return Exprs.literal(value._tag === "RelativeTime" ? Scalars.relativeTime(wholeSeconds(value)) : value)
}

/**
 * The text of a value, as the function `string` returns it. `undefined` for an undefined value, an error, and a text that is
 * too long.
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
      // As in HTCondor, without the fraction of a second.
      return Times.printRelative(Scalars.relativeTime(wholeSeconds(value)))
    default:
      return new TreePrinter({ exact: true }).print(toExpr(value), longest)
  }
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

/** The result of the function `real` for a value. */
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
      return Scalars.real(wholeSeconds(value))
    default:
      return Scalars.errorScalar
  }
}

/** The result of the function `int` for a value. */
export const toInteger = (value: Value): Scalar => {
  switch (value._tag) {
    case "Undefined":
    case "Integer":
      return value
    case "String": {
      const number = leadingNumber(value.value)
      return number === undefined ? Scalars.errorScalar : Scalars.integer(Scalars.truncate(number))
    }
    case "Boolean":
      return Scalars.integer(value.value ? 1n : 0n)
    case "Real":
      return Scalars.integer(Scalars.truncate(value.value))
    case "AbsoluteTime":
      return Scalars.integer(Scalars.truncate(value.seconds))
    case "RelativeTime":
      return Scalars.integer(BigInt(wholeSeconds(value)))
    default:
      return Scalars.errorScalar
  }
}
