/**
 * Values of commands: numbers, booleans, sizes, lists, arguments and environments.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Evaluator from "../../classad/Evaluator.ts"
import type * as Expr from "../../classad/Expr.ts"
import * as Parser from "../../classad/Parser.ts"
import type { Value } from "../../classad/Value.ts"

/** Removes blanks at both ends. Only the blanks of C count, and not those of Unicode. */
export const trim = (text: string): string => trimStart(trimEnd(text))

export const trimStart = (text: string): string => text.replace(/^[ \t\n\v\f\r]+/, "")

export const trimEnd = (text: string): string => {
  let end = text.length
  while (end > 0 && /[ \t\n\v\f\r]/.test(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

/** Reads an expression of a description. In its strings a backslash escapes only a quote. */
export const expression = (text: string): Expr.Expr | undefined => {
  const parsed = Parser.parse(text, { strings: "old" })
  return Result.isSuccess(parsed) ? parsed.success : undefined
}

const valueOf = (text: string): Value | undefined => {
  const expr = expression(text)
  return expr === undefined ? undefined : Evaluator.evaluateWith(expr, { now: 0, random: () => 0 })
}

/** Reads a whole number, or an expression with such a value. */
export const integerOf = (text: string): number | undefined => {
  const value = valueOf(text)
  if (value?._tag === "Integer") return Number(value.value)
  if (value?._tag === "Real") return Math.trunc(value.value)
  return value?._tag === "Boolean" ? Number(value.value) : undefined
}

/** Reads a boolean, or an expression with such a value. */
export const truthOf = (text: string): boolean | undefined => {
  if (/^(?:true|1)$/i.test(text)) return true
  if (/^(?:false|0)$/i.test(text)) return false
  const value = valueOf(text)
  return value?._tag === "Boolean" ? value.value : undefined
}

const powers = "KMGTPE"

/** Reads a size such as `1.5 GB`, in units of `unit` bytes, rounded up. A number without a unit has this unit. */
export const sizeOf = (text: string, unit: number): number | undefined => {
  const match = /^(\d+(?:\.\d*)?)[ \t]*([BKMGTPE]?)B?$/i.exec(trim(text))
  if (match === null) return undefined
  const [, digits = "", suffix = ""] = match
  const amount = Number(digits)
  if (suffix === "") return Math.ceil(amount)
  const bytes = amount * 1024 ** (powers.indexOf(suffix.toUpperCase()) + 1)
  return Math.ceil(bytes / unit)
}

/** Removes blanks at both ends, and then the quotes around the text. */
export const withoutQuotes = (text: string): string => {
  const trimmed = trim(text)
  return trimmed.length >= 2 && trimmed.startsWith("\"") && trimmed.endsWith("\"") ? trimmed.slice(1, -1) : trimmed
}

/** Splits a list at commas. */
export const names = (text: string): ReadonlyArray<string> => text.split(",").map(trim).filter((name) => name !== "")

export const isUrl = (path: string): boolean => /^[A-Za-z][\w+.-]*:\/\//.test(path)

/** The last part of a path. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

const isNewSyntax = (text: string): boolean => /^[ \t\v\f\r]*"/.test(text)

const doubleQuoted = (text: string): Result.Result<string, string> => {
  const match = /^[ \t\v\f\r]*"((?:[^"]|"")*)("(?!").*)$/s.exec(text)
  if (match === null) return Result.fail("Unterminated double-quote.")
  const [, content = "", rest = ""] = match
  return trim(rest) === "\"" ? Result.succeed(content.replaceAll("\"\"", "\"")) : Result.fail(
    "Unexpected characters following double-quote.  Did you forget to escape the double-quote by repeating it?  " +
      `Here is the quote and trailing characters: ${rest}\n`
  )
}

const blank = /[ \t\r\n]/

/** Splits a text of the new syntax at blanks. Words with blanks are in single quotes. */
export const words = (text: string): Result.Result<ReadonlyArray<string>, string> => {
  const words: Array<string> = []
  let word: string | undefined
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === "'") {
      const quoted = /^'((?:[^']|'')*)'/.exec(text.slice(at))
      if (quoted === null) return Result.fail(`Unbalanced quote starting here: ${text.slice(at)}`)
      const [whole, content = ""] = quoted
      word = `${word ?? ""}${content.replaceAll("''", "'")}`
      at += whole.length - 1
    } else if (blank.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = `${word ?? ""}${character}`
  }
  return Result.succeed(word === undefined ? words : [...words, word])
}

const special = /[ \t\r\n']/

/** Joins words as the ad has them: only characters that need quotes are quoted. */
const joined = (words: ReadonlyArray<string>): string => {
  let result = ""
  for (const word of words) {
    if (result !== "") result += " "
    if (word === "") result += "''"
    for (const character of word) {
      if (!special.test(character)) result += character
      else {
        result = result.endsWith("'") ? result.slice(0, -1) : `${result}'`
        result += `${character === "'" ? "''" : character}'`
      }
    }
  }
  return result
}

const oldArguments = (text: string): Result.Result<string, string> => {
  const illegal = /(?<!\\)"/.exec(text)
  return illegal === null
    ? Result.succeed(text.replaceAll("\\\"", "\"").split(/[ \t\r\n]+/).filter((word) => word !== "").join(" "))
    : Result.fail(`Found illegal unescaped double-quote: ${text.slice(illegal.index)}`)
}

/** Returns the attribute for arguments, and its value: `Args` in the old syntax, `Arguments` in the new one. */
export const args = (
  text: string
): Result.Result<readonly [attribute: "Args" | "Arguments", value: string], string> =>
  isNewSyntax(text)
    ? doubleQuoted(text).pipe(
      Result.flatMap(words),
      Result.map((words) => ["Arguments", joined(words)] as const)
    )
    : Result.map(oldArguments(text), (value) => ["Args", value] as const)

const encoder = new TextEncoder()

const compareBytes = (left: string, right: string): number => {
  const [a, b] = [encoder.encode(left), encoder.encode(right)]
  const at = a.findIndex((byte, index) => byte !== b[index])
  return at < 0 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? -1)
}

const sorted = (variables: ReadonlyMap<string, string>): ReadonlyArray<readonly [string, string]> =>
  Array.from(variables).toSorted(([left], [right]) => compareBytes(left, right))

/** Writes variables as the ad has them. */
export const environmentText = (variables: ReadonlyMap<string, string>): string =>
  joined(sorted(variables).map(([name, value]) => `${name}=${value}`))

/** Writes variables in the old syntax. */
export const oldEnvironmentText = (variables: ReadonlyMap<string, string>): string =>
  sorted(variables).map(([name, value]) => `${name}=${value}`).join(";")

/** Reads the variables of the attribute `Environment`. */
export const environmentOf = (text: string): ReadonlyMap<string, string> =>
  Result.getOrElse(Result.flatMap(words(text), variablesOf), () => new Map())

const variablesOf = (words: ReadonlyArray<string>): Result.Result<ReadonlyMap<string, string>, string> => {
  const variables = new Map<string, string>()
  for (const word of words) {
    const at = word.indexOf("=")
    if (at < 0) return Result.fail(`ERROR: Missing '=' after environment variable '${word}'.`)
    if (at === 0) return Result.fail(`ERROR: missing variable in '${word}'.`)
    variables.set(word.slice(0, at), word.slice(at + 1))
  }
  return Result.succeed(variables)
}

/** Reads the variables of the command `environment`: in the new syntax, or separated by `;`. */
export const environment = (text: string): Result.Result<ReadonlyMap<string, string>, string> =>
  isNewSyntax(text)
    ? doubleQuoted(text).pipe(Result.flatMap(words), Result.flatMap(variablesOf))
    : variablesOf(text.split(";").map(trimStart).filter((entry) => entry !== ""))
