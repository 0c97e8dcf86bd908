/** Finds strings and names that HTCondor cannot have, and so no text can represent. */
import * as Bytes from "./Bytes.ts"
import type * as Expr from "./Expr.ts"
import { quote } from "./Mistake.ts"
import { partsOf } from "./Parts.ts"

const textOf = (expr: Expr.Expr): string => {
  if (expr._tag === "Attribute" || expr._tag === "Call") return expr.name
  return expr._tag === "Literal" && expr.value._tag === "String" ? expr.value.value : ""
}

const flawOfText = (text: string): string | undefined =>
  Bytes.isString(text) ? undefined : `${quote(text)} has a NUL or half of a character, which no string of HTCondor has`

const flawOfNames = (ad: Expr.Ad): string | undefined => {
  for (const { name } of ad.members.values()) {
    const flaw = name === "" ? "an attribute has an empty name" : flawOfText(name)
    if (flaw !== undefined) return flaw
  }
  return undefined
}

/** Why HTCondor cannot have an expression; undefined if it can. */
export const flawOf = (root: Expr.Expr): string | undefined => {
  const stack = [root]
  for (let expr = stack.pop(); expr !== undefined; expr = stack.pop()) {
    const flaw = expr._tag === "Ad" ? flawOfNames(expr) : flawOfText(textOf(expr))
    if (flaw !== undefined) return flaw
    for (const part of partsOf(expr)) stack.push(part)
  }
  return undefined
}
