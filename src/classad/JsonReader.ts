/**
 * Parses the JSON of ads.
 *
 * `JSON.parse` is not enough: it does not distinguish `1.0` from `1`, nor `"\/Expr(x)\/"` from `"/Expr(x)/"`, and it rounds
 * integers beyond 2^53.
 */
import * as Result from "effect/Result"
import * as Bytes from "./Bytes.ts"
import * as Expr from "./Expr.ts"
import { at, quote } from "./Mistake.ts"
import * as Parser from "./Parser.ts"
import type { ClassAdSyntaxError } from "./SyntaxError.ts"

export type Read<A> = Result.Result<A, ClassAdSyntaxError>

/** An open object, with the name of its next attribute, or an open array. */
type Frame =
  | { readonly members: Map<string, Expr.Member>; readonly name: string }
  | { readonly items: Array<Expr.Expr> }

const blanks = /[ \t\r\n]*/y
const token = /([[\]{},:])|(-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?)|(true|false|null)|(?=$)/y
/** The next special character of a string. One pattern for a whole string fails if the string is long. */
const special = /["\\]/g

const letters: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }

/** The text of a JSON string without its quotes; undefined for `\u` without four digits. */
const unescape = (raw: string): string | undefined => {
  if (!raw.includes("\\")) return raw
  let valid = true
  const text = raw.replace(/\\(?:u([0-9a-fA-F]{4})|([^]))/g, (_, code: string | undefined, letter: string) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16))
    valid &&= letter !== "u"
    return letters[letter] ?? letter
  })
  return valid ? text : undefined
}

const prefix = "/Expr("

/** The expression in a string `/Expr(...)/`, in any case. */
const expressionIn = (text: string): string | undefined =>
  text.length >= 8 && text.slice(0, prefix.length).toLowerCase() === "/expr(" && text.endsWith(")/")
    ? text.slice(prefix.length, -2)
    : undefined

/** The length of the JSON text of this many characters of its string. */
const lengthOf = (raw: string, characters: number): number => {
  let at = 0
  for (let left = characters; left > 0 && at < raw.length; left--) {
    at += raw.charAt(at) !== "\\" ? 1 : raw.charAt(at + 1) === "u" ? 6 : 2
  }
  return at
}

class Reader {
  readonly text: string
  readonly options: Parser.Options
  position = 0
  start = 0
  match: RegExpExecArray | null = null
  /** The text between the quotes of a string. */
  raw: string | undefined = undefined

  constructor(text: string, options: Parser.Options) {
    this.text = text
    this.options = options
  }

  next(): string {
    const { text } = this
    blanks.lastIndex = this.position
    this.start = this.position + (blanks.exec(text)?.[0].length ?? 0)
    this.raw = undefined
    this.match = null
    const end = text.charAt(this.start) === "\"" ? this.endOfString() : undefined
    if (end !== undefined) {
      this.raw = text.slice(this.start + 1, end - 1)
      this.position = end
      return ""
    }
    token.lastIndex = this.start
    this.match = token.exec(text)
    this.position = this.start + (this.match?.[0].length ?? 0)
    return this.match?.[1] ?? ""
  }

  private endOfString(): number | undefined {
    special.lastIndex = this.start + 1
    for (let found = special.exec(this.text); found !== null; found = special.exec(this.text)) {
      if (found[0] === "\"") return special.lastIndex
      special.lastIndex++
    }
    return undefined
  }

  fail(expected: string): Read<never> {
    const found = this.start >= this.text.length ? "the end" : quote(this.text.slice(this.start, this.start + 50))
    return Result.fail(at(this.text, this.start, `expected ${expected}, not ${found}`))
  }

  /** The value of a token that is not a bracket. */
  scalar(): Read<Expr.Expr> {
    if (this.raw !== undefined) return this.string(this.raw)
    const [, , number, fraction, exponent, word] = this.match ?? []
    if (number !== undefined) {
      if (fraction !== undefined || exponent !== undefined) return Result.succeed(Expr.real(Number(number)))
      const value = BigInt(number)
      if (BigInt.asIntN(64, value) !== value) return this.fail("an integer of 64 bits")
      return Result.succeed(Expr.integer(value))
    }
    if (word === undefined) return this.fail("a value")
    return Result.succeed(word === "null" ? Expr.undefinedLiteral : Expr.boolean(word === "true"))
  }

  private string(raw: string): Read<Expr.Expr> {
    const text = this.stringOf(raw)
    if (Result.isFailure(text)) return Result.fail(text.failure)
    const quoted = raw.startsWith("\\/") && raw.endsWith("\\/") ? expressionIn(text.success) : undefined
    if (quoted === undefined) return Result.succeed(Expr.string(text.success))
    const parsed = Parser.parse(quoted, this.options)
    if (Result.isSuccess(parsed)) return parsed
    const { offset, reason } = parsed.failure
    const place = this.start + 1 + lengthOf(raw, prefix.length + offset)
    return Result.fail(at(this.text, place, `in ${quote(quoted)}: ${reason}`))
  }

  /** The content of a string, if HTCondor can have it. */
  stringOf(raw: string): Read<string> {
    const text = unescape(raw)
    if (text === undefined) return this.fail("a string with four digits after \\u")
    return Bytes.isString(text)
      ? Result.succeed(Bytes.normal(text))
      : this.fail("a string without a NUL or half of a character")
  }
}

/** Parses a value. An object is an ad, and an array is a list. */
const readValue = (reader: Reader): Read<Expr.Expr> => {
  const frames: Array<Frame> = []
  for (;;) {
    // The beginning of a value.
    let value: Expr.Expr | undefined
    const bracket = reader.next()
    if (bracket === "{") {
      const name = readName(reader, true)
      if (Result.isFailure(name)) return Result.fail(name.failure)
      if (name.success !== undefined) {
        frames.push({ members: new Map(), name: name.success })
        continue
      }
      value = Expr.ad([])
    } else if (bracket === "[") {
      const before = reader.position
      if (reader.next() !== "]") {
        reader.position = before
        frames.push({ items: [] })
        continue
      }
      value = Expr.list([])
    } else {
      const scalar = reader.scalar()
      if (Result.isFailure(scalar)) return scalar
      value = scalar.success
    }
    // The end of the value, and perhaps of the objects and arrays around it.
    for (;;) {
      const frame = frames.pop()
      if (frame === undefined) return Result.succeed(value)
      const separator = reader.next()
      if ("items" in frame) {
        frame.items.push(value)
        if (separator === ",") frames.push(frame)
        else if (separator !== "]") return reader.fail("\",\" or \"]\"")
        if (separator === ",") break
        value = Expr.list(frame.items)
      } else {
        Expr.insert(frame.members, frame.name, value)
        if (separator === ",") {
          const name = readName(reader, false)
          if (Result.isFailure(name)) return Result.fail(name.failure)
          frames.push({ members: frame.members, name: name.success ?? "" })
          break
        }
        if (separator !== "}") return reader.fail("\",\" or \"}\"")
        value = { _tag: "Ad", members: frame.members }
      }
    }
  }
}

/** Reads the name of an attribute and its colon; undefined at the end of an empty object. */
const readName = (reader: Reader, first: boolean): Read<string | undefined> => {
  if (reader.next() === "}" && first) return Result.succeed(undefined)
  if (reader.raw === undefined || reader.raw === "") return reader.fail("the name of an attribute")
  const name = reader.stringOf(reader.raw)
  if (Result.isFailure(name)) return name
  return reader.next() === ":" ? name : reader.fail("\":\"")
}

/** Parses a whole text. */
export const whole = (text: string, options: Parser.Options): Read<Expr.Expr> => {
  const reader = new Reader(text, options)
  return Result.flatMap(readValue(reader), (value) => {
    reader.next()
    return reader.start >= text.length ? Result.succeed(value) : reader.fail("the end")
  })
}
