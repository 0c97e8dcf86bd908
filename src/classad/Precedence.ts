/** The precedence of operators in HTCondor's grammar. All except `?:` and the conditional are left-associative. */
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
