/**
 * How arguments, environment values and names are written in the submit language.
 *
 * **Details**
 *
 * Arguments and environment use the "new" syntax of `condor_submit` (manual: condor_submit, `arguments`,
 * `environment`): words in single quotes, a quote doubled. Macros are expanded inside quotes too, when the description is
 * read (`$(x)`, `$ENV(x)`) and again when the job is matched (`$$(x)`), so that every `(` is cut off from what stands
 * before it by a pair of quotes, and `$$(DOLLARDOLLAR)` stands for two dollars before one.
 *
 * @since 0.1.0
 */

const escapeMacros = (text: string): string =>
  text.replace(
    /(\$*)\(/g,
    (_, dollars: string) => `${"$$(DOLLARDOLLAR)".repeat(dollars.length >> 1)}${"$".repeat(dollars.length & 1)}'('`
  )

/**
 * One word: any text without NUL, carriage return and newline.
 *
 * @category converting
 * @since 0.1.0
 */
export const word = (text: string): string => `'${escapeMacros(text.replaceAll("'", "''"))}'`

/**
 * Words in a row.
 *
 * @category converting
 * @since 0.1.0
 */
export const words = (texts: ReadonlyArray<string>): string => texts.map(word).join(" ")

/**
 * A name in a command such as `output = name`: no dollar of it begins a macro.
 *
 * **Gotchas**
 *
 * `$$(`, `$$f(` and the very text `$(DOLLAR)` cannot be written. A dollar that begins no macro is left alone: two
 * `$(DOLLAR)` in a row become `$$(DOLLAR)`, which is expanded when the job is matched.
 *
 * @category converting
 * @since 0.1.0
 */
export const name = (text: string): string => text.replace(/\$(?=\w*\()/g, "$(DOLLAR)")
