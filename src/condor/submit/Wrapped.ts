/**
 * Long messages of HTCondor's tools.
 *
 * @since 0.1.0
 */

/** HTCondor's `print_wrapped_text`: words on lines of at most 78 characters, each followed by a blank. */
export const wrapped = (text: string): string => {
  let result = ""
  let column = 0
  for (const word of text.split(/[ \t\n]+/).filter((word) => word !== "")) {
    if (word.length >= 78 - column) {
      result += "\n"
      column = 0
    }
    result += word
    column += word.length
    if (column < 78) {
      result += " "
      column += 1
    }
  }
  return `${result}\n`
}
