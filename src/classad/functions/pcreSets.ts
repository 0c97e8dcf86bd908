/** Sets of bytes in regular expressions: `[a-z]`, `\d`, `[[:alpha:]]`. */

/** For each byte, whether it is in the set. */
export type Bytes256 = ReadonlyArray<boolean>

export const bytesWhere = (holds: (byte: number) => boolean): Bytes256 =>
  Array.from({ length: 256 }, (_, i) => holds(i))

const ofPattern = (pattern: RegExp): Bytes256 => bytesWhere((byte) => pattern.test(String.fromCharCode(byte)))

export const complement = (set: Bytes256): Bytes256 => set.map((member) => !member)

const digit = ofPattern(/[0-9]/)
const word = ofPattern(/[A-Za-z0-9_]/)
const space = ofPattern(/[ \t\n\v\f\r]/)
const horizontal = ofPattern(/[ \t\xa0]/)
const vertical = ofPattern(/[\n\v\f\r\x85]/)
const newline = ofPattern(/\n/)

/** The escapes for sets. `\N` is a set only outside of brackets. */
export const escapes: ReadonlyMap<string, Bytes256> = new Map([
  ["d", digit],
  ["D", complement(digit)],
  ["w", word],
  ["W", complement(word)],
  ["s", space],
  ["S", complement(space)],
  ["h", horizontal],
  ["H", complement(horizontal)],
  ["v", vertical],
  ["V", complement(vertical)]
])

export const notNewline = complement(newline)

/** The classes of POSIX. */
export const classes: ReadonlyMap<string, Bytes256> = new Map([
  ["alnum", ofPattern(/[A-Za-z0-9]/)],
  ["alpha", ofPattern(/[A-Za-z]/)],
  ["ascii", bytesWhere((byte) => byte < 128)],
  ["blank", ofPattern(/[ \t]/)],
  ["cntrl", bytesWhere((byte) => byte < 32 || byte === 127)],
  ["digit", digit],
  ["graph", bytesWhere((byte) => byte > 32 && byte < 127)],
  ["lower", ofPattern(/[a-z]/)],
  ["print", bytesWhere((byte) => byte >= 32 && byte < 127)],
  ["punct", ofPattern(/[!-/:-@[-`{-~]/)],
  ["space", space],
  ["upper", ofPattern(/[A-Z]/)],
  ["word", word],
  ["xdigit", ofPattern(/[0-9A-Fa-f]/)]
])

/** A byte in the syntax of JavaScript. */
export const byteText = (byte: number): string => `\\x${byte.toString(16).padStart(2, "0")}`

/** A set in the syntax of JavaScript. */
export const setText = (set: Bytes256): string => {
  let text = ""
  for (let from = 0; from < 256; from++) {
    if (set[from] !== true) continue
    let to = from
    while (set[to + 1] === true) to++
    text += to === from ? byteText(from) : `${byteText(from)}-${byteText(to)}`
    from = to
  }
  return `[${text}]`
}

/** The other case of an ASCII letter; other bytes stay the same. */
export const otherCase = (byte: number): number => /[A-Za-z]/.test(String.fromCharCode(byte)) ? byte ^ 32 : byte

/** The byte of an escape, and the offset after it; undefined if PCRE refuses the escape. */
export const escapedByte = (
  source: string,
  backslash: number,
  inSet: boolean
): { readonly byte: number; readonly end: number } | undefined => {
  const letter = source.charAt(backslash + 1)
  const rest = source.slice(backslash + 1, backslash + 12)
  const named = "abefnrt".indexOf(letter)
  const of = (byte: number, length: number) => byte < 256 ? { byte, end: backslash + 1 + length } : undefined
  if (letter === "") return undefined
  if (named >= 0 && (letter !== "b" || inSet)) return of([7, 8, 27, 12, 10, 13, 9][named] ?? 0, 1)
  if (letter === "c") {
    const control = rest.charCodeAt(1)
    return control >= 32 && control < 127 ? of(rest.charAt(1).toUpperCase().charCodeAt(0) ^ 64, 2) : undefined
  }
  if (letter === "x") {
    const braced = /^x\{[ \t]*([0-9a-fA-F]+)[ \t]*\}/.exec(rest)
    if (braced !== null) return of(Number.parseInt(braced[1] ?? "", 16), braced[0].length)
    if (rest.charAt(1) === "{") return undefined
    const digits = /^x([0-9a-fA-F]{0,2})/.exec(rest)?.[1] ?? ""
    return digits === "" ? undefined : of(Number.parseInt(digits, 16), 1 + digits.length)
  }
  const octal = /^[0-7]{1,3}/.exec(rest)?.[0]
  if (octal !== undefined) return of(Number.parseInt(octal, 8), octal.length)
  if (inSet && (letter === "8" || letter === "9")) return of(letter.charCodeAt(0), 1)
  return /[A-Za-z0-9]/.test(letter) ? undefined : of(letter.charCodeAt(0), 1)
}
