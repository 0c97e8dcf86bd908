/**
 * Handles names of files that are not text: on Linux, a name is any bytes except `/` and NUL.
 */

// One character of UTF-8, in characters that each represent a byte; or a byte that belongs to no such character.
const pieces =
  /[^\x80-\xff]+|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|([\x80-\xff])/g

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

const textOf = (bytes: string): string => decoder.decode(Uint8Array.from(bytes, (one) => one.charCodeAt(0)))

/**
 * Whether a name is UTF-8. `bytes` has one character for each byte (the encoding `latin1`), here and below.
 */
export const isText = (bytes: string): boolean =>
  Array.from(bytes.matchAll(pieces)).every(([, stray]) => stray === undefined)

/**
 * A name as text: each byte that is not UTF-8 becomes `%XX`.
 */
export const toText = (bytes: string): string =>
  textOf(
    bytes.replace(pieces, (piece: string, stray: string | undefined) =>
      stray === undefined ? piece : `%${stray.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`)
  )

// The longest name that a file system accepts.
const maxBytes = 255

// Shortens the text to leave room for the suffix.
const shortened = (text: string, suffix: string): string => {
  let length = encoder.encode(text + suffix).length
  const characters = Array.from(text)
  while (length > maxBytes) length -= encoder.encode(characters.pop() ?? "").length
  return characters.join("") + suffix
}

/**
 * The new name of a file whose own name is not UTF-8. The directory has the names `taken` already.
 */
export const unlike = (bytes: string, taken: ReadonlySet<string>): string => {
  const text = toText(bytes)
  let name = shortened(text, "")
  for (let number = 2; taken.has(name); number++) name = shortened(text, `~${number}`)
  return name
}
