/**
 * Writes expressions and ads.
 *
 * **Details**
 *
 * The text is HTCondor's own where that reads back to the same tree. Parentheses that the tree does not hold are put only
 * where some version of HTCondor would read it differently without them. Like the parser, the printer keeps its own stack.
 *
 * **Gotchas**
 *
 * A real that is infinite or no number has no literal: it is printed as a call, `real("INF")`, as HTCondor does, and so
 * is a duration.
 *
 * @since 0.1.0
 */
import * as Bytes from "./Bytes.ts"
import type * as Expr from "./Expr.ts"
import * as Precedence from "./Precedence.ts"
import type { Scalar } from "./Scalar.ts"
import * as Times from "./Times.ts"

/**
 * - `strings`: `"new"` with the escapes of C (default), or `"old"` as in the long form of ads, which cannot carry every
 *   string
 * - `parentheses`: `"kept"` as they are in the tree (default), or `"minimal"`
 * - `exact`: as HTCondor's function `string` prints, even where that reads back to something else: 16 digits of a real,
 *   attributes in HTCondor's order, no quotes around names after a dot
 * - `layout`: lists and ads on one `"line"` (default), or on `"lines"` as HTCondor's function `unparse` prints them
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly strings?: "new" | "old" | undefined
  readonly parentheses?: "kept" | "minimal" | undefined
  readonly exact?: boolean | undefined
  readonly layout?: "line" | "lines" | undefined
}

const plainName = /^[A-Za-z_][A-Za-z0-9_]*$/
const reserved: ReadonlySet<string> = new Set(["error", "false", "is", "isnt", "parent", "true", "undefined"])
const named: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\"
}

const special = /[\u0000-\u001f\\\u007f-\u{10ffff}]/gu
const hasSpecial = /[\u0000-\u001f"\\\u007f-\uffff]/

const octal = (character: string): string =>
  named[character] ?? Bytes.encode(character).map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("")

const quoted = (text: string, quote: "\"" | "'"): string => text.replace(special, octal).replaceAll(quote, `\\${quote}`)

/** A string literal in the new syntax. */
export const printString = (text: string): string => hasSpecial.test(text) ? `"${quoted(text, "\"")}"` : `"${text}"`

/** A name, in quotes where it needs them. */
export const printName = (name: string): string =>
  plainName.test(name) && !reserved.has(name.toLowerCase()) ? name : `'${quoted(name, "'")}'`

/** As many digits as JavaScript gives: a real that is half way between two of 16 digits has only zeros there. */
const most = 100

/** The digits of a number as C rounds them: half to even, where JavaScript rounds half away from zero. */
const toExponential = (value: number, digits: number): string => {
  const text = value.toExponential(digits)
  const half = /^(-?\d\.\d*[02468])50000(?=e)/.exec(value.toExponential(digits + 5))?.[1]
  if (half === undefined || !/[1-9].*50{70}/.test(value.toExponential(most))) return text
  return half + text.slice(text.indexOf("e"))
}

/** `%.15E` of C. */
const scientific = (value: number, digits: number): string => {
  const [mantissa = "", exponent = ""] = toExponential(value, digits).split("e")
  const size = exponent.replace(/^[+-]/, "").padStart(2, "0")
  return `${mantissa}E${exponent.startsWith("-") ? "-" : "+"}${size}`
}

/** `%.16G` of C, with `.0` where it looks like a whole number. */
export const general = (value: number): string => {
  const text = scientific(value, 15)
  const [mantissa = "", power = ""] = text.split("E")
  const exponent = Number(power)
  if (exponent < -4 || exponent >= 16) return text.replace(/\.?0*E/, "E")
  const digits = mantissa.replace(/[-.]/g, "")
  const sign = value < 0 ? "-" : ""
  const whole = exponent < 0 ? "0" : digits.slice(0, exponent + 1)
  const fraction = exponent < 0 ? "0".repeat(-exponent - 1) + digits : digits.slice(exponent + 1)
  return `${sign}${whole}.${fraction.replace(/0+$/, "") || "0"}`
}

/** A real: as HTCondor prints it, or with 17 digits where those do not suffice. */
export const printReal = (value: number, old: boolean, exact: boolean): string => {
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0"
  if (Number.isNaN(value)) return "real(\"NaN\")"
  if (!Number.isFinite(value)) return value > 0 ? "real(\"INF\")" : "real(\"-INF\")"
  const text = old ? general(value) : scientific(value, 15)
  return exact || Number(text) === value ? text : scientific(value, 16)
}

/** HTCondor's order of attributes: short names first. */
export const byLength = (a: Expr.Member, b: Expr.Member): number => {
  const [left, right] = [a.name.toLowerCase(), b.name.toLowerCase()]
  if (left.length !== right.length) return left.length - right.length
  return left < right ? -1 : left > right ? 1 : 0
}

const precedenceOf = (expr: Expr.Expr): number => {
  switch (expr._tag) {
    case "Conditional":
      return Precedence.conditional
    case "Binary":
      // HTCondor up to 23.9 lets `?:` bind as little as a conditional: in parentheses it is the same for all.
      return expr.operator === "?:" ? Precedence.conditional : Precedence.binary[expr.operator]
    case "Unary":
      return Precedence.unary
    default:
      return Precedence.postfix
  }
}

const isNumber = (expr: Expr.Expr): expr is Expr.Literal =>
  expr._tag === "Literal" && (expr.value._tag === "Integer" || expr.value._tag === "Real")

class Printer {
  readonly old: boolean
  readonly minimal: boolean
  readonly exact: boolean
  readonly lines: boolean
  private text = ""
  private indent = 0
  /** What is yet to be printed, the next thing last; a number is added to the indentation. */
  private readonly stack: Array<Expr.Expr | string | number> = []

  constructor(options: Options) {
    this.old = options.strings === "old"
    this.minimal = options.parentheses === "minimal"
    this.exact = options.exact === true
    this.lines = options.layout === "lines"
  }

  print(expr: Expr.Expr): string {
    this.stack.push(expr)
    for (let next = this.stack.pop(); next !== undefined; next = this.stack.pop()) {
      if (typeof next === "string") this.text += next === "\n" ? `\n${" ".repeat(this.indent)}` : next
      else if (typeof next === "number") this.indent += next
      else this.node(next)
    }
    return this.text
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

  /** Puts an operand on the stack, in parentheses where it binds less than it must. */
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
        const name = expr.scope !== undefined && this.exact ? expr.name : printName(expr.name)
        if (expr.scope === undefined) {
          this.text += expr.absolute ? `.${name}` : name
          return
        }
        // A number would swallow the dot.
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
        // "-5" would be read as a number.
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
        stack.push(`${this.exact ? expr.name : printName(expr.name)}(`)
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
        for (let index = members.length - 1; index >= 0; index--) {
          const member = members[index]
          if (member === undefined) continue
          stack.push(member.expr, `${printName(member.name)} = `)
          if (this.lines) stack.push("\n")
          if (index > 0) stack.push("; ")
        }
        this.open("[", 4)
        return
      }
    }
  }

  /** Whether the text of an operand of a unary operator begins with a number that has no sign. */
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
      // Right to left, and what stands on its right begins with no operator.
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

  /** Puts the bracket that ends a list or an ad on the stack, {@link open} the one that begins it. */
  private close(bracket: string, step: number): void {
    if (this.lines) this.stack.push(-step, bracket, "\n", -step)
    else this.stack.push(` ${bracket}`)
  }

  private open(bracket: string, step: number): void {
    if (this.lines) this.stack.push(step, bracket, "\n", step)
    else this.stack.push(`${bracket} `)
  }
}

/**
 * The text of an expression or an ad.
 *
 * @category printing
 * @since 0.1.0
 */
export const print = (expr: Expr.Expr, options: Options = {}): string => new Printer(options).print(expr)
