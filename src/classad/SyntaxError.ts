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
