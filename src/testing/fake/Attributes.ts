/**
 * Attributes of job ads as plain values.
 *
 * @since 0.1.0
 */
import * as ClassAd from "../../classad/ClassAd.ts"
import * as Expr from "../../classad/Expr.ts"

const scalar = (ad: ClassAd.ClassAd, name: string) => {
  const expr = ClassAd.get(ad, name)
  return expr?._tag === "Literal" ? expr.value : undefined
}

/** The value of an attribute, if it is a string literal. */
export const text = (ad: ClassAd.ClassAd, name: string): string | undefined => {
  const value = scalar(ad, name)
  return value?._tag === "String" ? value.value : undefined
}

/** The value of an attribute, if it is an integer literal. */
export const integer = (ad: ClassAd.ClassAd, name: string): number | undefined => {
  const value = scalar(ad, name)
  return value?._tag === "Integer" ? Number(value.value) : undefined
}

/** The value of an attribute, if it is an integer or real literal. */
export const number = (ad: ClassAd.ClassAd, name: string): number | undefined => {
  const value = scalar(ad, name)
  return value?._tag === "Real" ? value.value : integer(ad, name)
}

/** The value of a removed attribute that stays in the ad. */
export const cleared: Expr.Expr = Expr.undefinedLiteral
