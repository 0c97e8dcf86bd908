/**
 * Ads as typed records of just the attributes that one names.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { AdFromSelf, ExprFromSelf, get } from "./ClassAd.ts"
import * as Expr from "./Expr.ts"
import type { Scalar } from "./Scalar.ts"

const fromScalar = (value: Scalar): unknown => {
  switch (value._tag) {
    case "Undefined":
      return undefined
    case "Error":
      return Expr.errorLiteral
    case "Integer":
      return Number.isSafeInteger(Number(value.value)) ? Number(value.value) : value.value
    case "AbsoluteTime":
    case "RelativeTime":
      return value.seconds
    default:
      return value.value
  }
}

/** A constant as the value of JavaScript that it stands for; any other expression as itself. */
const toUnknown = (root: Expr.Expr): unknown => {
  const result: Array<unknown> = []
  const tasks = [{ expr: root, into: result }]
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
    const { expr, into } = task
    if (expr._tag === "List") {
      const items: Array<unknown> = []
      into.push(items)
      for (const item of expr.items.toReversed()) tasks.push({ expr: item, into: items })
    } else into.push(expr._tag === "Literal" ? fromScalar(expr.value) : expr)
  }
  return result[0]
}

/** What no list holds; undefined for a value that no expression stands for. */
const plain = (value: unknown): Expr.Expr | undefined => {
  switch (typeof value) {
    case "string":
      return Expr.string(value)
    case "bigint":
      return BigInt.asIntN(64, value) === value ? Expr.integer(value) : undefined
    case "boolean":
      return Expr.boolean(value)
    case "number":
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? Expr.integer(value) : Expr.real(value)
    case "undefined":
      return Expr.undefinedLiteral
    default:
      return Expr.isExpr(value) ? value : undefined
  }
}

type Converted = Result.Result<Expr.Expr, unknown>

/** The expression of a value; the failure is the part that no expression stands for. */
const fromUnknown = (root: unknown): Converted => {
  const result: Array<Expr.Expr> = []
  const tasks = [{ value: root, into: result }]
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
    const { into, value } = task
    if (Array.isArray(value)) {
      const items: Array<Expr.Expr> = []
      into.push(Expr.list(items))
      for (const item of value.toReversed()) tasks.push({ value: item, into: items })
    } else {
      const expr = plain(value)
      if (expr === undefined) return Result.fail(value)
      into.push(expr)
    }
  }
  return Result.succeed(result[0] ?? Expr.undefinedLiteral)
}

const unknownValue = (value: unknown, options: SchemaAST.ParseOptions): SchemaIssue.Issue => {
  const message = typeof value === "bigint"
    ? "Expected an integer of 64 bits"
    : "Expected a string, a boolean, a number, a list of these, an expression or, for a nested ad, what a Struct encodes"
  return new SchemaIssue.InvalidValue({ message }, value, options)
}

/** {@link fromUnknown} with its failure as an issue. */
const expressionOf = (value: unknown, options: SchemaAST.ParseOptions): Effect.Effect<Expr.Expr, SchemaIssue.Issue> =>
  Effect.fromResult(Result.mapError(fromUnknown(value), (part) => unknownValue(part, options)))

/**
 * A whole number of 64 bits, which a `number` cannot hold beyond 2^53, as a bigint.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Integer = Schema.Union([Schema.Int, Schema.BigInt]).pipe(
  Schema.decodeTo(
    Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: -(2n ** 63n), maximum: 2n ** 63n - 1n })),
    SchemaTransformation.transform<bigint, bigint | number>({ decode: BigInt, encode: (value) => value })
  )
)

/**
 * @category models
 * @since 0.1.0
 */
export type Integer = typeof Integer.Type

/**
 * An attribute whose expression itself is wanted, such as `Requirements`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Expression = Schema.Unknown.pipe(
  Schema.decodeTo(
    ExprFromSelf,
    SchemaTransformation.transformEffect({
      decode: expressionOf,
      encode: (expr: Expr.Expr) => Effect.succeed(toUnknown(expr))
    })
  )
)

/**
 * @category models
 * @since 0.1.0
 */
export type Expression = typeof Expression.Type

/**
 * A record of the attributes that are named, out of an ad.
 *
 * **Details**
 *
 * Names are found in any case. A constant is decoded from a string, a boolean, a number (a bigint beyond 2^53, see
 * {@link Integer}) or an array of these; an undefined one is as absent; times are seconds. What is no constant is decoded
 * by {@link Expression} only, and a nested ad by another `Struct` too. Other attributes are left out.
 *
 * **Gotchas**
 *
 * A whole number is encoded as an integer, also where the ad had `1.0`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Struct = <const Fields extends Schema.Struct.Fields>(fields: Fields) => {
  const struct = Schema.Struct(fields)
  const encoded = Schema.decodeUnknownEffect(Schema.toEncoded(struct))
  return AdFromSelf.pipe(
    Schema.decodeTo(
      struct,
      SchemaTransformation.transformEffect({
        decode: (ad, options) => {
          const record: Record<string, unknown> = {}
          for (const name of Object.keys(fields)) {
            const expr = get(ad, name)
            const value = expr === undefined ? undefined : toUnknown(expr)
            if (value !== undefined) record[name] = value
          }
          return Effect.mapError(encoded(record, options), (error): SchemaIssue.Issue => error.issue)
        },
        encode: (record, options) =>
          Effect.map(
            Effect.forEach(
              Object.entries({ ...record }).filter(([, value]) => value !== undefined),
              ([name, value]) =>
                expressionOf(value, options).pipe(
                  Effect.map((expr) => [name, expr] as const),
                  Effect.mapError((issue) => new SchemaIssue.Pointer([name], issue))
                )
            ),
            Expr.ad
          )
      })
    )
  )
}
