/** The list of claims in docs/claims.md, and the test that each row names. */

/** A row: the test is in `file`, and `title` is text of its title. */
export interface Claim {
  readonly claim: string
  readonly file: string
  readonly title: string
}

const unquoted = (cell: string): string => cell.replace(/^`(.*)`$/, "$1")

/** The rows of all tables, without their heads. A row that does not have four filled cells is a defect. */
export const claims = (
  text: string
): { readonly rows: ReadonlyArray<Claim>; readonly defects: ReadonlyArray<string> } => {
  const rows: Array<Claim> = []
  const defects: Array<string> = []
  for (const line of text.split("\n")) {
    if (!line.startsWith("|") || /^\| (?:claim |-)/.test(line)) continue
    const [claim = "", place = "", file = "", title = "", ...rest] = line.slice(1, -1).split("|").map((cell) =>
      cell.trim()
    )
    if (place === "" || file === "" || title === "" || rest.length > 0) defects.push(`not four cells: ${claim}`)
    else rows.push({ claim, file: unquoted(file), title: unquoted(title) })
  }
  return { rows, defects }
}

/** The defect of a row, if any. `source` is the text of its test file, or undefined if there is no such file. */
export const problem = ({ claim, file, title }: Claim, source: string | undefined): string | undefined =>
  source === undefined
    ? `no file ${file}: ${claim}`
    : source.includes(title)
    ? undefined
    : `no test "${title}" in ${file}: ${claim}`
