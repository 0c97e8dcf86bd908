/**
 * Ads as typed records of just the attributes that one names.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as SchemaIssue from "effect/SchemaIssue"
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
const toUnknown = (expr: Expr.Expr): unknown => {
  if (expr._tag === "Literal") return fromScalar(expr.value)
  return expr._tag === "List" ? expr.items.map(toUnknown) : expr
}

const fromUnknown = (value: unknown): Expr.Expr => {
  switch (typeof value) {
    case "string":
      return Expr.string(value)
    case "bigint":
      return Expr.integer(value)
    case "boolean":
      return Expr.boolean(value)
    case "number":
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? Expr.integer(value) : Expr.real(value)
    default:
      if (Expr.isExpr(value)) return value
      return Array.isArray(value) ? Expr.list(value.map(fromUnknown)) : Expr.undefinedLiteral
  }
}

/**
 * An attribute whose expression itself is wanted, such as `Requirements`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Expression = Schema.Unknown.pipe(
  Schema.decodeTo(ExprFromSelf, SchemaTransformation.transform({ decode: fromUnknown, encode: toUnknown }))
)

/**
 * A record of the attributes that are named, out of an ad.
 *
 * **Details**
 *
 * Names are found in any case. A constant is decoded from a string, a boolean, a number (a bigint beyond 2^53) or an
 * array of these; an undefined one is as absent; times are seconds. What is no constant is decoded by {@link Expression}
 * only. Other attributes are left out.
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
        encode: (record) =>
          Effect.succeed(
            Expr.ad(
              Object.entries({ ...record }).flatMap(([name, value]) =>
                value === undefined ? [] : [[name, fromUnknown(value)] as const]
              )
            )
          )
      })
    )
  )
}
