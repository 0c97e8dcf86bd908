/**
 * URLs that the machine where a job runs reads inputs from, and writes outputs to.
 *
 * **Details**
 *
 * The file-transfer plugins of that machine do it, without the schedds in between: a URL passes them as text, in a list of
 * the submit language. Characters that mean something there are refused: a URL can carry all of them percent-encoded.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

// No name and no password before the host: a URL can be read by whoever can read the job's ad.
const url = (characters: string) => `[a-z][a-z0-9+.-]*://(?![^/?]*@)[${characters}]+`

const characters = "A-Za-z0-9._~:/?[\\]@!&'*+%-"

const inAFile = /^[^:]*:\/\/[^/?]*\/(?:[^?]*\/)?(?!\.{1,2}(?:\?|$))[^/?]+(?:\?.*)?$/

const expected = "a URL with a scheme in lower case, without user or password, its other characters percent-encoded"

/**
 * A URL to read from. It ends in the name that the file has in the job's directory: {@link fileName}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const InputUrl = Schema.String.check(
  Schema.isPattern(new RegExp(`^${url(`=${characters}`)}$`), { expected }),
  Schema.isPattern(inAFile, { expected: "a URL that ends in the name of a file" })
)

/**
 * @category models
 * @since 0.1.0
 */
export type InputUrl = typeof InputUrl.Type

/**
 * What stands in a destination for the number of the copy.
 *
 * @category constants
 * @since 0.1.0
 */
export const copyPlaceholder = "{copy}"

/**
 * A URL to write to. A schedd that spools a job drops a destination with an `=` in it without a word, and the output comes
 * back instead.
 *
 * @category schemas
 * @since 0.1.0
 */
export const OutputUrl = Schema.String.check(
  Schema.isPattern(new RegExp(`^${url(`{}${characters}`)}$`), {
    expected: `${expected}, and without "=", which a spooling schedd does not take in a destination`
  }),
  Schema.isPattern(inAFile, { expected: "a URL that ends in the name of a file" }),
  Schema.isPattern(/^(?:[^{}]|\{copy\})*$/, { expected: `a URL with no braces but in "${copyPlaceholder}"` })
)

/**
 * @category models
 * @since 0.1.0
 */
export type OutputUrl = typeof OutputUrl.Type

/**
 * The scheme of a URL, in lower case.
 *
 * @category getters
 * @since 0.1.0
 */
export const scheme = (text: string): string => text.slice(0, text.indexOf(":")).toLowerCase()

/**
 * What HTCondor calls a file that it has from a URL.
 *
 * @category getters
 * @since 0.1.0
 */
export const fileName = (text: string): string => {
  const path = text.replace(/\?.*$/s, "")
  return path.slice(path.lastIndexOf("/") + 1)
}
