/** The escapes in strings and quoted names. */
import * as Bytes from "./Bytes.ts"

const escapes: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v"
}

const escape = /\\(?:([0-3]?[0-7]{1,2})|([\s\S]))/g

/** What the escapes of the new syntax stand for; `undefined` where one is a NUL. */
export const unescape = (raw: string): string | undefined => {
  if (!raw.includes("\\")) return raw
  let high = false
  let valid = true
  const bytes: Array<number> = []
  const text = raw.replace(escape, (_, octal: string | undefined, character: string) => {
    if (octal === undefined) return escapes[character] ?? character
    const code = Number.parseInt(octal, 8)
    valid &&= code !== 0
    high ||= code > 127
    return String.fromCharCode(code > 127 ? 0xdc00 + code : code)
  })
  if (!valid) return undefined
  if (!high) return text
  for (const byte of Bytes.encode(text)) bytes.push(byte)
  return Bytes.decode(bytes)
}
