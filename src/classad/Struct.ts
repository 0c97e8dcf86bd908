/**
 * Ads as typed records of named attributes.
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

/** A constant as a value of JavaScript. Other expressions stay as they are. */
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

/** The expression of a value that is not a list; undefined if there is none. */
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

/** The expression of a value. The failure is the part without an expression. */
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
 * A Schema of integers of 64 bits as bigints, because a `number` is not exact beyond 2^53.
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
 * The type of {@link Integer}.
 *
 * @category models
 * @since 0.1.0
 */
export type Integer = typeof Integer.Type

/**
 * A Schema of an attribute as its expression, without evaluation, for example `Requirements`.
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
 * The type of {@link Expression}.
 *
 * @category models
 * @since 0.1.0
 */
export type Expression = typeof Expression.Type

/**
 * A Schema of a record with these attributes of an ad.
 *
 * **Details**
 *
 * The case of names does not count. A constant is decoded from a string, a boolean, a number (a bigint beyond 2^53, see
 * {@link Integer}) or an array of these. An undefined constant counts as absent, and times are numbers of seconds. Only
 * {@link Expression} decodes an expression that is not a constant, and another `Struct` also decodes a nested ad. Other
 * attributes are ignored.
 *
 * **Gotchas**
 *
 * A whole number is encoded as an integer, even if the ad had `1.0`.
 *
 * **Example** (Typed attributes of a job ad)
 *
 * ```ts
 * import { Schema } from "effect"
 * import { ClassAd, Printer, Struct } from "effect-htcondor-ce/classad"
 * import * as assert from "node:assert"
 *
 * const Job = Struct.Struct({
 *   ClusterId: Schema.Int,
 *   Requirements: Struct.Expression,
 *   HoldReason: Schema.optionalKey(Schema.String)
 * })
 *
 * const ad = Schema.decodeSync(ClassAd.fromLong)("clusterid = 7\nRequirements = Cpus > 1\nOwner = \"me\"\n")
 * const job = Schema.decodeSync(Job)(ad)
 *
 * assert.deepStrictEqual([job.ClusterId, job.HoldReason], [7, undefined])
 * assert.strictEqual(Printer.print(job.Requirements), "Cpus > 1")
 * ```
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
