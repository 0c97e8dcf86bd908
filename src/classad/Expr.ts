/**
 * The tree of a ClassAd expression, and how to build one.
 *
 * **Details**
 *
 * Nodes are plain, immutable objects. Parentheses are nodes of their own, as in HTCondor, so that an expression that was
 * read is printed as it was written, unless the printer is asked for as few as possible.
 *
 * @since 0.1.0
 */
import * as Bytes from "./Bytes.ts"
import type { Scalar } from "./Scalar.ts"
import * as Scalars from "./Scalar.ts"

/**
 * @category models
 * @since 0.1.0
 */
export type UnaryOperator = "-" | "+" | "!" | "~"

/**
 * All binary operators, as values.
 *
 * @category constants
 * @since 0.1.0
 */
export const binaryOperators = [
  "||",
  "&&",
  "|",
  "^",
  "&",
  "==",
  "!=",
  "=?=",
  "=!=",
  "<",
  "<=",
  ">",
  ">=",
  "<<",
  ">>",
  ">>>",
  "+",
  "-",
  "*",
  "/",
  "%",
  "?:"
] as const

/**
 * The binary operators; `=?=` and `=!=` are also written `is` and `isnt`, and `?:` takes its right side where the left
 * one is undefined.
 *
 * @category models
 * @since 0.1.0
 */
export type BinaryOperator = typeof binaryOperators[number]

/**
 * A constant.
 *
 * @category models
 * @since 0.1.0
 */
export interface Literal {
  readonly _tag: "Literal"
  readonly value: Scalar
}

/**
 * `name`, `scope.name` or, where `absolute`, `.name`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Attribute {
  readonly _tag: "Attribute"
  readonly scope: Expr | undefined
  readonly name: string
  readonly absolute: boolean
}

/**
 * @category models
 * @since 0.1.0
 */
export interface Unary {
  readonly _tag: "Unary"
  readonly operator: UnaryOperator
  readonly operand: Expr
}

/**
 * @category models
 * @since 0.1.0
 */
export interface Binary {
  readonly _tag: "Binary"
  readonly operator: BinaryOperator
  readonly left: Expr
  readonly right: Expr
}

/**
 * `test ? whenTrue : whenFalse`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Conditional {
  readonly _tag: "Conditional"
  readonly test: Expr
  readonly whenTrue: Expr
  readonly whenFalse: Expr
}

/**
 * `base[index]`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Subscript {
  readonly _tag: "Subscript"
  readonly base: Expr
  readonly index: Expr
}

/**
 * @category models
 * @since 0.1.0
 */
export interface Call {
  readonly _tag: "Call"
  readonly name: string
  readonly args: ReadonlyArray<Expr>
}

/**
 * @category models
 * @since 0.1.0
 */
export interface List {
  readonly _tag: "List"
  readonly items: ReadonlyArray<Expr>
}

/**
 * An attribute of an ad, with its name as it was first written.
 *
 * @category models
 * @since 0.1.0
 */
export interface Member {
  readonly name: string
  readonly expr: Expr
}

/**
 * An ad: its attributes by their names in lower case.
 *
 * @category models
 * @since 0.1.0
 */
export interface Ad {
  readonly _tag: "Ad"
  readonly members: ReadonlyMap<string, Member>
}

/**
 * @category models
 * @since 0.1.0
 */
export interface Parens {
  readonly _tag: "Parens"
  readonly inner: Expr
}

/**
 * @category models
 * @since 0.1.0
 */
export type Expr = Literal | Attribute | Unary | Binary | Conditional | Subscript | Call | List | Ad | Parens

const tags: ReadonlySet<unknown> = new Set<Expr["_tag"]>([
  "Literal",
  "Attribute",
  "Unary",
  "Binary",
  "Conditional",
  "Subscript",
  "Call",
  "List",
  "Ad",
  "Parens"
])

/**
 * Whether a value is the root of a tree. Only the root is looked at: trees may be deep.
 *
 * @category guards
 * @since 0.1.0
 */
export const isExpr = (u: unknown): u is Expr => typeof u === "object" && u !== null && "_tag" in u && tags.has(u._tag)

/**
 * Whether a value is an ad.
 *
 * @category guards
 * @since 0.1.0
 */
export const isAd = (u: unknown): u is Ad => isExpr(u) && u._tag === "Ad"

/**
 * @category constructors
 * @since 0.1.0
 */
export const literal = (value: Scalar): Literal => ({ _tag: "Literal", value })

/**
 * @category constructors
 * @since 0.1.0
 */
export const undefinedLiteral: Literal = literal(Scalars.undefinedScalar)

/**
 * @category constructors
 * @since 0.1.0
 */
export const errorLiteral: Literal = literal(Scalars.errorScalar)

/**
 * @category constructors
 * @since 0.1.0
 */
export const string = (value: string): Literal => literal(Scalars.string(value))

/**
 * A 64-bit integer: a bigint beyond wraps around; a number is cut towards zero, and is the smallest integer where it does
 * not fit, as HTCondor's function `int` has it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const integer = (value: bigint | number): Literal =>
  literal(Scalars.integer(typeof value === "bigint" ? value : Scalars.truncate(value)))

/**
 * @category constructors
 * @since 0.1.0
 */
export const real = (value: number): Literal => literal(Scalars.real(value))

/**
 * @category constructors
 * @since 0.1.0
 */
export const boolean = (value: boolean): Literal => literal(Scalars.boolean(value))

/**
 * `name`, or `scope.name`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const attribute = (name: string, scope?: Expr): Attribute => ({
  _tag: "Attribute",
  scope,
  name,
  absolute: false
})

/**
 * `.name`: looked up in the outermost ad.
 *
 * @category constructors
 * @since 0.1.0
 */
export const absolute = (name: string): Attribute => ({ _tag: "Attribute", scope: undefined, name, absolute: true })

/**
 * @category constructors
 * @since 0.1.0
 */
export const unary = (operator: UnaryOperator, operand: Expr): Unary => ({ _tag: "Unary", operator, operand })

/**
 * @category constructors
 * @since 0.1.0
 */
export const binary = (operator: BinaryOperator, left: Expr, right: Expr): Binary => ({
  _tag: "Binary",
  operator,
  left,
  right
})

/**
 * @category constructors
 * @since 0.1.0
 */
export const conditional = (test: Expr, whenTrue: Expr, whenFalse: Expr): Conditional => ({
  _tag: "Conditional",
  test,
  whenTrue,
  whenFalse
})

/**
 * @category constructors
 * @since 0.1.0
 */
export const subscript = (base: Expr, index: Expr): Subscript => ({ _tag: "Subscript", base, index })

/**
 * @category constructors
 * @since 0.1.0
 */
export const call = (name: string, args: ReadonlyArray<Expr>): Call => ({ _tag: "Call", name, args })

/**
 * @category constructors
 * @since 0.1.0
 */
export const list = (items: ReadonlyArray<Expr>): List => ({ _tag: "List", items })

/**
 * @category constructors
 * @since 0.1.0
 */
export const parens = (inner: Expr): Parens => ({ _tag: "Parens", inner })

/**
 * An ad; of two names that differ in case only, the first spelling and the last expression stay.
 *
 * @category constructors
 * @since 0.1.0
 */
export const ad = (entries: Iterable<readonly [name: string, expr: Expr]>): Ad => {
  const members = new Map<string, Member>()
  for (const [name, expr] of entries) insert(members, name, expr)
  return { _tag: "Ad", members }
}

/** Puts an attribute into the members of an ad that is being built. */
export const insert = (members: Map<string, Member>, name: string, expr: Expr): void => {
  const key = Bytes.fold(name)
  const before = members.get(key)
  members.set(key, { name: before === undefined ? name : before.name, expr })
}
