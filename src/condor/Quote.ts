/**
 * Quotes arguments, environment values and names for the submit language.
 *
 * **Details**
 *
 * Arguments and environment use the "new" syntax of `condor_submit` (manual: condor_submit, `arguments`, `environment`):
 * words in single quotes, with each quote doubled. HTCondor expands macros also inside quotes: when it reads the description
 * (`$(x)`, `$ENV(x)`), and when it matches the job (`$$(x)`). Therefore a pair of quotes precedes every `(`, and
 * `$$(DOLLARDOLLAR)` replaces two dollars before it.
 *
 * @since 0.1.0
 */

const escapeMacros = (text: string): string =>
  text.replace(
    /(\$*)\(/g,
    (_, dollars: string) => `${"$$(DOLLARDOLLAR)".repeat(dollars.length >> 1)}${"$".repeat(dollars.length & 1)}'('`
  )

/**
 * Quotes one word: any text without NUL, carriage return and newline.
 *
 * **Example** (Quoting an argument)
 *
 * ```ts
 * import { Quote } from "effect-htcondor-ce/condor"
 * import * as assert from "node:assert"
 *
 * assert.strictEqual(Quote.word("it's"), "'it''s'")
 * // No macro: the quotes before the parenthesis break it.
 * assert.strictEqual(Quote.word("$(HOME)"), "'$'('HOME)'")
 * ```
 *
 * @category converting
 * @since 0.1.0
 */
export const word = (text: string): string => `'${escapeMacros(text.replaceAll("'", "''"))}'`

/**
 * Quotes words, and joins them by blanks.
 *
 * @category converting
 * @since 0.1.0
 */
export const words = (texts: ReadonlyArray<string>): string => texts.map(word).join(" ")

/**
 * Escapes a name in a command such as `output = name`, so that no dollar in it begins a macro.
 *
 * **Gotchas**
 *
 * It cannot write `$$(`, `$$f(` and the text `$(DOLLAR)` itself: see `SubmitValue.noMacro`. It does not change a dollar that
 * begins no macro, because two `$(DOLLAR)` in a row would become `$$(DOLLAR)`, which is expanded when the job is matched.
 *
 * @category converting
 * @since 0.1.0
 */
export const name = (text: string): string => text.replace(/\$(?=\w*\()/g, "$(DOLLAR)")
