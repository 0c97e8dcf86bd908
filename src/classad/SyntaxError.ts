/**
 * Errors in a text, with their place.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * A text is not a ClassAd, or a value has no text.
 *
 * @category errors
 * @since 0.1.0
 */
export class ClassAdSyntaxError
  extends Schema.TaggedError<ClassAdSyntaxError>("effect-htcondor-ce/ClassAdSyntaxError")("ClassAdSyntaxError", {
    /** The error, without its place. */
    reason: Schema.String,
    /** The place as an offset in UTF-16 code units, from 0. */
    offset: Schema.Natural,
    /** The line of the place, from 1. */
    line: Schema.Natural,
    /** The column of the place in UTF-16 code units, from 1. */
    column: Schema.Natural
  })
{
  override get message(): string {
    return `line ${this.line}, column ${this.column}: ${this.reason}`
  }
}
