/**
 * Strings as bytes, as HTCondor sees them. A string is UTF-8. A byte that is not part of UTF-8 becomes U+DC80 to U+DCFF
 * (Python's `surrogateescape`), so that nothing is lost.
 *
 * @since 0.1.0
 */

const beyondAscii = /[\u0080-\uffff]/

/** Whether every character is one byte. */
export const isAscii = (text: string): boolean => !beyondAscii.test(text)

/** Changes only A to Z to lower case. HTCondor compares names, and strings without case, in this way. */
export const fold = (text: string): string =>
  isAscii(text) ? text.toLowerCase() : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

/**
 * The bytes of a string.
 *
 * @category converting
 * @since 0.1.0
 */
export const encode = (text: string): Array<number> => {
  const bytes: Array<number> = []
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (code < 0x80) bytes.push(code)
    else if (code < 0x800) bytes.push(0xc0 | code >> 6, 0x80 | code & 0x3f)
    else if (code >= 0xdc80 && code <= 0xdcff) bytes.push(code - 0xdc00)
    else if (code < 0x10000) bytes.push(0xe0 | code >> 12, 0x80 | code >> 6 & 0x3f, 0x80 | code & 0x3f)
    else bytes.push(0xf0 | code >> 18, 0x80 | code >> 12 & 0x3f, 0x80 | code >> 6 & 0x3f, 0x80 | code & 0x3f)
  }
  return bytes
}

/** For the first byte of a character: its number of bytes, the smallest code of that length, and its first bits. */
const shapeOf = (lead: number): readonly [length: number, least: number, bits: number] | undefined => {
  if (lead >= 0xc2 && lead < 0xe0) return [2, 0x80, lead & 0x1f]
  if (lead >= 0xe0 && lead < 0xf0) return [3, 0x800, lead & 0x0f]
  return lead >= 0xf0 && lead < 0xf5 ? [4, 0x10000, lead & 0x07] : undefined
}

/**
 * The string of these bytes.
 *
 * @category converting
 * @since 0.1.0
 */
export const decode = (bytes: ArrayLike<number>): string => {
  let text = ""
  for (let index = 0; index < bytes.length;) {
    const lead = bytes[index] ?? 0
    if (lead < 0x80) {
      text += String.fromCharCode(lead)
      index++
      continue
    }
    const shape = shapeOf(lead)
    let code = shape?.[2] ?? 0
    const length = shape?.[0] ?? 1
    let valid = shape !== undefined && index + length <= bytes.length
    for (let next = 1; valid && next < length; next++) {
      const byte = bytes[index + next] ?? 0
      valid = (byte & 0xc0) === 0x80
      code = code << 6 | byte & 0x3f
    }
    valid &&= shape !== undefined && code >= shape[1] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
    text += valid ? String.fromCodePoint(code) : String.fromCharCode(0xdc00 + lead)
    index += valid ? length : 1
  }
  return text
}

/** A string with one character for each byte, for functions on bytes. */
export const toBinary = (text: string): string => {
  if (isAscii(text)) return text
  let binary = ""
  for (const byte of encode(text)) binary += String.fromCharCode(byte)
  return binary
}

/** The inverse of {@link toBinary}. */
export const fromBinary = (binary: string): string =>
  isAscii(binary) ? binary : decode(Array.from(binary, (byte) => byte.charCodeAt(0)))

/** The unique string of these bytes: joins characters whose bytes were separate. */
export const normal = (text: string): string => text.isWellFormed() ? text : decode(encode(text))

/** A surrogate that is neither half of a character nor a byte. */
const stray = /[\ud800-\udc7f\udd00-\udfff]/u

/** Whether HTCondor can have this string: no NUL, and no surrogate that is neither half of a character nor a byte. */
export const isString = (text: string): boolean => !text.includes("\0") && (text.isWellFormed() || !stray.test(text))

/** The number of bytes of a string. */
export const size = (text: string): number => isAscii(text) ? text.length : encode(text).length

const order = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0

/** The order of strings by their bytes. */
export const compare = (a: string, b: string): number => a === b ? 0 : order(toBinary(a), toBinary(b))
