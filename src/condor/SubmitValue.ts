/**
 * The texts that the submit language can carry, for each place.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * An argument of the payload.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Value = Schema.String.check(
  Schema.isPattern(/^[^\0\r\n\p{Cs}]*$/u, { expected: "Unicode text on one line, without NUL" })
)

/**
 * @category models
 * @since 0.1.0
 */
export type Value = typeof Value.Type

/**
 * The value of an environment variable. A 25.x `condor_submit` splits rows at U+001F, so it may not have that character.
 *
 * @category schemas
 * @since 0.1.0
 */
export const EnvironmentValue = Value.check(
  Schema.isPattern(/^[^\x1f]*$/, { expected: "text without the control character U+001F" })
)

/**
 * @category models
 * @since 0.1.0
 */
export type EnvironmentValue = typeof EnvironmentValue.Type

/**
 * The check that a text has no macro which `Quote.name` cannot write.
 *
 * @category checks
 * @since 0.1.0
 */
export const noMacro = Schema.isPattern(/^(?!.*(?:\$\$\w*\(|\$\(DOLLAR\)))/is, {
  expected: "a text without \"$$(\", \"$$name(\" and \"$(DOLLAR)\""
})

const fileName = (pattern: RegExp, expected: string) =>
  Schema.String.check(
    Schema.isPattern(pattern, { expected }),
    noMacro,
    Schema.makeFilter((name) => new TextEncoder().encode(name).length <= 255 || "Expected a file name of 255 bytes")
  )

/**
 * The name of an input. `transfer_input_files` splits at blanks and commas, also inside quotes, and `executable` drops
 * backslashes.
 *
 * @category schemas
 * @since 0.1.0
 */
export const InputName = fileName(
  /^(?!\.{1,2}$)[^/\\ ,\p{Cc}\p{Cs}]{1,255}$/u,
  "a file name without \"/\", \"\\\", \",\", blanks or control characters"
)

/**
 * The name of an output. `transfer_output_files` splits at commas and trims the names, and a 25.x `condor_submit` removes
 * quotes around the whole list.
 *
 * @category schemas
 * @since 0.1.0
 */
export const OutputName = fileName(
  /^(?!\.{1,2}$|[ "])[^/,\p{Cc}\p{Cs}]{1,255}(?<![ \\])$/u,
  "a file name without \"/\", \",\" or control characters, not beginning with a quote or a blank, not ending in a blank or \"\\\""
)

/**
 * A pattern for names in one directory. All shells read it in the same way.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Pattern = Schema.String.check(
  Schema.isPattern(/^(?!.*\[\^)[^/\\\p{Cc}\p{Cs}]{1,255}$/u, {
    expected: "a pattern without \"/\", \"\\\", \"[^\" or control characters"
  })
)

/**
 * @category models
 * @since 0.1.0
 */
export type Pattern = typeof Pattern.Type

/**
 * The name of stdout, stderr or the log. The CE loses a file with `;` in its name, and `log` drops backslashes.
 *
 * @category schemas
 * @since 0.1.0
 */
export const StreamName = fileName(
  /^(?!\.{1,2}$| )[^/\\;\p{Cc}\p{Cs}]{1,255}(?<! )$/u,
  "a file name without \"/\", \"\\\", \";\" or control characters, without blanks at its ends"
)

/**
 * The absolute path of a program on the machine where the job runs.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RemotePath = Schema.String.check(
  Schema.isPattern(/^(?:\/[^/\\ ,"\p{Cc}\p{Cs}]+)+$/u, {
    expected: "an absolute path without \"\\\", \",\", quotes, blanks or control characters"
  }),
  noMacro
)

/**
 * @category models
 * @since 0.1.0
 */
export type RemotePath = typeof RemotePath.Type

/**
 * The name of an output that is sent to a URL. A schedd that spools the job loses the URL of any other name.
 *
 * @category schemas
 * @since 0.1.0
 */
export const UploadName = OutputName.check(
  Schema.isPattern(/^[^\s=;\\"]+$/u, { expected: "a file name without \"=\", \";\", \"\\\", quotes or blanks" })
)

/**
 * @category models
 * @since 0.1.0
 */
export type UploadName = typeof UploadName.Type

/**
 * The check that the URL of an image has no user or password, because everybody who can read the job's ad can read it.
 * (`docker://name@digest` has none.)
 *
 * @category checks
 * @since 0.1.0
 */
export const noUser = Schema.isPattern(/^(?![^/]+:\/\/[^/?]*@[^/]*\/)/, { expected: "a URL without user or password" })

/**
 * A container image: an absolute path on the machine where the job runs, or a URL.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Image = Schema.String.check(
  Schema.isPattern(/^(?:\/|[a-z][a-z0-9+.-]*:\/\/)[^\s,;"\\$\p{Cc}\p{Cs}]+$/u, {
    expected: "an absolute path or a URL, without \",\", \";\", \"$\", \"\\\", quotes or blanks"
  }),
  noUser
)

/**
 * @category models
 * @since 0.1.0
 */
export type Image = typeof Image.Type

/**
 * The value of an attribute of this library.
 *
 * @category schemas
 * @since 0.1.0
 */
export const AttributeText = Value.check(noMacro)

/**
 * @category models
 * @since 0.1.0
 */
export type AttributeText = typeof AttributeText.Type
