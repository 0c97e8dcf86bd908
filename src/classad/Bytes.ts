/**
 * Strings as HTCondor sees them, which are bytes: UTF-8, and what is none of it as U+DC80 to U+DCFF (Python's
 * `surrogateescape`), so that nothing is lost.
 *
 * @since 0.1.0
 */

const beyondAscii = /[\u0080-\uffff]/

/** Whether every character is a byte of its own. */
export const isAscii = (text: string): boolean => !beyondAscii.test(text)

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

/** How many bytes the character that begins with this one takes, and the smallest code that needs so many. */
const shapeOf = (lead: number): readonly [length: number, least: number, bits: number] | undefined => {
  if (lead >= 0xc2 && lead < 0xe0) return [2, 0x80, lead & 0x1f]
  if (lead >= 0xe0 && lead < 0xf0) return [3, 0x800, lead & 0x0f]
  return lead >= 0xf0 && lead < 0xf5 ? [4, 0x10000, lead & 0x07] : undefined
}

/**
 * The string of some bytes.
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
