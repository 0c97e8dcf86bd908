/**
 * How arguments, environment values and names are written in the submit language, and read back.
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

// The opposite of `word` for a whole line: quoted and unquoted runs join until a blank outside of quotes.
const tokens = /'((?:[^']|'')*)'|([^'\s]+)|(\s+)/y

/**
 * Reads what {@link words} wrote: `undefined` where a quote is left open.
 *
 * @category converting
 * @since 0.1.0
 */
export const parseWords = (line: string): Array<string> | undefined => {
  const result: Array<string> = []
  let current: string | undefined
  tokens.lastIndex = 0
  while (tokens.lastIndex < line.length) {
    const match = tokens.exec(line)
    if (match === null) return undefined
    const [, quoted, bare, blank] = match
    if (blank === undefined) {
      current = (current ?? "") + (quoted === undefined ? bare : quoted.replaceAll("''", "'"))
    } else if (current !== undefined) {
      result.push(current)
      current = undefined
    }
  }
  if (current !== undefined) result.push(current)
  return result.map((text) => text.replaceAll("$$(DOLLARDOLLAR)", "$$$$"))
}

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

/**
 * Reads what {@link name} wrote.
 *
 * @category converting
 * @since 0.1.0
 */
export const parseName = (text: string): string => text.replaceAll("$(DOLLAR)", "$")
