/**
 * The tree of a ClassAd expression, and its constructors.
 *
 * **Details**
 *
 * Nodes are plain, immutable objects. Parentheses are nodes, as in HTCondor, so a parsed expression is printed with the same
 * parentheses (except with `parentheses: "minimal"`).
 *
 * @since 0.1.0
 */
import * as Bytes from "./Bytes.ts"
import type { Scalar } from "./Scalar.ts"
import * as Scalars from "./Scalar.ts"

/**
 * The unary operators.
 *
 * @category models
 * @since 0.1.0
 */
export type UnaryOperator = "-" | "+" | "!" | "~"

/**
 * All binary operators.
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
 * The binary operators. `=?=` and `=!=` are also written `is` and `isnt`. `a ?: b` is `b` if `a` is undefined, and otherwise `a`.
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
  /** The tag of the union. */
  readonly _tag: "Literal"
  /** The value. */
  readonly value: Scalar
}

/**
 * A reference to an attribute: `name`, `scope.name` or, with `absolute`, `.name`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Attribute {
  /** The tag of the union. */
  readonly _tag: "Attribute"
  /** The expression before the dot, for example `TARGET`. */
  readonly scope: Expr | undefined
  /** The name as it is written. Its case does not count. */
  readonly name: string
  /** Whether the name is looked up in the outermost ad. */
  readonly absolute: boolean
}

/**
 * A unary operator with its operand, for example `!held`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Unary {
  /** The tag of the union. */
  readonly _tag: "Unary"
  /** The operator. */
  readonly operator: UnaryOperator
  /** The operand. */
  readonly operand: Expr
}

/**
 * A binary operator with its operands, for example `Cpus * 2`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Binary {
  /** The tag of the union. */
  readonly _tag: "Binary"
  /** The operator: for `is` and `isnt` it is `=?=` and `=!=`. */
  readonly operator: BinaryOperator
  /** The left operand. */
  readonly left: Expr
  /** The right operand. */
  readonly right: Expr
}

/**
 * A conditional: `test ? whenTrue : whenFalse`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Conditional {
  /** The tag of the union. */
  readonly _tag: "Conditional"
  /** The condition. */
  readonly test: Expr
  /** The value if the condition is true. */
  readonly whenTrue: Expr
  /** The value if the condition is false. */
  readonly whenFalse: Expr
}

/**
 * An item of a list, or an attribute of an ad: `base[index]`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Subscript {
  /** The tag of the union. */
  readonly _tag: "Subscript"
  /** The list or the ad. */
  readonly base: Expr
  /** An integer, from 0, for a list; a string for an ad. */
  readonly index: Expr
}

/**
 * A call of a function, for example `strcat(a, b)`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Call {
  /** The tag of the union. */
  readonly _tag: "Call"
  /** The name of the function as it is written. Its case does not count. */
  readonly name: string
  /** The arguments. */
  readonly args: ReadonlyArray<Expr>
}

/**
 * A list of expressions: `{1, 2}`.
 *
 * @category models
 * @since 0.1.0
 */
export interface List {
  /** The tag of the union. */
  readonly _tag: "List"
  /** The items. */
  readonly items: ReadonlyArray<Expr>
}

/**
 * An attribute of an ad.
 *
 * @category models
 * @since 0.1.0
 */
export interface Member {
  /** The name in its first spelling. */
  readonly name: string
  /** The expression of the attribute. */
  readonly expr: Expr
}

/**
 * An ad: `[ a = 1; b = a + 1 ]`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Ad {
  /** The tag of the union. */
  readonly _tag: "Ad"
  /** The attributes in their order, by their names in lower case (only A to Z are changed). */
  readonly members: ReadonlyMap<string, Member>
}

/**
 * An expression in parentheses.
 *
 * @category models
 * @since 0.1.0
 */
export interface Parens {
  /** The tag of the union. */
  readonly _tag: "Parens"
  /** The expression inside. */
  readonly inner: Expr
}

/**
 * An expression.
 *
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
 * Whether a value is an expression. Checks only the root, because trees may be deep.
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
 * A literal of a scalar value.
 *
 * @category constructors
 * @since 0.1.0
 */
export const literal = (value: Scalar): Literal => ({ _tag: "Literal", value })

/**
 * The literal `undefined`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const undefinedLiteral: Literal = literal(Scalars.undefinedScalar)

/**
 * The literal `error`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const errorLiteral: Literal = literal(Scalars.errorScalar)

/**
 * A string literal.
 *
 * @category constructors
 * @since 0.1.0
 */
export const string = (value: string): Literal => literal(Scalars.string(value))

/**
 * A literal of a signed 64-bit integer. A bigint that does not fit wraps around. A number is truncated towards zero; one that does
 * not fit becomes the smallest integer, as in HTCondor's function `int`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const integer = (value: bigint | number): Literal =>
  literal(Scalars.integer(typeof value === "bigint" ? value : Scalars.truncate(value)))

/**
 * A literal of a real (a 64-bit floating point number).
 *
 * @category constructors
 * @since 0.1.0
 */
export const real = (value: number): Literal => literal(Scalars.real(value))

/**
 * The literal `true` or `false`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const boolean = (value: boolean): Literal => literal(Scalars.boolean(value))

/**
 * A reference `name`, or `scope.name`.
 *
 * **Example** (Building an expression)
 *
 * ```ts
 * import { Expr, Printer } from "effect-htcondor-ce/classad"
 * import * as assert from "node:assert"
 *
 * const cpus = Expr.attribute("Cpus", Expr.attribute("TARGET"))
 * const known = Expr.call("isUndefined", [cpus])
 * const expr = Expr.binary("||", known, Expr.binary(">=", cpus, Expr.integer(2)))
 *
 * assert.strictEqual(Printer.print(expr), "isUndefined(TARGET.Cpus) || TARGET.Cpus >= 2")
 * // The printer adds the parentheses that the tree needs.
 * assert.strictEqual(Printer.print(Expr.unary("!", expr)), " !(isUndefined(TARGET.Cpus) || TARGET.Cpus >= 2)")
 * ```
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
 * A reference `.name`, which is looked up in the outermost ad.
 *
 * @category constructors
 * @since 0.1.0
 */
export const absolute = (name: string): Attribute => ({ _tag: "Attribute", scope: undefined, name, absolute: true })

/**
 * A unary operator with its operand.
 *
 * @category constructors
 * @since 0.1.0
 */
export const unary = (operator: UnaryOperator, operand: Expr): Unary => ({ _tag: "Unary", operator, operand })

/**
 * A binary operator with its operands. Precedence needs no {@link parens}: the printer adds them.
 *
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
 * A conditional: `test ? whenTrue : whenFalse`.
 *
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
 * An item of a list or an attribute of an ad: `base[index]`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const subscript = (base: Expr, index: Expr): Subscript => ({ _tag: "Subscript", base, index })

/**
 * A call of a function: `name(args)`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const call = (name: string, args: ReadonlyArray<Expr>): Call => ({ _tag: "Call", name, args })

/**
 * A list: `{items}`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const list = (items: ReadonlyArray<Expr>): List => ({ _tag: "List", items })

/**
 * An expression in parentheses, which the printer keeps.
 *
 * @category constructors
 * @since 0.1.0
 */
export const parens = (inner: Expr): Parens => ({ _tag: "Parens", inner })

/**
 * An ad from attribute names and expressions. If two names differ only in case, the ad has the first spelling and the last
 * expression.
 *
 * @category constructors
 * @since 0.1.0
 */
export const ad = (entries: Iterable<readonly [name: string, expr: Expr]>): Ad => {
  const members = new Map<string, Member>()
  for (const [name, expr] of entries) insert(members, name, expr)
  return { _tag: "Ad", members }
}

/** Adds an attribute to the members of a new ad, or replaces its expression. */
export const insert = (members: Map<string, Member>, name: string, expr: Expr): void => {
  const key = Bytes.fold(name)
  const before = members.get(key)
  members.set(key, { name: before === undefined ? name : before.name, expr })
}
