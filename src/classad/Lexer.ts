/**
 * The tokens of the ClassAd language.
 *
 * @since 0.1.0
 */
import * as Bytes from "./Bytes.ts"
import * as Escapes from "./Escapes.ts"
import type { Kind } from "./Token.ts"

/** The syntax of strings and numbers. */
export interface LexerOptions {
  /** As in the long form of ads: in a string only `\"` is special. */
  readonly oldStrings: boolean
  /** As in daemons: a whole number does not begin with 0. */
  readonly oldNumbers: boolean
  /** As in daemons before 23.9: `1K` is 1024.0. */
  readonly scaleSuffixes: boolean
  /** As in libraries before 23.3: `0x1F` is 31, and `017` is 15. */
  readonly bases: boolean
}

const words: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["is", "=?="],
  ["isnt", "=!="],
  ["true", "true"],
  ["false", "false"],
  ["error", "error"],
  ["undefined", "undefined"]
])

// Which characters begin or continue a name; a table is several times faster than a pattern.
const alpha = new Uint8Array(128)
const alphanumeric = new Uint8Array(128)
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_") {
  alpha[character.charCodeAt(0)] = 1
  alphanumeric[character.charCodeAt(0)] = 1
}
for (const digit of "0123456789") alphanumeric[digit.charCodeAt(0)] = 1

/** After these a minus is an operator. Elsewhere a minus before a digit is part of the number. */
const operands: ReadonlySet<Kind> = new Set<Kind>([
  "integer",
  "real",
  "true",
  "false",
  "string",
  "undefined",
  "error",
  "identifier",
  ".",
  "]",
  ")",
  "}"
])

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13)
const isDigit = (code: number): boolean => code >= 48 && code <= 57

const hexadecimal = /-?0[xX][0-9a-fA-F]*/y
const number = /-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]*)?/y
const complete = /^-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/
const suffix = /[BKMGTbkmgt](?![A-Za-z0-9_])/y
const scales: Readonly<Record<string, number>> = { B: 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }
const maximum = 2n ** 63n

/** A number with a prefix, as C reads it, limited to 64 bits. */
const inBase = (text: string): bigint => {
  const negative = text.startsWith("-")
  const value = BigInt(negative ? text.slice(1) : text)
  if (negative) return value > maximum ? -maximum : -value
  return value >= maximum ? maximum - 1n : value
}

/** Reads one token after the other. The fields describe the last one. */
export class Lexer {
  readonly text: string
  readonly options: LexerOptions
  kind: Kind = "end"
  start = 0
  end = 0
  /** The text of a string or a name, or the error. */
  value = ""
  integer = 0n
  real = 0

  constructor(text: string, options: LexerOptions) {
    this.text = text
    this.options = options
  }

  next(): Kind {
    const before = this.kind
    const text = this.text
    let position = this.skip(this.end)
    if (position < 0) return this.bad(-position - 1, text.length, "the comment is not closed")
    this.start = position
    if (position >= text.length) return this.token("end", position)
    const code = text.charCodeAt(position)
    if (code < 128 && alpha[code] === 1) {
      do position++
      while (position < text.length && (alphanumeric[text.charCodeAt(position)] ?? 0) === 1)
      return this.name(position)
    }
    if (code === 34 || code === 39) return this.string(position, code)
    if (isDigit(code)) return this.number(position)
    const following = text.charCodeAt(position + 1)
    if (code === 46 && isDigit(following)) return this.number(position)
    if (code === 45 && !operands.has(before)) {
      if (isDigit(following) || (following === 46 && isDigit(text.charCodeAt(position + 2)))) {
        return this.number(position)
      }
    }
    return this.symbol(position, code)
  }

  private token(kind: Kind, end: number): Kind {
    this.end = end
    this.kind = kind
    return kind
  }

  private bad(start: number, end: number, why: string): Kind {
    this.start = start
    this.value = why
    return this.token("bad", end)
  }

  /** The next position that is neither blank nor comment; negative for an open comment. */
  private skip(from: number): number {
    const text = this.text
    let position = from
    for (;;) {
      const code = text.charCodeAt(position)
      if (isSpace(code)) position++
      else if (code === 47 && text.charCodeAt(position + 1) === 47) {
        const newline = text.indexOf("\n", position)
        position = newline < 0 ? text.length : newline
      } else if (code === 47 && text.charCodeAt(position + 1) === 42) {
        const close = text.indexOf("*/", position + 2)
        if (close < 0) return -position - 1
        position = close + 2
      } else return position
    }
  }

  private name(end: number): Kind {
    const length = end - this.start
    this.value = this.text.slice(this.start, end)
    const word = length === 2 || length === 4 || length === 5 || length === 9
      ? words.get(this.value.toLowerCase())
      : undefined
    return this.token(word ?? "identifier", end)
  }

  private number(start: number): Kind {
    const text = this.text
    hexadecimal.lastIndex = start
    const hex = hexadecimal.exec(text)?.[0]
    if (hex !== undefined) {
      const end = start + hex.length
      if (/[xX]$/.test(hex)) return this.bad(start, end, "a digit is missing in the number")
      if (this.options.oldNumbers && !hex.startsWith("-")) {
        return this.bad(start, end, "a number must not begin with 0")
      }
      this.integer = this.options.bases && !this.options.oldNumbers ? inBase(hex) : 0n
      return this.scaled(end, Number(this.integer)) ?? this.token("integer", end)
    }
    number.lastIndex = start
    const match = number.exec(text)?.[0] ?? ""
    const end = start + match.length
    if (!complete.test(match)) return this.bad(start, end, "a digit is missing in the number")
    if (/[.eE]/.test(match)) {
      this.real = Number(match)
      return this.scaled(end, this.real) ?? this.token("real", end)
    }
    if (/^-?0[0-9]/.test(match)) {
      // HTCondor refuses the digits 8 and 9, as in octal numbers, but then reads the number as decimal.
      if (/[89]/.test(match)) return this.bad(start, end, "a number that begins with 0 has digits below 8")
      if (this.options.oldNumbers && !match.startsWith("-")) {
        return this.bad(start, end, "a number must not begin with 0")
      }
      if (this.options.bases && !this.options.oldNumbers) {
        this.integer = inBase(match.replace("0", "0o"))
        return this.scaled(end, Number(this.integer)) ?? this.token("integer", end)
      }
    }
    const value = BigInt(match)
    this.integer = value >= maximum || value < -maximum ? 0n : value
    return this.scaled(end, Number(value)) ?? this.token("integer", end)
  }

  private scaled(end: number, value: number): Kind | undefined {
    if (!this.options.scaleSuffixes) return undefined
    suffix.lastIndex = end
    const letter = suffix.exec(this.text)?.[0]
    if (letter === undefined) return undefined
    this.real = value * (scales[letter.toUpperCase()] ?? 1)
    return this.token("real", end + 1)
  }

  private string(start: number, quote: number): Kind {
    const kind = quote === 34 ? "string" : "identifier"
    if (this.options.oldStrings) return this.oldString(start, quote, kind)
    const text = this.text
    const delimiter = quote === 34 ? "\"" : "'"
    let position = start + 1
    let raw = ""
    for (;;) {
      const from = position
      position = text.indexOf(delimiter, position)
      while (position > 0 && this.escaped(from, position)) position = text.indexOf(delimiter, position + 1)
      if (position < 0) return this.bad(start, text.length, "the quote is not closed")
      raw += text.slice(from, position)
      // Adjacent strings are one string.
      let after = position + 1
      while (isSpace(text.charCodeAt(after))) after++
      if (text.charCodeAt(after) !== quote) break
      position = after + 1
    }
    const value = Escapes.unescape(raw)
    if (value === undefined) return this.bad(start, position + 1, "a string cannot hold a NUL")
    return this.quoted(kind, value, position + 1)
  }

  /** A string or a name. Joins characters whose bytes were separate. */
  private quoted(kind: Kind, value: string, end: number): Kind {
    if (value.includes("\0")) return this.bad(this.start, end, "a string cannot hold a NUL")
    this.value = Bytes.normal(value)
    return this.token(kind, end)
  }

  /** Whether an odd number of backslashes precedes a position. */
  private escaped(from: number, position: number): boolean {
    let before = position
    while (before > from && this.text.charCodeAt(before - 1) === 92) before--
    return (position - before) % 2 === 1
  }

  private oldString(start: number, quote: number, kind: Kind): Kind {
    const text = this.text
    const delimiter = quote === 34 ? "\"" : "'"
    let value = ""
    let from = start + 1
    for (;;) {
      const position = text.indexOf(delimiter, from)
      if (position < 0) return this.bad(start, text.length, "the quote is not closed")
      const escaped = position > from && text.charCodeAt(position - 1) === 92
      const last = position + 1 >= text.length || text.charCodeAt(position + 1) === 10
      if (!escaped || last) {
        return this.quoted(kind, value + text.slice(from, position), position + 1)
      }
      value += text.slice(from, position - 1) + delimiter
      from = position + 1
    }
  }

  private symbol(start: number, code: number): Kind {
    const text = this.text
    const second = text.charCodeAt(start + 1)
    switch (code) {
      case 46:
        return this.token(".", start + 1)
      case 44:
        return this.token(",", start + 1)
      case 59:
        return this.token(";", start + 1)
      case 58:
        return this.token(":", start + 1)
      case 40:
        return this.token("(", start + 1)
      case 41:
        return this.token(")", start + 1)
      case 91:
        return this.token("[", start + 1)
      case 93:
        return this.token("]", start + 1)
      case 123:
        return this.token("{", start + 1)
      case 125:
        return this.token("}", start + 1)
      case 126:
        return this.token("~", start + 1)
      case 43:
        return this.token("+", start + 1)
      case 45:
        return this.token("-", start + 1)
      case 42:
        return this.token("*", start + 1)
      case 47:
        return this.token("/", start + 1)
      case 37:
        return this.token("%", start + 1)
      case 94:
        return this.token("^", start + 1)
      case 33:
        return second === 61 ? this.token("!=", start + 2) : this.token("!", start + 1)
      case 38:
        return second === 38 ? this.token("&&", start + 2) : this.token("&", start + 1)
      case 124:
        return second === 124 ? this.token("||", start + 2) : this.token("|", start + 1)
      case 60:
        if (second === 61) return this.token("<=", start + 2)
        return second === 60 ? this.token("<<", start + 2) : this.token("<", start + 1)
      case 62:
        if (second === 61) return this.token(">=", start + 2)
        if (second !== 62) return this.token(">", start + 1)
        return text.charCodeAt(start + 2) === 62 ? this.token(">>>", start + 3) : this.token(">>", start + 2)
      case 61:
        return this.equals(start, second)
      case 63:
        return this.question(start)
      default: {
        const character = String.fromCodePoint(text.codePointAt(start) ?? code)
        return this.bad(
          start,
          start + character.length,
          `the character ${JSON.stringify(character)} has no meaning here`
        )
      }
    }
  }

  private equals(start: number, second: number): Kind {
    if (second === 61) return this.token("==", start + 2)
    const third = this.text.charCodeAt(start + 2)
    if (second === 33 && third === 61) return this.token("=!=", start + 3)
    if (second !== 63) return this.token("=", start + 1)
    return third === 61 ? this.token("=?=", start + 3) : this.bad(start, start + 2, "expected \"=?=\"")
  }

  private question(start: number): Kind {
    let after = start + 1
    while (isSpace(this.text.charCodeAt(after))) after++
    return this.text.charCodeAt(after) === 58 ? this.token("?:", after + 1) : this.token("?", start + 1)
  }
}
