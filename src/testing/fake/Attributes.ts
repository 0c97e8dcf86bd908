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

/** The string that an attribute is, if it is one. */
export const text = (ad: ClassAd.ClassAd, name: string): string | undefined => {
  const value = scalar(ad, name)
  return value?._tag === "String" ? value.value : undefined
}

/** The integer that an attribute is, if it is one. */
export const integer = (ad: ClassAd.ClassAd, name: string): number | undefined => {
  const value = scalar(ad, name)
  return value?._tag === "Integer" ? Number(value.value) : undefined
}

/** The number in an attribute, of any kind. */
export const number = (ad: ClassAd.ClassAd, name: string): number | undefined => {
  const value = scalar(ad, name)
  return value?._tag === "Real" ? value.value : integer(ad, name)
}

/** What stands for an attribute that was taken away, and is not just absent. */
export const cleared: Expr.Expr = Expr.undefinedLiteral
