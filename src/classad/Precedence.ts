/** How tightly operators bind, as in HTCondor's grammar; all but `?:` and the conditional group to the left. */
import type { BinaryOperator } from "./Expr.ts"

export const conditional = 0
export const unary = 11
export const elvis = 12
export const postfix = 13

export const binary: Readonly<Record<BinaryOperator, number>> = {
  "||": 1,
  "&&": 2,
  "|": 3,
  "^": 4,
  "&": 5,
  "==": 6,
  "!=": 6,
  "=?=": 6,
  "=!=": 6,
  "<": 7,
  "<=": 7,
  ">": 7,
  ">=": 7,
  "<<": 8,
  ">>": 8,
  ">>>": 8,
  "+": 9,
  "-": 9,
  "*": 10,
  "/": 10,
  "%": 10,
  "?:": elvis
}
