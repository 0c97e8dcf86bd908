/**
 * Messages on one line, whatever lines tools and names of files have broken them into.
 */

/**
 * A template whose text has no line break: each becomes a space, together with the white space around it.
 */
export const line = (strings: TemplateStringsArray, ...values: ReadonlyArray<string | number>): string =>
  strings.reduce((text, string, index) => `${text}${values[index - 1]}${string}`)
    .replace(/\s*[\n\v\f\r\u0085\u2028\u2029]\s*/g, " ")
