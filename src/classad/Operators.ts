/**
 * The operators on values: HTCondor's logic of true, false, undefined and error, and its promotions.
 *
 * @since 0.1.0
 */
import * as Bytes from "./Bytes.ts"
import { wholeSeconds } from "./Conversion.ts"
import type * as Expr from "./Expr.ts"
import type { Scalar } from "./Scalar.ts"
import * as Scalars from "./Scalar.ts"
import { truth, type Value } from "./Value.ts"

const { boolean, errorScalar, integer, real, undefinedScalar } = Scalars

/** The order of strings by their bytes, without the case of A to Z. */
export const compareFolded = (a: string, b: string): number => Bytes.compare(Bytes.fold(a), Bytes.fold(b))

type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">="

const holds = <A>(operator: Comparison, a: A, b: A): boolean => {
  switch (operator) {
    case "==":
      return a === b
    case "!=":
      return a !== b
    case "<":
      return a < b
    case "<=":
      return a <= b
    case ">":
      return a > b
    case ">=":
      return a >= b
  }
}

/** A boolean as 0 or 1. */
const promote = (value: Value): Value => value._tag === "Boolean" ? integer(value.value ? 1n : 0n) : value

const compare = (operator: Comparison, left: Value, right: Value): Scalar => {
  if (left._tag === "String" && right._tag === "String") {
    return boolean(holds(operator, compareFolded(left.value, right.value), 0))
  }
  if (left._tag === "AbsoluteTime" && right._tag === "AbsoluteTime") {
    return boolean(holds(operator, left.seconds, right.seconds))
  }
  if (left._tag === "RelativeTime" && right._tag === "RelativeTime") {
    return boolean(holds(operator, left.seconds, right.seconds))
  }
  const [a, b] = [promote(left), promote(right)]
  if (a._tag === "Integer" && b._tag === "Integer") return boolean(holds(operator, a.value, b.value))
  if ((a._tag === "Integer" || a._tag === "Real") && (b._tag === "Integer" || b._tag === "Real")) {
    return boolean(holds(operator, Number(a.value), Number(b.value)))
  }
  return errorScalar
}

/** `=?=`: whether two values have the same type and are equal; `undefined` if the comparison is an error. */
export const same = (left: Value, right: Value): boolean | undefined => {
  switch (left._tag) {
    case "Undefined":
    case "Error":
      return left._tag === right._tag
    case "String":
    case "Boolean":
    case "Integer":
    case "Real":
      return left._tag === right._tag && left.value === right.value
    case "AbsoluteTime":
      return right._tag === "AbsoluteTime" && left.seconds === right.seconds && left.offset === right.offset
    case "RelativeTime":
      return right._tag === "RelativeTime" && left.seconds === right.seconds
    case "ListValue":
      return right._tag === "ListValue" && right.made === left.made ? undefined : false
    case "AdValue":
      return right._tag === "AdValue" ? undefined : false
  }
}

type Arithmetic = "+" | "-" | "*" | "/" | "%"

const integers = (operator: Arithmetic, a: bigint, b: bigint): Scalar => {
  switch (operator) {
    case "+":
      return integer(a + b)
    case "-":
      return integer(a - b)
    case "*":
      return integer(a * b)
    case "/":
      if (b === 0n) return errorScalar
      // The only quotient that does not fit. HTCondor's result is the largest number.
      return a === -(2n ** 63n) && b === -1n ? integer(2n ** 63n - 1n) : integer(a / b)
    case "%":
      return b === 0n ? errorScalar : integer(a % b)
  }
}

const reals = (operator: Arithmetic, a: number, b: number): Scalar => {
  if (operator === "%") return errorScalar
  const result = operator === "+" ? a + b : operator === "-" ? a - b : operator === "*" ? a * b : a / b
  return result === Number.POSITIVE_INFINITY ? errorScalar : real(result)
}

const times = (operator: Arithmetic, left: Value, right: Value): Scalar => {
  if (left._tag === "AbsoluteTime") {
    if (operator === "-" && right._tag === "AbsoluteTime") return Scalars.relativeTime(left.seconds - right.seconds)
    if (right._tag !== "RelativeTime" || (operator !== "+" && operator !== "-")) return errorScalar
    const by = wholeSeconds(right)
    return Scalars.absoluteTime(operator === "+" ? left.seconds + by : left.seconds - by, left.offset)
  }
  if (right._tag === "AbsoluteTime") {
    return operator === "+" && left._tag === "RelativeTime" ? times("+", right, left) : errorScalar
  }
  if (left._tag === "RelativeTime" && right._tag === "RelativeTime") {
    if (operator === "+") return Scalars.relativeTime(left.seconds + right.seconds)
    return operator === "-" ? Scalars.relativeTime(left.seconds - right.seconds) : errorScalar
  }
  if (left._tag === "RelativeTime" && (right._tag === "Integer" || right._tag === "Real")) {
    const by = Number(right.value)
    if (operator === "*") return Scalars.relativeTime(left.seconds * by)
    return operator === "/" ? Scalars.relativeTime(left.seconds / by) : errorScalar
  }
  return operator === "*" && right._tag === "RelativeTime" ? times("*", right, left) : errorScalar
}

const arithmetic = (operator: Arithmetic, left: Value, right: Value): Scalar => {
  const timed = left._tag === "AbsoluteTime" || left._tag === "RelativeTime" || right._tag === "AbsoluteTime" ||
    right._tag === "RelativeTime"
  if (timed) return times(operator, left, right)
  const [a, b] = [promote(left), promote(right)]
  if (a._tag === "Integer" && b._tag === "Integer") return integers(operator, a.value, b.value)
  if ((a._tag === "Integer" || a._tag === "Real") && (b._tag === "Integer" || b._tag === "Real")) {
    return reals(operator, Number(a.value), Number(b.value))
  }
  return errorScalar
}

type Bitwise = "|" | "&" | "^" | "<<" | ">>" | ">>>"

/** Shifts use the lowest six bits of their distance, as x86 does. */
const low = (distance: bigint): bigint => distance & 63n

const bits = (operator: Bitwise, a: bigint, b: bigint): Scalar => {
  switch (operator) {
    case "|":
      return integer(a | b)
    case "&":
      return integer(a & b)
    case "^":
      return integer(a ^ b)
    case "<<":
      return integer(a << low(b))
    case ">>":
      if (a >= 0n) return integer(a >> low(b))
      return integer(b <= 0n ? a : a >> (b > 64n ? 64n : b))
    case ">>>":
      if (a >= 0n) return integer(a >> low(b))
      return integer((BigInt.asUintN(64, a) >> 1n) >> low(b - 1n))
  }
}

/** The logical value of an operand of `&&` and `||`; `undefined` for a type without one. */
const logical = (value: Value): boolean | "undefined" | "error" | undefined =>
  value._tag === "Undefined" ? "undefined" : value._tag === "Error" ? "error" : truth(value)

/** The value of `&&` or `||` if the left side decides it. */
export const shortcut = (operator: "&&" | "||", left: Value): Scalar | undefined => {
  const a = logical(left)
  if (a === "error") return errorScalar
  return a === (operator === "||") ? boolean(a) : undefined
}

const logic = (operator: "&&" | "||", left: Value, right: Value): Scalar => {
  const decided = shortcut(operator, left)
  if (decided !== undefined) return decided
  const [a, b] = [logical(left), logical(right)]
  if (a === undefined || b === undefined || b === "error") return errorScalar
  if (b === "undefined") return undefinedScalar
  if (a === "undefined") return b === (operator === "||") ? boolean(b) : undefinedScalar
  return boolean(b)
}

/** The value of a strict operator for an operand that is an error (first) or undefined. */
const exceptional = (left: Value, right: Value): Scalar | undefined => {
  if (left._tag === "Error" || right._tag === "Error") return errorScalar
  return left._tag === "Undefined" || right._tag === "Undefined" ? undefinedScalar : undefined
}

/**
 * A binary operator on two values.
 *
 * @category evaluation
 * @since 0.1.0
 */
export const binary = (operator: Expr.BinaryOperator, left: Value, right: Value): Value => {
  switch (operator) {
    case "&&":
    case "||":
      return logic(operator, left, right)
    case "?:":
      return left._tag === "Undefined" ? right : left
    case "=?=":
    case "=!=": {
      const equal = same(left, right)
      return equal === undefined ? errorScalar : boolean(equal === (operator === "=?="))
    }
    default: {
      const passed = exceptional(left, right)
      if (passed !== undefined) return passed
      switch (operator) {
        case "==":
        case "!=":
        case "<":
        case "<=":
        case ">":
        case ">=":
          return compare(operator, left, right)
        case "+":
        case "-":
        case "*":
        case "/":
        case "%":
          return arithmetic(operator, left, right)
        default:
          return left._tag === "Integer" && right._tag === "Integer"
            ? bits(operator, left.value, right.value)
            : errorScalar
      }
    }
  }
}

/**
 * A unary operator on a value.
 *
 * @category evaluation
 * @since 0.1.0
 */
export const unary = (operator: Expr.UnaryOperator, value: Value): Value => {
  if (value._tag === "Undefined" || value._tag === "Error") return value
  switch (operator) {
    case "+":
      return value._tag === "Integer" || value._tag === "Real" || value._tag === "RelativeTime" ? value : errorScalar
    case "-":
      if (value._tag === "Integer") return integer(-value.value)
      if (value._tag === "Real") return real(-value.value)
      return value._tag === "RelativeTime" ? Scalars.relativeTime(-value.seconds) : errorScalar
    case "~":
      return value._tag === "Integer" ? integer(~value.value) : errorScalar
    case "!": {
      const a = truth(value)
      return a === undefined ? errorScalar : boolean(!a)
    }
  }
}
