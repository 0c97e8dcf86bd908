/** The direct parts of expressions. */
import type * as Expr from "./Expr.ts"

/** The expressions that an expression consists of, in the order of the text. */
export const partsOf = (expr: Expr.Expr): ReadonlyArray<Expr.Expr> => {
  switch (expr._tag) {
    case "Literal":
      return []
    case "Attribute":
      return expr.scope === undefined ? [] : [expr.scope]
    case "Parens":
      return [expr.inner]
    case "Unary":
      return [expr.operand]
    case "Binary":
      return [expr.left, expr.right]
    case "Subscript":
      return [expr.base, expr.index]
    case "Conditional":
      return [expr.test, expr.whenTrue, expr.whenFalse]
    case "Call":
      return expr.args
    case "List":
      return expr.items
    case "Ad":
      return Array.from(expr.members.values(), (member) => member.expr)
  }
}
