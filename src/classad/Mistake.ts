/** Where a text is wrong, and what of it is told. */
import { ClassAdSyntaxError } from "./SyntaxError.ts"

/** So much of a text is enough to know it by. */
const enough = 40

/** A text, and not all of one that is long. */
export const cut = (text: string): string => text.length > enough ? `${text.slice(0, enough)}...` : text

/** {@link cut} within a message, in quotes. */
export const quote = (text: string): string => JSON.stringify(cut(text))

/** A mistake at a place of a text. */
export const at = (text: string, offset: number, reason: string): ClassAdSyntaxError => {
  let line = 1
  let begin = 0
  for (let newline = text.indexOf("\n"); newline >= 0 && newline < offset; newline = text.indexOf("\n", newline + 1)) {
    line++
    begin = newline + 1
  }
  return new ClassAdSyntaxError({ reason, offset, line, column: offset - begin + 1 })
}
