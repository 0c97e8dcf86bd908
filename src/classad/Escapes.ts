/** The escapes in strings and quoted names. */

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

/** Replaces the escapes of the new syntax. A byte beyond ASCII becomes one surrogate. `undefined` if an escape is a NUL. */
export const unescape = (raw: string): string | undefined => {
  if (!raw.includes("\\")) return raw
  let valid = true
  const text = raw.replace(escape, (_, octal: string | undefined, character: string) => {
    if (octal === undefined) return escapes[character] ?? character
    const code = Number.parseInt(octal, 8)
    valid &&= code !== 0
    return String.fromCharCode(code > 127 ? 0xdc00 + code : code)
  })
  return valid ? text : undefined
}
