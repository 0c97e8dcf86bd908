/**
 * Functions of regular expressions.
 *
 * **Gotchas**
 *
 * HTCondor's expressions are PCRE, these are JavaScript's with the classes of POSIX, `\A`, `\Z`, `\z` and `\h` added:
 * what JavaScript does not know, such as possessive quantifiers and recursion, is an error value.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Bytes from "../Bytes.ts"
import { type Builtin, strict, within } from "../Evaluation.ts"
import * as Scalars from "../Scalar.ts"
import type { Value } from "../Value.ts"
import { itemsOf } from "./stringLists.ts"

const { boolean, errorScalar, falseScalar, string, trueScalar, undefinedScalar } = Scalars

const classes: Readonly<Record<string, string>> = {
  alnum: "A-Za-z0-9",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7f",
  blank: " \\t",
  cntrl: "\\x00-\\x1f\\x7f",
  digit: "0-9",
  graph: "\\x21-\\x7e",
  lower: "a-z",
  print: "\\x20-\\x7e",
  punct: "!-\\/:-@\\[-`{-~",
  space: " \\t\\n\\v\\f\\r",
  upper: "A-Z",
  word: "\\w",
  xdigit: "0-9A-Fa-f"
}

/** A class of POSIX in a set; PCRE knows none of the other two kinds. */
const posixClass = /^\[([:.=])((?:\\[\]\\]|(?!\[\1|\1\])[^\]])*)\1\]/

/** Outside of sets, what is written differently in JavaScript. */
const outside: Readonly<Record<string, string>> = {
  "\\A": "(?<![\\s\\S])",
  "\\Z": "(?=\\n?(?![\\s\\S]))",
  "\\z": "(?![\\s\\S])",
  "\\h": "[ \\t]",
  "\\s": "[ \\t\\n\\v\\f\\r]",
  "\\S": "[^ \\t\\n\\v\\f\\r]",
  "\\v": "[\\n\\v\\f\\r]",
  "\\a": "\\x07",
  "\\e": "\\x1b"
}

/** How often: one number, or a comma with a number before or after it. */
const quantifier = /^\{[ \t]*(?:([0-9]+)(?:[ \t]*(,)(?:[ \t]*([0-9]+))?)?|,[ \t]*([0-9]+))[ \t]*\}/

/** {@link quantifier} in JavaScript's words; undefined beyond PCRE's limit. */
const repeated = ([, least, comma = "", most = "", only]: RegExpExecArray): string | undefined => {
  if ([least, most, only].some((number) => Number(number) > 65_535)) return undefined
  return only === undefined ? `{${least ?? ""}${comma}${most}}` : `{0,${only}}`
}

/** An expression of PCRE as one of JavaScript. */
const translate = (pattern: string, extended: boolean, multiline: boolean, dotall: boolean): string | undefined => {
  let result = ""
  let set = false
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index)
    const pair = pattern.slice(index, index + 2)
    if (character === "\\") {
      result += set ? (pair === "\\s" ? classes["space"] : pair) : outside[pair] ?? pair
      index++
    } else if (set) {
      const posix = character === "[" ? posixClass.exec(pattern.slice(index)) : null
      if (posix !== null) {
        const members = posix[1] === ":" ? classes[posix[2] ?? ""] : undefined
        if (members === undefined) return undefined
        result += members
        index += posix[0].length - 1
      } else {
        if (character === "]") set = false
        result += character === "[" ? "\\[" : character
      }
    } else if (character === "[") {
      // A class of POSIX belongs into a set.
      if (posixClass.test(pattern.slice(index))) return undefined
      set = true
      // A bracket that comes first is one of the set.
      const first = /^\[\^?\]/.exec(pattern.slice(index, index + 3))?.[0]
      result += first === undefined ? /^\[\^?/.exec(pattern.slice(index))?.[0] ?? "[" : `${first.slice(0, -1)}\\]`
      index += (first ?? /^\[\^?/.exec(pattern.slice(index))?.[0] ?? "[").length - 1
    } else if (character === "{") {
      // Since 10.43 PCRE reads blanks in a quantifier, and `{,2}`.
      const times = quantifier.exec(pattern.slice(index))
      const text = times === null ? "\\{" : repeated(times)
      if (text === undefined) return undefined
      result += text
      index += (times?.[0].length ?? 1) - 1
    } else if (extended && /\s/.test(character)) continue
    else if (extended && character === "#") {
      const newline = pattern.indexOf("\n", index)
      index = newline < 0 ? pattern.length : newline
    } else if (character === "." && !dotall) result += "[^\\n]"
    else if (character === "$" && !multiline) result += "(?=\\n?(?![\\s\\S]))"
    else result += character
  }
  return result
}

/** Escapes that PCRE refuses, and those that JavaScript reads in another way. */
const foreign = /(?:^|[^\\])(?:\\\\)*\\(?:[A-Za-z](?<![aAbBcdDefhnrsStvwWxzZ])|c(?![ -~]))/

/** A named group in PCRE's spelling, and flags at the very beginning. */
const leading = /^\(\?([imsx]+)\)/

/** A string as PCRE sees it: a character for each byte. */
export const bytes = (text: string): string =>
  Bytes.isAscii(text) ? text : Array.from(Bytes.encode(text), (byte) => String.fromCharCode(byte)).join("")

/** The opposite of {@link bytes}. */
const characters = (text: string): string =>
  Bytes.isAscii(text) ? text : Bytes.decode(Array.from(text, (byte) => byte.charCodeAt(0)))

/** The expression for {@link bytes}, or undefined where JavaScript has none. */
export const compile = (written: string, options: string): RegExp | undefined => {
  const source = bytes(written)
  if (foreign.test(source)) return undefined
  const own = leading.exec(source)
  const flags = `${options}${own?.[1] ?? ""}`
  const has = (flag: string): string => flags.includes(flag) ? flag : ""
  const pattern = (own === null ? source : source.slice(own[0].length)).replaceAll("(?P<", "(?<")
  const translated = translate(pattern, has("x") !== "", has("m") !== "", has("s") !== "")
  if (translated === undefined) return undefined
  // Nothing else but RegExp tells whether a pattern is one, and it tells by throwing.
  return Result.getOrUndefined(
    Result.try(() => new RegExp(translated, `g${has("i")}${has("m")}${has("s")}`))
  )
}

/** The text that a replacement stands for; undefined where it names a group that is not there. */
const expand = (replacement: string, match: RegExpExecArray): string | undefined => {
  let valid = true
  // Groups after the last one that took part in the match do not count.
  let groups = match.length
  while (groups > 1 && match[groups - 1] === undefined) groups--
  const text = replacement.replace(/\\(\d)/g, (_, digit: string) => {
    if (Number(digit) >= groups) valid = false
    return match[Number(digit)] ?? ""
  })
  return valid ? text : undefined
}

const substitute = (source: string, text: string, by: string, options: string): Value => {
  const [target, replacement] = [bytes(text), bytes(by)]
  const expression = compile(source, options)
  if (expression === undefined) return errorScalar
  const sticky = new RegExp(expression.source, expression.flags.replace("g", "y"))
  const whole = options.includes("f")
  let output = ""
  let position = 0
  let empty = false
  for (;;) {
    const search = empty ? sticky : expression
    search.lastIndex = position
    const match = search.exec(target)
    if (empty && (match === null || match[0] === "")) {
      // HTCondor reads one character past the end here, and ends with an error.
      if (position >= target.length) return errorScalar
      output += target.charAt(position++)
      empty = false
      continue
    }
    if (match === null) break
    if (whole) output += target.slice(position, match.index)
    const expanded = expand(replacement, match)
    if (expanded === undefined) return errorScalar
    output += expanded
    position = match.index + match[0].length
    if (match[0] === "") empty = true
    if (!options.includes("g")) break
  }
  return string(characters(whole ? output + target.slice(position) : output))
}

/** The first value that makes the answer of a strict function. */
const passed = (values: ReadonlyArray<Value>): Value | undefined => {
  if (values.some((value) => value._tag === "Error")) return errorScalar
  return values.some((value) => value._tag === "Undefined") ? undefinedScalar : undefined
}

const regexp = strict(2, 3, (values) => {
  const [pattern, target, options] = values
  const exceptional = passed(values)
  if (exceptional !== undefined) return exceptional
  if (pattern?._tag !== "String" || target?._tag !== "String") return errorScalar
  if (options !== undefined && options._tag !== "String") return errorScalar
  const expression = compile(pattern.value, options?.value ?? "")
  return expression === undefined ? errorScalar : boolean(expression.test(bytes(target.value)))
})

const replacing = (flags: string): Builtin =>
  strict(3, 4, (values) => {
    const [pattern, target, replacement, options] = values
    const exceptional = passed(values)
    if (exceptional !== undefined) return exceptional
    if (pattern?._tag !== "String" || target?._tag !== "String" || replacement?._tag !== "String") return errorScalar
    if (options !== undefined && options._tag !== "String") return errorScalar
    return substitute(pattern.value, target.value, replacement.value, `${options?.value ?? ""}${flags}`)
  })

const regexpMember = strict(2, 3, function*(values, env) {
  const [pattern, list, options] = values
  const exceptional = passed(values)
  if (exceptional !== undefined) return exceptional
  if (pattern?._tag !== "String" || list?._tag !== "ListValue") return errorScalar
  if (options !== undefined && options._tag !== "String") return errorScalar
  const expression = compile(pattern.value, options?.value ?? "")
  let missing = false
  for (const item of list.items) {
    const value = yield { item, env: within(env, list.scope), caught: true }
    if (value._tag === "Undefined") missing = true
    else if (value._tag !== "String") return errorScalar
    else if (expression !== undefined) {
      expression.lastIndex = 0
      if (expression.test(bytes(value.value))) return trueScalar
    }
  }
  return missing ? undefinedScalar : falseScalar
})

const stringListRegexpMember = strict(2, 4, ([pattern, list, by, options]) => {
  if (pattern?._tag !== "String" || list?._tag !== "String") return errorScalar
  if ((by !== undefined && by._tag !== "String") || (options !== undefined && options._tag !== "String")) {
    return errorScalar
  }
  const expression = compile(pattern.value, (options?.value ?? "").toLowerCase())
  if (expression === undefined) return errorScalar
  const items = itemsOf(list.value, by?.value ?? ", ")
  if (items.length === 0) return undefinedScalar
  return boolean(items.some((item) => {
    expression.lastIndex = 0
    return expression.test(bytes(item))
  }))
})

export const regexps: Readonly<Record<string, Builtin>> = {
  regexp,
  regexpmember: regexpMember,
  regexps: replacing(""),
  replace: replacing("f"),
  replaceall: replacing("fg"),
  stringlist_regexpmember: stringListRegexpMember
}
