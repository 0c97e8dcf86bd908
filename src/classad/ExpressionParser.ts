/**
 * The grammar of expressions.
 *
 * **Details**
 *
 * The parser has an explicit stack, so no text is nested too deeply. It reads every character once.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Bytes from "./Bytes.ts"
import type * as Expr from "./Expr.ts"
import {
  absolute,
  ad,
  attribute,
  binary,
  binaryOperators,
  boolean,
  call,
  conditional,
  errorLiteral,
  insert,
  integer,
  list,
  literal,
  parens,
  real,
  string,
  subscript,
  unary,
  undefinedLiteral
} from "./Expr.ts"
import type { Lexer } from "./Lexer.ts"
import { at, quote } from "./Mistake.ts"
import * as Precedence from "./Precedence.ts"
import type { ClassAdSyntaxError } from "./SyntaxError.ts"
import * as Times from "./Times.ts"
import type { Kind } from "./Token.ts"

type Members = Map<string, Expr.Member>

/** An operator that waits for an operand, or an open bracket. */
type Frame =
  | { readonly kind: "unary"; readonly operator: Expr.UnaryOperator }
  | { readonly kind: "binary"; readonly operator: Expr.BinaryOperator; readonly precedence: number }
  | { readonly kind: "test" }
  | { readonly kind: "then" }
  | { readonly kind: "parens" | "subscript"; readonly start: number }
  | { readonly kind: "call"; readonly start: number; readonly name: string; readonly args: Array<Expr.Expr> }
  | { readonly kind: "list"; readonly start: number; readonly items: Array<Expr.Expr> }
  | { readonly kind: "ad"; readonly start: number; readonly members: Members; name: string }

// The elvis operator (`?:`) is parsed with the conditional.
const binaryOf: ReadonlyMap<Kind, Expr.BinaryOperator> = new Map<Kind, Expr.BinaryOperator>(
  binaryOperators.flatMap((operator) => operator === "?:" ? [] : [[operator, operator] as const])
)

const closers: Readonly<Record<string, string>> = { parens: ")", call: ")", subscript: "]", ad: "]", list: "}" }

/** Parses one expression. The frames and operands are its stack. */
export class ExpressionParser {
  readonly lexer: Lexer
  /** Whether `;` also separates arguments. */
  readonly semicolons: boolean
  /** How tightly `?:` binds. */
  readonly elvis: number
  private readonly frames: Array<Frame> = []
  private readonly operands: Array<Expr.Expr> = []
  private failure: ClassAdSyntaxError | undefined = undefined

  constructor(lexer: Lexer, semicolons: boolean, elvis: number) {
    this.lexer = lexer
    this.semicolons = semicolons
    this.elvis = elvis
  }

  expression(): Result.Result<Expr.Expr, ClassAdSyntaxError> {
    this.lexer.next()
    let reading = true
    while (reading) reading = this.operand() && this.operator()
    if (this.failure !== undefined) return Result.fail(this.failure)
    const [expr] = this.operands
    return expr === undefined ? Result.fail(at(this.lexer.text, 0, "expected an expression")) : Result.succeed(expr)
  }

  private fail(reason: string, offset = this.lexer.start): false {
    this.failure ??= at(this.lexer.text, offset, reason)
    return false
  }

  /** Fails with the expected token and the actual one. */
  private unexpected(expected: string): false {
    const { end, kind, start, text, value } = this.lexer
    if (kind === "bad") return this.fail(value)
    return this.fail(`expected ${expected}, not ${kind === "end" ? "the end" : quote(text.slice(start, end))}`)
  }

  private push(operand: Expr.Expr): true {
    this.operands.push(operand)
    return true
  }

  private pop(): Expr.Expr {
    return this.operands.pop() ?? undefinedLiteral
  }

  /** Reads up to the end of an operand, with the opening brackets and prefix operators before it. */
  private operand(): boolean {
    const { frames, lexer } = this
    for (;;) {
      const start = lexer.start
      switch (lexer.kind) {
        case "identifier": {
          const name = lexer.value
          if (lexer.next() !== "(") return this.push(attribute(name))
          if (lexer.next() === ")") {
            lexer.next()
            return this.push(call(name, []))
          }
          frames.push({ kind: "call", start, name, args: [] })
          continue
        }
        case "string":
          return this.constant(string(lexer.value))
        case "integer":
          return this.constant(integer(lexer.integer))
        case "real":
          return this.constant(real(lexer.real))
        case "true":
          return this.constant(boolean(true))
        case "false":
          return this.constant(boolean(false))
        case "undefined":
          return this.constant(undefinedLiteral)
        case "error":
          return this.constant(errorLiteral)
        case ".": {
          if (lexer.next() !== "identifier") return this.unexpected("a name after \".\"")
          const name = lexer.value
          lexer.next()
          return this.push(absolute(name))
        }
        case "-":
        case "+":
        case "!":
        case "~": {
          const top = frames.at(-1)
          if (top?.kind === "binary" && top.precedence === Precedence.elvis) {
            return this.unexpected("an operand that begins with no operator (put it in parentheses)")
          }
          frames.push({ kind: "unary", operator: lexer.kind })
          lexer.next()
          continue
        }
        case "(":
          frames.push({ kind: "parens", start })
          lexer.next()
          continue
        case "{":
          if (lexer.next() === "}") {
            lexer.next()
            return this.push(list([]))
          }
          frames.push({ kind: "list", start, items: [] })
          continue
        case "[": {
          let inside = lexer.next()
          if (inside === "]") {
            lexer.next()
            return this.push(ad([]))
          }
          while (inside === ";") inside = lexer.next()
          const frame: Frame = { kind: "ad", start, members: new Map(), name: "" }
          if (!this.name(frame)) return false
          frames.push(frame)
          continue
        }
        default:
          return this.unexpected("an expression")
      }
    }
  }

  private constant(operand: Expr.Expr): true {
    this.lexer.next()
    return this.push(operand)
  }

  /** `name =` of an attribute of an ad. */
  private name(frame: { name: string }): boolean {
    if (this.lexer.kind !== "identifier") return this.unexpected("the name of an attribute")
    frame.name = this.lexer.value
    if (frame.name === "") return this.fail("the name of an attribute cannot be empty")
    if (this.lexer.next() !== "=") return this.unexpected(`"=" after ${quote(frame.name)}`)
    this.lexer.next()
    return true
  }

  /** Continues after an operand. Returns true if another one must follow, and false at the end or at an error. */
  private operator(): boolean {
    const { frames, lexer } = this
    for (;;) {
      const kind = lexer.kind
      const operator = binaryOf.get(kind)
      if (operator !== undefined) {
        const precedence = Precedence.binary[operator]
        this.reduce(precedence)
        frames.push({ kind: "binary", operator, precedence })
        lexer.next()
        return true
      }
      switch (kind) {
        case ".": {
          if (lexer.next() !== "identifier") return this.unexpected("a name after \".\"")
          this.push(attribute(lexer.value, this.pop()))
          lexer.next()
          continue
        }
        case "[":
          frames.push({ kind: "subscript", start: lexer.start })
          lexer.next()
          return true
        case "?:":
          if (this.elvis < Precedence.elvis) this.reduce(this.elvis + 1)
          frames.push({ kind: "binary", operator: "?:", precedence: this.elvis })
          lexer.next()
          return true
        case "?":
          this.reduce(Precedence.conditional + 1)
          frames.push({ kind: "test" })
          lexer.next()
          return true
        case ":":
          this.reduceToBracket()
          if (frames.at(-1)?.kind !== "test") return this.unexpected(this.closing())
          frames.pop()
          frames.push({ kind: "then" })
          lexer.next()
          return true
        case ",":
        case ";":
        case ")":
        case "]":
        case "}": {
          const more = this.close(kind)
          if (more === undefined) continue
          return more
        }
        default:
          this.reduceToBracket()
          return frames.length === 0 && kind === "end" ? false : this.unexpected(this.closing())
      }
    }
  }

  /** The tokens that the innermost open bracket waits for. */
  private closing(): string {
    const frame = this.frames.at(-1)
    if (frame === undefined) return "an operator or the end"
    if (frame.kind === "test") return "\":\" of a conditional"
    const closer = `"${closers[frame.kind] ?? ""}"`
    if (frame.kind === "call" || frame.kind === "list") return `"," or ${closer}`
    return frame.kind === "ad" ? `";" or ${closer}` : closer
  }

  /** Reads a separator or a closing bracket. Returns true if an operand must follow, and `undefined` after a closed bracket. */
  private close(kind: "," | ";" | ")" | "]" | "}"): boolean | undefined {
    this.reduceToBracket()
    const { frames, lexer } = this
    const frame = frames.at(-1)
    if (frame?.kind === "call" && kind !== "]" && kind !== "}" && (kind !== ";" || this.semicolons)) {
      frame.args.push(this.pop())
      lexer.next()
      if (kind !== ")") return true
      frames.pop()
      return this.call(frame.name, frame.args, frame.start)
    }
    if (frame?.kind === "list" && (kind === "," || kind === "}")) {
      frame.items.push(this.pop())
      lexer.next()
      if (kind === ",") return true
      frames.pop()
      this.push(list(frame.items))
      return undefined
    }
    if (frame?.kind === "ad" && (kind === ";" || kind === "]")) {
      insert(frame.members, frame.name, this.pop())
      while (lexer.kind === ";") lexer.next()
      if (kind === ";" && lexer.kind !== "]") return this.name(frame)
      frames.pop()
      lexer.next()
      this.push({ _tag: "Ad", members: frame.members })
      return undefined
    }
    if (frame?.kind === "parens" && kind === ")") {
      frames.pop()
      lexer.next()
      this.push(parens(this.pop()))
      return undefined
    }
    if (frame?.kind === "subscript" && kind === "]") {
      frames.pop()
      lexer.next()
      const index = this.pop()
      this.push(subscript(this.pop(), index))
      return undefined
    }
    return this.unexpected(this.closing())
  }

  /** A call. `absTime("...")` and `relTime("...")` are constants. */
  private call(name: string, args: ReadonlyArray<Expr.Expr>, start: number): false | undefined {
    const [first] = args
    if (args.length === 1 && first?._tag === "Literal" && first.value._tag === "String" && name.length === 7) {
      const read = Times.constructors[Bytes.fold(name)]
      if (read !== undefined) {
        const time = read(first.value.value)
        if (time === undefined) return this.fail(`${quote(first.value.value)} is no time for ${name}`, start)
        this.push(literal(time))
        return undefined
      }
    }
    this.push(call(name, args))
    return undefined
  }

  /** Applies the waiting operators with at least this precedence. */
  private reduce(precedence: number): void {
    const { frames } = this
    for (;;) {
      const top = frames.at(-1)
      if (top?.kind === "binary" && top.precedence >= precedence) {
        const right = this.pop()
        this.push(binary(top.operator, this.pop(), right))
      } else if (top?.kind === "unary" && Precedence.unary >= precedence) {
        this.push(unary(top.operator, this.pop()))
      } else if (top?.kind === "then" && precedence <= Precedence.conditional) {
        const whenFalse = this.pop()
        const whenTrue = this.pop()
        this.push(conditional(this.pop(), whenTrue, whenFalse))
      } else return
      frames.pop()
    }
  }

  private reduceToBracket(): void {
    this.reduce(Precedence.conditional)
  }
}
