/**
 * Finds tokens in text, as HTCondor does: one token on each line, among comments and blank lines.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

const decodePart = Schema.decodeUnknownOption(
  Schema.StringFromBase64Url.pipe(
    Schema.decodeTo(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))
  )
)

/**
 * Whether a text is a JSON web token with a signature, as every token for HTCondor is. The signature is not verified.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isToken = (text: string): boolean => {
  const parts = text.split(".")
  return parts.length === 3 &&
    parts.every((part) => /^[\w-]+=*$/.test(part)) &&
    parts.slice(0, 2).every((part) => Option.isSome(decodePart(part)))
}

/**
 * The tokens in a text, in their order. Like HTCondor, it skips lines that are no tokens.
 *
 * @category converting
 * @since 0.1.0
 */
export const tokens = (text: string): ReadonlyArray<string> =>
  text.split("\n").map((line) => line.trim()).filter(isToken)
