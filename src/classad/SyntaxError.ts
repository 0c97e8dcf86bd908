/**
 * What is wrong with a text, and where.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * A text that is no ClassAd. Lines and columns count from 1.
 *
 * @category errors
 * @since 0.1.0
 */
export class ClassAdSyntaxError
  extends Schema.TaggedError<ClassAdSyntaxError>("effect-htcondor-ce/ClassAdSyntaxError")("ClassAdSyntaxError", {
    reason: Schema.String,
    offset: Schema.Natural,
    line: Schema.Natural,
    column: Schema.Natural
  })
{
  override get message(): string {
    return `line ${this.line}, column ${this.column}: ${this.reason}`
  }
}

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
