/**
 * URLs from which the machine of a job reads inputs, and to which it writes outputs.
 *
 * **Details**
 *
 * The file-transfer plugins of that machine transfer the files, and no schedd does. The schedds only pass the URL on as text, in
 * a list of the submit language. Characters with a meaning in that language are refused: encode them with percent signs.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

// No user and no password before the host, because everybody who can read the job's ad can read its URLs.
const url = (characters: string) => `[a-z][a-z0-9+.-]*://(?![^/?]*@)[${characters}]+`

const characters = "A-Za-z0-9._~:/?[\\]@!&'*+%-"

const inAFile = /^[^:]*:\/\/[^/?]*\/(?:[^?]*\/)?(?!\.{1,2}(?:\?|$))[^/?]+(?:\?.*)?$/

const expected = "a URL with a scheme in lower case, without user or password, its other characters percent-encoded"

/**
 * A URL to read from. It ends with the name of the file in the job's directory: see {@link fileName}.
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
 * The text in a destination that the number of the copy replaces.
 *
 * @category constants
 * @since 0.1.0
 */
export const copyPlaceholder = "{copy}"

/**
 * A URL to write to. It has no `=`: a schedd that spools a job silently drops a destination with `=`, and the output comes back
 * instead.
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
 * Returns the scheme of a URL, in lower case.
 *
 * @category getters
 * @since 0.1.0
 */
export const scheme = (text: string): string => text.slice(0, text.indexOf(":")).toLowerCase()

/**
 * Returns the name that HTCondor gives a file from a URL: the last part of its path.
 *
 * **Example** (Naming an input)
 *
 * ```ts
 * import { Url } from "effect-htcondor-ce/condor"
 * import * as assert from "node:assert"
 *
 * assert.strictEqual(Url.fileName("https://example.org/data/events.root?version=2"), "events.root")
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const fileName = (text: string): string => {
  const path = text.replace(/\?.*$/s, "")
  return path.slice(path.lastIndexOf("/") + 1)
}
