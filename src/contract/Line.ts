/**
 * Messages on one line, even if the output of a tool or the name of a file has line breaks.
 */

/**
 * A template tag that replaces each line break, and the white space around it, by one space.
 */
export const line = (strings: TemplateStringsArray, ...values: ReadonlyArray<string | number>): string =>
  strings.reduce((text, string, index) => `${text}${values[index - 1]}${string}`)
    .replace(/\s*[\n\v\f\r\u0085\u2028\u2029]\s*/g, " ")
