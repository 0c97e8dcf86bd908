/**
 * The lines of a submit description.
 *
 * @since 0.1.0
 */
import { trim } from "./Values.ts"
import type { Version } from "./Version.ts"

/** A logical line: its text, together with the lines that continue it, and the number of the last of them. */
export interface Line {
  readonly text: string
  readonly number: number
}

const physical = (text: string): ReadonlyArray<string> => {
  const lines = text.split("\n")
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines
}

/**
 * Splits a text into lines without blanks at their ends. A line that ends in a backslash continues in the next one. A comment has
 * no continuation. In a continued line HTCondor keeps only the last character of a comment.
 */
export const lines = (text: string): ReadonlyArray<Line> => {
  const result: Array<Line> = []
  let begun: string | undefined
  let number = 0
  for (const line of physical(text)) {
    number++
    const trimmed = trim(line)
    const comment = trimmed.startsWith("#")
    const goesOn = trimmed.endsWith("\\") && (begun !== undefined || !comment)
    const kept = begun !== undefined && comment ? trimmed.slice(-1) : trimmed
    const content = goesOn ? kept.slice(0, -1) : kept
    const whole: string = `${begun ?? ""}${content}`
    begun = goesOn ? whole : undefined
    if (!goesOn) result.push({ text: whole, number })
  }
  if (begun !== undefined) result.push({ text: begun, number })
  return result
}

/**
 * One statement.
 *
 * - `Nothing`: a comment, or an empty line
 * - `Command`: `name = value`, or `+Name = expression` as `MY.Name`
 * - `Queue`: the queue statement, with its arguments
 * - `Foreign`: a statement of HTCondor that is not read here
 * - `Invalid`: not a line of a description, with the message of the tool
 */
export type Statement =
  | { readonly _tag: "Nothing" }
  | { readonly _tag: "Command"; readonly name: string; readonly value: string }
  | { readonly _tag: "Queue"; readonly args: string }
  | { readonly _tag: "Foreign"; readonly name: string }
  | { readonly _tag: "Invalid"; readonly message: string; readonly detail: string }

const queue = (text: string): Statement => {
  const match = /^queue(?:[ \t\v\f\r]+(.*))?$/is.exec(text)
  return match === null ? { _tag: "Invalid", message: "", detail: "" } : { _tag: "Queue", args: match[1] ?? "" }
}

// A condition may begin with a colon, which hides it from older versions of HTCondor.
const words: ReadonlyArray<RegExp> = [
  /^:?(if|elif|else|endif)(?:[ \t\v\f\r]|$)/i,
  /^@?(use|include|error|warning)(?:[ \t\v\f\r][^=:@]*)?:/i
]

const isList = /^[^ \t\v\f\r=:]+[ \t\v\f\r]+@=/
const isAddition = /^[^ \t\v\f\r=:]+[ \t\v\f\r]+\+(?:([,;|&*])\1?)?=/
const isIteration = /^iter(?:a(?:t(?:e)?)?)?(?:[ \t\v\f\r]+[^ \t\v\f\r=:].*)?$/i

const foreign = (version: Version, text: string): string | undefined => {
  for (const pattern of words) {
    const word = pattern.exec(text)?.[1]
    if (word !== undefined) return word.toLowerCase()
  }
  if (isList.test(text)) return "@="
  if (version === "lts") return undefined
  return isAddition.test(text) ? "+=" : isIteration.test(text) ? "iterate" : undefined
}

/** Reads a line. */
export const statement = (version: Version, text: string, expand: (name: string) => string): Statement => {
  if (text === "" || text.startsWith("#")) return { _tag: "Nothing" }
  const name = foreign(version, text)
  if (name !== undefined) return { _tag: "Foreign", name }
  if (/^[^ \t\v\f\r=:]+[ \t\v\f\r]*:/.test(text)) {
    return { _tag: "Invalid", message: "invalid queue statement.", detail: `cannot parse: ${text}` }
  }
  const match = /^([^ \t\v\f\r=:]+)[ \t\v\f\r]*=[ \t\v\f\r]*(.*)$/s.exec(text)
  if (match === null || match[1]?.toLowerCase() === "queue") return queue(text)
  const [, written = "", value = ""] = match
  const command = expand(written)
  if (command.startsWith("+")) return { _tag: "Command", name: `MY.${command.slice(1)}`, value }
  if (command.startsWith("-")) return { _tag: "Command", name: `MY.${command.slice(1)}`, value: "" }
  return /^[A-Za-z_][\w./]*$/.test(command)
    ? { _tag: "Command", name: command, value }
    : { _tag: "Invalid", message: "", detail: `Illegal Identifier: <${command}>` }
}
