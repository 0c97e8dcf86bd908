/** Random trees, also those that need more parentheses in their text. */
import { Expr } from "../../src/classad/index.ts"

const unaries: ReadonlyArray<Expr.UnaryOperator> = ["-", "+", "!", "~"]
const binaries: ReadonlyArray<Expr.BinaryOperator> = Expr.binaryOperators
const names = ["a", "B", "q r", "is", "parent", "it's", "\u00e9", "a\\b", "true", "_x1"]
const texts = ["", "abc", "a\"b\\c", "\n\t\u0001\u007f", "\u00e9\u20ac\u{1f600}", "\udcff\udc80", "a b", "\\"]

/** The random tree of a seed. */
export const tree = (seed: number): Expr.Expr => {
  let state = seed | 0
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ state >>> 15, 1 | state)
    t = (t + Math.imul(t ^ t >>> 7, 61 | t)) ^ t
    return Math.floor(((t ^ t >>> 14) >>> 0) / 4294967296 * limit)
  }
  const name = (): string => names[below(names.length)] ?? "a"
  const text = (): string => texts[below(texts.length)] ?? ""
  const leaf = (): Expr.Expr => {
    switch (below(9)) {
      case 0:
        return Expr.integer(below(100) - 50)
      case 1:
        return Expr.integer(below(2) === 0 ? 2n ** 63n - 1n : -(2n ** 63n))
      case 2:
        return Expr.real((below(1000) - 500) / 7)
      case 3:
        return Expr.real([0, -0, 1e300, 5e-324, -1.5, 1e21][below(6)] ?? 0)
      case 4:
        return Expr.string(text())
      case 5:
        return [Expr.undefinedLiteral, Expr.errorLiteral, Expr.boolean(true), Expr.boolean(false)][below(4)] ??
          Expr.errorLiteral
      case 6:
        return Expr.absolute(name())
      default:
        return Expr.attribute(name())
    }
  }
  const make = (depth: number): Expr.Expr => {
    if (depth === 0 || below(6) === 0) return leaf()
    const inner = () => make(depth - 1)
    const some = () => Array.from({ length: below(3) }, inner)
    switch (below(11)) {
      case 0:
        return Expr.unary(unaries[below(4)] ?? "-", inner())
      case 1:
        return Expr.conditional(inner(), inner(), inner())
      case 2:
        return Expr.subscript(inner(), inner())
      case 3:
        return Expr.attribute(name(), inner())
      case 4:
        return Expr.call(name(), some())
      case 5:
        return Expr.list(some())
      case 6:
        return Expr.ad(some().map((expr) => [name(), expr] as const))
      case 7:
        return Expr.parens(inner())
      default:
        return Expr.binary(binaries[below(binaries.length)] ?? "+", inner(), inner())
    }
  }
  return make(1 + below(5))
}

/** A tree without its parentheses. */
export const bare = (expr: Expr.Expr): Expr.Expr => {
  switch (expr._tag) {
    case "Literal":
      return expr
    case "Parens":
      return bare(expr.inner)
    case "Attribute":
      return expr.scope === undefined ? expr : Expr.attribute(expr.name, bare(expr.scope))
    case "Unary":
      return Expr.unary(expr.operator, bare(expr.operand))
    case "Binary":
      return Expr.binary(expr.operator, bare(expr.left), bare(expr.right))
    case "Conditional":
      return Expr.conditional(bare(expr.test), bare(expr.whenTrue), bare(expr.whenFalse))
    case "Subscript":
      return Expr.subscript(bare(expr.base), bare(expr.index))
    case "Call":
      return Expr.call(expr.name, expr.args.map(bare))
    case "List":
      return Expr.list(expr.items.map(bare))
    case "Ad":
      return Expr.ad(Array.from(expr.members.values(), (member) => [member.name, bare(member.expr)] as const))
  }
}

/** The text without one pair of its parentheses, for each pair that is not part of a call. */
export const withoutEachPair = (text: string): Array<string> => {
  const open: Array<number> = []
  const shorter: Array<string> = []
  let quote = ""
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (quote !== "") {
      if (character === "\\") at++
      else if (character === quote) quote = ""
    } else if (character === "\"" || character === "'") quote = character
    else if (character === "(") open.push(at)
    else if (character === ")") {
      const start = open.pop() ?? 0
      const called = /[A-Za-z0-9_']$/.test(text.slice(0, start))
      if (!called) shorter.push(`${text.slice(0, start)} ${text.slice(start + 1, at)} ${text.slice(at + 1)}`)
    }
  }
  return shorter
}
