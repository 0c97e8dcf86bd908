/**
 * Functions of regular expressions.
 *
 * **Gotchas**
 *
 * HTCondor uses PCRE. Here JavaScript runs the expressions, with the same matches. A pattern that JavaScript does not support
 * (for example atomic groups and recursion), or would match differently, is an error value.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Bytes from "../Bytes.ts"
import { longest } from "../Conversion.ts"
import { type Builtin, strict, within } from "../Evaluation.ts"
import * as Scalars from "../Scalar.ts"
import { truth, type Value } from "../Value.ts"
import { translate, type Translation } from "./pcre.ts"
import { itemsOf } from "./stringLists.ts"

const { boolean, errorScalar, falseScalar, string, undefinedScalar } = Scalars

/** The match of JavaScript; undefined if JavaScript gives up. */
type Match = RegExpExecArray | null | undefined

/** In a longer text, there is no search after an empty match: it would take the square of the time. */
const looked = 4_096

/** An expression of HTCondor for the bytes of a text. Its methods do not throw. */
export class Pattern {
  readonly translation: Translation
  private readonly global: RegExp
  private readonly sticky: RegExp
  private readonly filled: RegExp | undefined

  constructor(translation: Translation) {
    this.translation = translation
    this.global = new RegExp(translation.text, "g")
    this.sticky = new RegExp(translation.text, "y")
    const { hasty, text } = translation
    this.filled = hasty ? new RegExp(`(?=(?<rest>[^]*))(?:${text})(?!\\k<rest>(?![^]))`, "y") : undefined
  }

  /** The first match from a position on; undefined if JavaScript gives up. */
  match(bytes: string, position: number): Match {
    return this.run(this.global, bytes, position)
  }

  /** The match at a position, if it is not empty. */
  matchHere(bytes: string, position: number): Match {
    const first = this.run(this.sticky, bytes, position)
    if (first?.[0] !== "") return first
    if (this.filled === undefined) return null
    if (bytes.length > looked) return undefined
    return this.run(this.filled, bytes, position)
  }

  private run(expression: RegExp, bytes: string, position: number): Match {
    expression.lastIndex = position
    return Result.getOrUndefined(Result.try(() => expression.exec(bytes)))
  }

  /** Whether a text matches; an error if JavaScript gives up. */
  test(text: string): Value {
    const match = this.match(Bytes.toBinary(text), 0)
    return match === undefined ? errorScalar : boolean(match !== null)
  }
}

/** Compiles a pattern; undefined if JavaScript has no equivalent expression. */
export const compile = (written: string, options: string): Pattern | undefined => {
  const translated = translate(Bytes.toBinary(written), options)
  if (translated === undefined) return undefined
  // Only RegExp knows whether a pattern is too large for it. It then throws.
  return Result.getOrUndefined(Result.try(() => new Pattern(translated)))
}

/** Expands a replacement; undefined if it refers to a group that does not exist, or if it is too long. */
const expand = (replacement: string, parts: ReadonlyArray<string | undefined>): string | undefined => {
  const size = Math.max(...parts.map((part) => part?.length ?? 0))
  if ((replacement.match(/\\\d/g)?.length ?? 0) * size > longest) return undefined
  let valid = true
  // Groups after the last one that matched do not exist.
  const groups = parts.findLastIndex((part) => part !== undefined) + 1
  const text = replacement.replace(/\\(\d)/g, (_, digit: string) => {
    if (Number(digit) >= groups) valid = false
    return parts[Number(digit)] ?? ""
  })
  return valid ? text : undefined
}

const substitute = (source: string, text: string, by: string, options: string): Value => {
  const [target, replacement] = [Bytes.toBinary(text), Bytes.toBinary(by)]
  const expression = compile(source, options)
  if (expression === undefined) return errorScalar
  const unsure = expression.translation.volatile && /\\[1-9]/.test(replacement)
  const whole = options.includes("f")
  let output = ""
  let position = 0
  let empty = false
  for (;;) {
    const match = empty ? expression.matchHere(target, position) : expression.match(target, position)
    if (match === undefined || output.length > longest) return errorScalar
    if (empty && match === null) {
      // HTCondor reads one character past the end here, and ends with an error.
      if (position >= target.length) return errorScalar
      output += target.charAt(position++)
      empty = false
      continue
    }
    if (match === null) break
    if (unsure) return errorScalar
    if (whole) output += target.slice(position, match.index)
    const groups = Array.from({ length: expression.translation.opened }, (_, index) => match.groups?.[`g${index + 1}`])
    const expanded = expand(replacement, [match[0], ...groups])
    if (expanded === undefined || expanded.length > longest) return errorScalar
    output += expanded
    position = match.index + match[0].length
    if (match[0] === "") empty = true
    if (!options.includes("g")) break
  }
  return string(Bytes.fromBinary(whole ? output + target.slice(position) : output))
}

/** The result of a strict function for an argument that is an error (first) or undefined. */
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
  return expression === undefined ? errorScalar : expression.test(target.value)
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
      const answer = expression.test(value.value)
      if (truth(answer) !== false) return answer
    }
  }
  return missing ? undefinedScalar : falseScalar
})

const stringListRegexpMember = strict(2, 4, ([pattern, list, by, options]) => {
  if (pattern?._tag !== "String" || list?._tag !== "String") return errorScalar
  if ((by !== undefined && by._tag !== "String") || (options !== undefined && options._tag !== "String")) {
    return errorScalar
  }
  const expression = compile(pattern.value, Bytes.fold(options?.value ?? ""))
  if (expression === undefined) return errorScalar
  const items = itemsOf(list.value, by?.value ?? ", ")
  if (items.length === 0) return undefinedScalar
  for (const item of items) {
    const answer = expression.test(item)
    if (truth(answer) !== false) return answer
  }
  return falseScalar
})

export const regexps: Readonly<Record<string, Builtin>> = {
  regexp,
  regexpmember: regexpMember,
  regexps: replacing(""),
  replace: replacing("f"),
  replaceall: replacing("fg"),
  stringlist_regexpmember: stringListRegexpMember
}
