/** Functions of lists. */
import * as Bytes from "../Bytes.ts"
import { made, toItem } from "../Conversion.ts"
import { type Builtin, type Env, strict, within } from "../Evaluation.ts"
import type * as Expr from "../Expr.ts"
import * as Operators from "../Operators.ts"
import * as Resolve from "../Resolve.ts"
import * as Scalars from "../Scalar.ts"
import { outermost, Scope } from "../Scope.ts"
import { type Item, truth, type Value } from "../Value.ts"

const { boolean, errorScalar, falseScalar, integer, real, trueScalar, undefinedScalar } = Scalars

const isNumber = (value: Value): boolean =>
  value._tag === "Integer" || value._tag === "Real" || value._tag === "Boolean"

const member = (identical: boolean): Builtin =>
  strict(2, 2, function*([wanted = errorScalar, list = errorScalar], env) {
    if (list._tag === "Undefined" || (!identical && wanted._tag === "Undefined")) return undefinedScalar
    if (list._tag !== "ListValue" || wanted._tag === "ListValue" || wanted._tag === "AdValue") return errorScalar
    if (!identical && wanted._tag === "Error") return errorScalar
    const inner = within(env, list.scope)
    for (const item of list.items) {
      const value = yield { item, env: inner }
      const answer = Operators.binary(identical ? "=?=" : "==", value, wanted)
      if (answer._tag === "Boolean" && answer.value) return trueScalar
    }
    return falseScalar
  })

const size = strict(1, 1, ([value = errorScalar]) => {
  switch (value._tag) {
    case "Undefined":
      return value
    case "ListValue":
      return integer(BigInt(value.items.length))
    case "AdValue":
      return integer(BigInt(value.scope.ad.members.size))
    case "String":
      return integer(BigInt(Bytes.size(value.value)))
    default:
      return errorScalar
  }
})

/** Combines the numbers of a list, without undefined items. */
const fold = (
  combine: (before: Value | undefined, next: Value) => Value,
  end: (result: Value | undefined, count: number) => Value
): Builtin =>
  strict(1, 1, function*([list = errorScalar], env) {
    if (list._tag === "Undefined") return list
    if (list._tag !== "ListValue") return errorScalar
    const inner = within(env, list.scope)
    let result: Value | undefined
    let count = 0
    for (const item of list.items) {
      const value = yield { item, env: inner }
      if (value._tag === "Undefined") continue
      if (!isNumber(value)) return errorScalar
      result = combine(result, value)
      count++
    }
    return end(result, count)
  })

const add = (before: Value | undefined, next: Value): Value =>
  before === undefined ? next : Operators.binary("+", before, next)

/** A number in the type in which HTCondor compares it with another value. */
const promoted = (value: Value, other: Value): Value => {
  const number = value._tag === "Boolean" ? integer(value.value ? 1n : 0n) : value
  return number._tag === "Integer" && other._tag === "Real" ? real(Number(number.value)) : number
}

const extreme = (operator: "<" | ">") => (before: Value | undefined, next: Value): Value =>
  before === undefined
    ? next
    : truth(Operators.binary(operator, next, before)) === true
    ? promoted(next, before)
    : promoted(before, next)

const comparisons: Readonly<Record<string, Expr.BinaryOperator>> = {
  "<": "<",
  "<=": "<=",
  "!=": "!=",
  "==": "==",
  ">": ">",
  ">=": ">=",
  is: "=?=",
  isnt: "=!="
}

const compare = (all: boolean): Builtin =>
  function*(args, env) {
    const [first, second, third] = args
    if (args.length !== 3 || first === undefined || second === undefined || third === undefined) return errorScalar
    const spelling = yield { item: first, env }
    if (spelling._tag === "Undefined") return spelling
    const operator = spelling._tag === "String" && Object.hasOwn(comparisons, spelling.value)
      ? comparisons[spelling.value]
      : undefined
    if (operator === undefined) return errorScalar
    const list = yield { item: second, env }
    if (list._tag === "Undefined") return list
    if (list._tag !== "ListValue") return errorScalar
    const other = yield { item: third, env }
    const inner = within(env, list.scope)
    for (const item of list.items) {
      const answer = Operators.binary(operator, yield { item, env: inner }, other)
      // In HTCondor an undefined comparison ends both functions, with false.
      if (answer._tag === "Undefined") return falseScalar
      if (answer._tag !== "Boolean") return errorScalar
      if (answer.value !== all) return boolean(!all)
    }
    return boolean(all)
  }

/** The scope in which a nested ad of the list is evaluated: with the other ad of the match. */
const contextOf = (nested: Scope, env: Env): Scope | undefined => {
  const { root } = env
  const left = root?.bindings.get("left")
  const right = root?.bindings.get("right")
  if (left === undefined || right === undefined) return nested
  for (let scope: Scope | undefined = nested.parent; scope !== undefined; scope = scope.parent) {
    if (scope !== left && scope !== right) continue
    const within = new Scope(nested.ad, nested.parent)
    within.alternate = scope.alternate
    return within
  }
  return nested
}

const inEach = (counting: boolean): Builtin =>
  function*(args, env) {
    let [expr, nested] = args
    if (args.length !== 2 || expr === undefined || nested === undefined) return errorScalar
    let lexical = env.lexical
    // The expression of a name, if the name can be resolved.
    if (expr._tag === "Attribute") {
      if (expr.scope === undefined) {
        const found = Resolve.name(expr.name, expr.absolute, env)
        if (found._tag === "Found") [expr, lexical] = [found.expr, found.scope]
      } else {
        const base = yield { item: expr.scope, env }
        if (base._tag === "AdValue") {
          const found = Resolve.inScope(base.scope, expr.name, env.root, env.old)
          if (found._tag === "Found") [expr, lexical] = [found.expr, found.scope]
        }
      }
    }
    const list = yield { item: nested, env, caught: true }
    if (list._tag === "Undefined") return counting ? integer(0n) : list
    if (list._tag !== "ListValue") return errorScalar
    const inner = within(env, list.scope)
    const values: Array<Item> = []
    let count = 0n
    for (const item of list.items) {
      const ad = yield { item, env: inner, caught: true }
      const scope = ad._tag === "AdValue" ? contextOf(ad.scope, env) : undefined
      const value = scope === undefined
        ? (ad._tag === "Undefined" ? ad : errorScalar)
        : yield { item: expr, env: { ...env, current: scope, lexical, root: outermost(scope) }, caught: true }
      if (truth(value) === true) count++
      values.push(toItem(value))
    }
    return counting ? integer(count) : made(values)
  }

export const lists: Readonly<Record<string, Builtin>> = {
  member: member(false),
  identicalmember: member(true),
  size,
  sum: fold(add, (result) => result ?? integer(0n)),
  avg: fold(add, (result, count) => result === undefined ? integer(0n) : Operators.binary("/", result, real(count))),
  min: fold(extreme("<"), (result) => result ?? undefinedScalar),
  max: fold(extreme(">"), (result) => result ?? undefinedScalar),
  anycompare: compare(false),
  allcompare: compare(true),
  evalineachcontext: inEach(false),
  countmatches: inEach(true)
}
