import { ClassAd } from "../../src/classad/index.ts"

/** The text of the literal that an attribute is, or nothing. */
export const literal = (ad: ClassAd.ClassAd, name: string): string => {
  const expr = ClassAd.get(ad, name)
  return expr?._tag === "Literal" && "value" in expr.value ? String(expr.value.value) : ""
}
