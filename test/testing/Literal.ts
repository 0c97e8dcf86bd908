import { ClassAd } from "../../src/classad/index.ts"

/** The text of an attribute's literal; empty if it is not a literal. */
export const literal = (ad: ClassAd.ClassAd, name: string): string => {
  const expr = ClassAd.get(ad, name)
  return expr?._tag === "Literal" && "value" in expr.value ? String(expr.value.value) : ""
}
