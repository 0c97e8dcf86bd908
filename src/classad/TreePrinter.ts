/** The printer of trees, with an explicit stack. */
import * as Bytes from "./Bytes.ts"
import type * as Expr from "./Expr.ts"
import { printName, printOldName, printReal, printString } from "./Literals.ts"
import * as Precedence from "./Precedence.ts"
import type { Scalar } from "./Scalar.ts"
import * as Times from "./Times.ts"

/**
 * The form of the text.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * `"new"` (default): strings with the escapes of C. `"old"`: as in the long form of ads, which cannot represent every string.
   */
  readonly strings?: "new" | "old" | undefined
  /** `"kept"` (default): the parentheses of the tree. `"minimal"`: only necessary ones. */
  readonly parentheses?: "kept" | "minimal" | undefined
  /**
   * Whether the text is that of HTCondor's function `string`, which may not parse to the same tree (default false). It has 16
   * digits of a real, attributes in HTCondor's order, and no quotes around names after a dot.
   */
  readonly exact?: boolean | undefined
  /** `"line"` (default): lists and ads on one line. `"lines"`: on several, as HTCondor's function `unparse` prints them. */
  readonly layout?: "line" | "lines" | undefined
}

/** HTCondor's order of attributes: short names first. */
export const byLength = (a: Expr.Member, b: Expr.Member): number => {
  const difference = Bytes.size(a.name) - Bytes.size(b.name)
  return difference === 0 ? Bytes.compare(Bytes.fold(a.name), Bytes.fold(b.name)) : difference
}

const precedenceOf = (expr: Expr.Expr): number => {
  switch (expr._tag) {
    case "Conditional":
      return Precedence.conditional
    case "Binary":
      // Up to 23.9, `?:` binds as little as a conditional. With parentheses all versions read it in the same way.
      return expr.operator === "?:" ? Precedence.conditional : Precedence.binary[expr.operator]
    case "Unary":
      return Precedence.unary
    default:
      return Precedence.postfix
  }
}

const isNumber = (expr: Expr.Expr): expr is Expr.Literal =>
  expr._tag === "Literal" && (expr.value._tag === "Integer" || expr.value._tag === "Real")

/** Lines beyond this indentation have none: in deep trees, blanks would take the square of the depth. */
const mostBlanks = 4_000

/** The blanks at the beginning of a line. */
export const blanks = (indent: number): string => " ".repeat(indent <= mostBlanks ? indent : 0)

export class TreePrinter {
  readonly old: boolean
  readonly minimal: boolean
  readonly exact: boolean
  readonly lines: boolean
  private text = ""
  private indent = 0
  /** The parts that are not printed yet, the next one last. A number changes the indentation. */
  private readonly stack: Array<Expr.Expr | string | number> = []

  constructor(options: Options) {
    this.old = options.strings === "old"
    this.minimal = options.parentheses === "minimal"
    this.exact = options.exact === true
    this.lines = options.layout === "lines"
  }

  print(expr: Expr.Expr): string
  /** Undefined if the text would be longer than `most` characters. */
  print(expr: Expr.Expr, most: number): string | undefined
  print(expr: Expr.Expr, most = Number.POSITIVE_INFINITY): string | undefined {
    this.stack.push(expr)
    for (let next = this.stack.pop(); next !== undefined; next = this.stack.pop()) {
      if (typeof next === "string") {
        this.text += next === "\n" ? `\n${blanks(this.indent)}` : next
      } else if (typeof next === "number") this.indent += next
      else this.node(next)
      if (this.text.length > most) return undefined
    }
    return this.text
  }

  private name(name: string): string {
    return this.old ? printOldName(name) : printName(name)
  }

  scalar(value: Scalar): string {
    switch (value._tag) {
      case "Undefined":
        return "undefined"
      case "Error":
        return "error"
      case "Boolean":
        return value.value ? "true" : "false"
      case "Integer":
        return String(value.value)
      case "Real":
        return printReal(value.value, this.old, this.exact)
      case "String":
        return this.old ? `"${value.value.replaceAll("\"", "\\\"")}"` : printString(value.value)
      case "AbsoluteTime":
        return `absTime("${Times.printAbsolute(value, this.exact)}")`
      case "RelativeTime":
        return Number.isFinite(value.seconds)
          ? `relTime("${Times.printRelative(value)}")`
          : `relTime(${printReal(value.seconds, this.old, this.exact)})`
    }
  }

  private strip(expr: Expr.Expr): Expr.Expr {
    let inner = expr
    while (this.minimal && inner._tag === "Parens") inner = inner.inner
    return inner
  }

  /** Puts an operand on the stack, in parentheses if its precedence is too low. */
  private operand(expr: Expr.Expr, least: number): void {
    const inner = this.strip(expr)
    if (this.exact || precedenceOf(inner) >= least) this.stack.push(inner)
    else this.stack.push(")", inner, "(")
  }

  private node(raw: Expr.Expr): void {
    const expr = this.strip(raw)
    const { stack } = this
    switch (expr._tag) {
      case "Literal":
        this.text += this.scalar(expr.value)
        return
      case "Parens":
        stack.push(")", expr.inner, "(")
        return
      case "Attribute": {
        const name = expr.scope !== undefined && this.exact ? expr.name : this.name(expr.name)
        if (expr.scope === undefined) {
          this.text += expr.absolute ? `.${name}` : name
          return
        }
        // After a number the dot would be a decimal point.
        stack.push(`${!this.exact && isNumber(this.strip(expr.scope)) ? " " : ""}.${name}`)
        this.operand(expr.scope, Precedence.postfix)
        return
      }
      case "Subscript":
        stack.push("]", expr.index, "[")
        this.operand(expr.base, Precedence.postfix)
        return
      case "Unary":
        this.operand(expr.operand, Precedence.unary)
        // "-5" would be a number.
        stack.push(
          !this.exact && expr.operator === "-" && this.beginsWithDigit(expr.operand) ? " - " : ` ${expr.operator}`
        )
        return
      case "Binary":
        this.binary(expr)
        return
      case "Conditional":
        this.operand(expr.whenFalse, Precedence.conditional)
        stack.push(" : ")
        this.operand(expr.whenTrue, Precedence.conditional)
        stack.push(" ? ")
        this.operand(expr.test, Precedence.conditional + 1)
        return
      case "Call":
        stack.push(")")
        this.row(expr.args)
        stack.push(`${this.exact ? expr.name : this.name(expr.name)}(`)
        return
      case "List":
        this.close("}", 3)
        this.row(expr.items, this.lines)
        this.open("{", 3)
        return
      case "Ad": {
        const members = Array.from(expr.members.values())
        if (this.exact) members.sort(byLength)
        this.close("]", 4)
        // Adjacent constants become one text, which keeps the stack small.
        const line = this.lines ? `\n${blanks(this.indent + 8)}` : ""
        let row = ""
        for (let index = members.length - 1; index >= 0; index--) {
          const member = members[index]
          if (member === undefined) continue
          const head = `${index > 0 ? "; " : ""}${line}${this.name(member.name)} = `
          if (member.expr._tag === "Literal") row = `${head}${this.scalar(member.expr.value)}${row}`
          else {
            stack.push(row, member.expr)
            row = head
          }
        }
        stack.push(row)
        this.open("[", 4)
        return
      }
    }
  }

  /** Whether the text of a unary operator's operand begins with a number without a sign. */
  private beginsWithDigit(operand: Expr.Expr): boolean {
    let first = this.strip(operand)
    for (;;) {
      let left: Expr.Expr | undefined
      if (first._tag === "Subscript") left = first.base
      else if (first._tag === "Attribute") left = first.scope
      if (left === undefined) return isNumber(first) && /^[0-9]/.test(this.scalar(first.value))
      first = this.strip(left)
    }
  }

  private binary(expr: Expr.Binary): void {
    const precedence = Precedence.binary[expr.operator]
    if (expr.operator === "?:") {
      // Right-associative, and its right operand must not begin with an operator.
      const right = this.strip(expr.right)
      if (right._tag === "Binary" && right.operator === "?:") this.stack.push(right)
      else this.operand(right, precedence + 1)
      this.stack.push(" ?: ")
      this.operand(expr.left, precedence + 1)
      return
    }
    this.operand(expr.right, precedence + 1)
    this.stack.push(` ${this.spelling(expr.operator)} `)
    this.operand(expr.left, precedence)
  }

  private spelling(operator: Expr.BinaryOperator): string {
    if (this.old) return operator
    return operator === "=?=" ? "is" : operator === "=!=" ? "isnt" : operator
  }

  private row(items: ReadonlyArray<Expr.Expr>, lines = false): void {
    for (let index = items.length - 1; index >= 0; index--) {
      const item = items[index]
      if (item === undefined) continue
      this.stack.push(item)
      if (lines) this.stack.push("\n")
      if (index > 0) this.stack.push(",")
    }
  }

  /** Puts the closing bracket of a list or an ad on the stack. {@link open} puts the opening one. */
  private close(bracket: string, step: number): void {
    if (this.lines) this.stack.push(-step, bracket, "\n", -step)
    else this.stack.push(` ${bracket}`)
  }

  private open(bracket: string, step: number): void {
    if (this.lines) this.stack.push(step, bracket, "\n", step)
    else this.stack.push(`${bracket} `)
  }
}
