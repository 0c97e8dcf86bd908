/** Parses a set in brackets. */
import { type Bytes256, classes, complement, escapedByte, escapes, otherCase } from "./pcreSets.ts"

/** A class of POSIX in a set. PCRE refuses the other two kinds (`[.a.]` and `[=a=]`). */
const posixClass = /\[([:.=])((?:\\[\]\\]|(?!\[\1|\1\])[^\]])*)\1\]/y

/** A member of a set: a byte, or several bytes, which cannot be the end of a range. */
type Member = { readonly byte: number; readonly end: number } | { readonly set: Bytes256; readonly end: number }

const posix = (match: RegExpExecArray, caseless: boolean, start: number): Member | undefined => {
  const name = match[2] ?? ""
  const inverted = name.startsWith("^")
  const plain = inverted ? name.slice(1) : name
  const set = classes.get(caseless && (plain === "lower" || plain === "upper") ? "alpha" : plain)
  if (match[1] !== ":" || set === undefined) return undefined
  return { set: inverted ? complement(set) : set, end: start + match[0].length }
}

const member = (source: string, start: number, caseless: boolean): Member | undefined => {
  const character = source.charAt(start)
  if (character === "\\") {
    const set = escapes.get(source.charAt(start + 1))
    return set === undefined ? escapedByte(source, start, true) : { set, end: start + 2 }
  }
  if (character === "[") {
    posixClass.lastIndex = start
    const match = posixClass.exec(source)
    if (match !== null) return posix(match, caseless, start)
  }
  return { byte: character.charCodeAt(0), end: start + 1 }
}

/** The set that begins at a bracket; undefined if PCRE refuses it. */
export const readSet = (
  source: string,
  bracket: number,
  caseless: boolean
): { readonly set: Bytes256; readonly end: number } | undefined => {
  // A class of POSIX must be inside a set.
  posixClass.lastIndex = bracket
  if (posixClass.test(source)) return undefined
  const inverted = source.charAt(bracket + 1) === "^"
  const start = bracket + (inverted ? 2 : 1)
  const set = Array.from({ length: 256 }, () => false)
  const add = (byte: number): void => {
    set[byte] = true
    if (caseless) set[otherCase(byte)] = true
  }
  // A closing bracket at the beginning is a member of the set.
  for (let index = start; index < source.length;) {
    if (source.charAt(index) === "]" && index > start) return { set: inverted ? complement(set) : set, end: index + 1 }
    const first = member(source, index, caseless)
    if (first === undefined) return undefined
    index = first.end
    const ranged = source.charAt(index) === "-" && source.charAt(index + 1) !== "]" && index + 1 < source.length
    if ("set" in first) {
      if (ranged) return undefined
      for (const [byte, holds] of first.set.entries()) if (holds) set[byte] = true
    } else if (!ranged) add(first.byte)
    else {
      const last = member(source, index + 1, caseless)
      if (last === undefined || "set" in last || last.byte < first.byte) return undefined
      for (let byte = first.byte; byte <= last.byte; byte++) add(byte)
      index = last.end
    }
  }
  return undefined
}
