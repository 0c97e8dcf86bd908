/**
 * The JSON form of ads, as `condor_q -json` prints it: expressions stand in strings such as `"\/Expr(1 + 2)\/"`.
 *
 * **Details**
 *
 * It is read from its text, since `JSON.parse` does not tell `1.0` from `1` nor `"\/Expr(x)\/"` from `"/Expr(x)/"`, and
 * rounds integers beyond 2^53.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Expr from "./Expr.ts"
import * as Parser from "./Parser.ts"
import * as Printer from "./Printer.ts"
import { printReal } from "./Literals.ts"
import type { Scalar } from "./Scalar.ts"
import { at, type ClassAdSyntaxError } from "./SyntaxError.ts"
import { byLength, mostBlanks } from "./TreePrinter.ts"

type Read<A> = Result.Result<A, ClassAdSyntaxError>

/** What is open: an object, with the name of its next attribute, or an array. */
type Frame =
  | { readonly members: Map<string, Expr.Member>; readonly name: string }
  | { readonly items: Array<Expr.Expr> }

const token =
  /[ \t\r\n]*(?:([[\]{},:])|("(?:[^"\\]|\\[^])*")|(-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?)|(true|false|null)|(?=$))/y

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

class Reader {
  readonly text: string
  readonly options: Parser.Options
  position = 0
  start = 0
  match: RegExpExecArray | null = null

  constructor(text: string, options: Parser.Options) {
    this.text = text
    this.options = options
  }

  next(): string {
    token.lastIndex = this.position
    this.match = token.exec(this.text)
    const whole = this.match?.[0] ?? ""
    this.position += whole.length
    this.start = this.position - whole.trimStart().length
    return this.match?.[1] ?? ""
  }

  fail(expected: string): Read<never> {
    const rest = this.text.slice(this.start, this.start + 20)
    const found = rest === "" ? "the end" : JSON.stringify(rest)
    return Result.fail(at(this.text, this.start, `expected ${expected}, not ${found}`))
  }

  /** The value of a token that is no bracket. */
  scalar(): Read<Expr.Expr> {
    const [, , string, number, fraction, exponent, word] = this.match ?? []
    if (string !== undefined) return this.string(string.slice(1, -1))
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
    const text = unescape(raw)
    if (text === undefined) return this.fail("a string with four digits after \\u")
    const quoted = raw.startsWith("\\/") && raw.endsWith("\\/") ? /^\/Expr\(([^]*)\)\/$/i.exec(text)?.[1] : undefined
    if (quoted === undefined) return Result.succeed(Expr.string(text))
    const parsed = Parser.parse(quoted, this.options)
    return Result.isSuccess(parsed)
      ? parsed
      : Result.fail(at(this.text, this.start, `in ${JSON.stringify(quoted)}: ${parsed.failure.message}`))
  }
}

/** Reads a value: an object is an ad, an array a list. */
const readValue = (reader: Reader): Read<Expr.Expr> => {
  const frames: Array<Frame> = []
  for (;;) {
    // A value begins.
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
    // It ends, and with it perhaps what it stands in.
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

/** The name of an attribute and its colon; undefined for the end of an empty object. */
const readName = (reader: Reader, first: boolean): Read<string | undefined> => {
  if (reader.next() === "}" && first) return Result.succeed(undefined)
  const raw = reader.match?.[2]
  const name = raw === undefined ? undefined : unescape(raw.slice(1, -1))
  if (name === undefined) return reader.fail("the name of an attribute")
  return reader.next() === ":" ? Result.succeed(name) : reader.fail("\":\"")
}

const whole = (text: string, options: Parser.Options): Read<Expr.Expr> => {
  const reader = new Reader(text, options)
  return Result.flatMap(readValue(reader), (value) => {
    reader.next()
    return reader.start >= text.length ? Result.succeed(value) : reader.fail("the end")
  })
}

/**
 * Reads one ad.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (text: string, options: Parser.Options = {}): Read<Expr.Ad> =>
  Result.flatMap(
    whole(text, options),
    (value) => value._tag === "Ad" ? Result.succeed(value) : Result.fail(at(text, 0, "expected an object"))
  )

/**
 * Reads an array of ads; the tools print nothing at all for none.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parseAll = (text: string, options: Parser.Options = {}): Read<Array<Expr.Ad>> => {
  if (/^\s*$/.test(text)) return Result.succeed([])
  return Result.flatMap(whole(text, options), (value) => {
    const items = value._tag === "List" ? value.items : []
    const ads = items.filter(Expr.isAd)
    return value._tag === "List" && ads.length === items.length
      ? Result.succeed(ads)
      : Result.fail(at(text, 0, "expected an array of objects"))
  })
}

const named: Readonly<Record<string, string>> = {
  "\"": "\\\"",
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t"
}

const escaped = (text: string): string =>
  text.replace(
    /["\\\u0000-\u001f]/g,
    (character) => named[character] ?? `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`
  )

const expression = (text: string): string => `"\\/Expr(${escaped(text)})\\/"`

const scalar = (value: Scalar, exact: boolean): string => {
  switch (value._tag) {
    case "Undefined":
      return "null"
    case "Boolean":
      return String(value.value)
    case "Integer":
      return String(value.value)
    case "String":
      return `"${escaped(value.value)}"`
    case "Real":
      return Number.isFinite(value.value)
        ? printReal(value.value, true, exact)
        : expression(printReal(value.value, true, exact))
    case "RelativeTime":
      // HTCondor writes the number of its seconds, which is no duration when it is read.
      return exact
        ? scalar({ _tag: "Real", value: value.seconds }, exact)
        : expression(Printer.print(Expr.literal(value)))
    default:
      return expression(Printer.print(Expr.literal(value), { exact }))
  }
}

/**
 * Writes one ad, on lines as the tools do. With `exact` the text is HTCondor's, see {@link Printer.Options}.
 *
 * @category printing
 * @since 0.1.0
 */
export const print = (ad: Expr.Ad, options: Pick<Printer.Options, "exact"> = {}): string => {
  const exact = options.exact === true
  let text = ""
  const stack: Array<string | { readonly expr: Expr.Expr; readonly indent: string }> = [{ expr: ad, indent: "" }]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (typeof next === "string") {
      text += next
      continue
    }
    const { expr, indent } = next
    const inner = indent.length < mostBlanks ? `${indent}  ` : indent
    if (expr._tag === "Ad") {
      stack.push(`\n${indent}}`)
      const members = Array.from(expr.members.values())
      // The attributes of the ad itself are in the order of the tool that printed it.
      if (exact && expr !== ad) members.sort(byLength)
      for (let index = members.length - 1; index >= 0; index--) {
        const member = members[index]
        if (member === undefined) continue
        stack.push({ expr: member.expr, indent: inner })
        stack.push(`${index === 0 ? "" : ","}\n${inner}"${escaped(member.name)}": `)
      }
      text += "{"
    } else if (expr._tag === "List") {
      stack.push(`\n${indent}]`)
      for (let index = expr.items.length - 1; index >= 0; index--) {
        const item = expr.items[index]
        if (item !== undefined) stack.push({ expr: item, indent: inner }, `${index === 0 ? "" : ","}\n${inner}`)
      }
      text += "["
    } else text += expr._tag === "Literal" ? scalar(expr.value, exact) : expression(Printer.print(expr, { exact }))
  }
  return text
}
