/** Errors in a text: their place, and the part of the text that messages quote. */
import { ClassAdSyntaxError } from "./SyntaxError.ts"

/** How many characters of a text a message quotes. */
const enough = 40

/** A text, truncated if it is long. */
export const cut = (text: string): string => text.length > enough ? `${text.slice(0, enough)}...` : text

/** {@link cut} within a message, in quotes. */
export const quote = (text: string): string => JSON.stringify(cut(text))

/** An error at an offset in a text. */
export const at = (text: string, offset: number, reason: string): ClassAdSyntaxError => {
  let line = 1
  let begin = 0
  for (let newline = text.indexOf("\n"); newline >= 0 && newline < offset; newline = text.indexOf("\n", newline + 1)) {
    line++
    begin = newline + 1
  }
  return new ClassAdSyntaxError({ reason, offset, line, column: offset - begin + 1 })
}
