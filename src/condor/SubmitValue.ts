/**
 * What the submit language can carry, place by place.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * An argument.
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
 * The value of an environment variable: a 25.x `condor_submit` splits rows at U+001F.
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
 * The name of a file that is sent: `transfer_input_files` splits at blanks and commas, whatever the quotes, and
 * `executable` loses backslashes.
 *
 * @category schemas
 * @since 0.1.0
 */
export const InputName = fileName(
  /^(?!\.{1,2}$)[^/\\ ,\p{Cc}\p{Cs}]{1,255}$/u,
  "a file name without \"/\", \"\\\", \",\", blanks or control characters"
)

/**
 * The name of a file that comes back: `transfer_output_files` splits at commas and trims, and a 25.x `condor_submit`
 * takes quotes off the whole list.
 *
 * @category schemas
 * @since 0.1.0
 */
export const OutputName = fileName(
  /^(?!\.{1,2}$|[ "])[^/,\p{Cc}\p{Cs}]{1,255}(?<![ \\])$/u,
  "a file name without \"/\", \",\" or control characters, not beginning with a quote or a blank, not ending in a blank or \"\\\""
)

/**
 * A pattern of the shell that all shells understand in the same way, for names in one directory.
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
 * The name of stdout, stderr or the log: the CE loses the file at a `;`, and `log` loses backslashes.
 *
 * @category schemas
 * @since 0.1.0
 */
export const StreamName = fileName(
  /^(?!\.{1,2}$| )[^/\\;\p{Cc}\p{Cs}]{1,255}(?<! )$/u,
  "a file name without \"/\", \"\\\", \";\" or control characters, without blanks at its ends"
)

/**
 * A program of the machine where the job runs.
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
 * The name of an output that goes to a URL. A schedd that spools the job forgets the URL of any other name.
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
 * The check that a URL of an image has no user or password: it can be read by whoever can read the job's ad.
 * (`docker://name@digest` has none.)
 *
 * @category checks
 * @since 0.1.0
 */
export const noUser = Schema.isPattern(/^(?![^/]+:\/\/[^/?]*@[^/]*\/)/, { expected: "a URL without user or password" })

/**
 * A container image as the machine where the job runs knows it: an absolute path there, or a URL.
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
 * The value of an attribute of our own.
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
