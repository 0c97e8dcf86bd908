/**
 * The queue statement of a submit description.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { Line } from "./Lines.ts"
import { integerOf, trim, trimEnd, trimStart } from "./Values.ts"
import type { Version } from "./Version.ts"

/** A queue statement. */
export interface Queue {
  /** The number of jobs for each row. */
  readonly count: number
  /** The variables to which a row gives values. */
  readonly variables: ReadonlyArray<string>
  /** The rows. `undefined` if there is no list: then there is one row without values. */
  readonly rows: ReadonlyArray<string> | undefined
  /** The file from which the rows are read. `-` is stdin. */
  readonly file: string | undefined
  /** The lines after the statement and its list. */
  readonly rest: ReadonlyArray<Line>
}

/** The reason why a statement is invalid, with its line, or the part of it that is not read here. */
export type Problem = { readonly message: string; readonly line: number } | { readonly foreign: string }

const tokens = (text: string): ReadonlyArray<string> => text.split(/[ \t\r\n,]+/).filter((token) => token !== "")

/** Reads the lines of a list up to its closing bracket. */
const list = (
  first: ReadonlyArray<string>,
  lines: ReadonlyArray<Line>,
  each: (text: string) => ReadonlyArray<string>
): Option.Option<{ readonly rows: ReadonlyArray<string>; readonly rest: ReadonlyArray<Line> }> => {
  const end = lines.findIndex(({ text }) => text.startsWith(")"))
  if (end < 0) return Option.none()
  const rows = lines.slice(0, end).filter(({ text }) => !text.startsWith("#")).flatMap(({ text }) => each(text))
  return Option.some({ rows: [...first, ...rows], rest: lines.slice(end + 1) })
}

// Letters, blanks, commas and dots, and digits after a letter.
const variablesAtEnd = /(?:[ \t\v\f\rA-Za-z_,.]|(?<=[A-Za-z]\d*)\d)*$/

/** Finds a part of a list that is not read here: `matching`, slices, kinds of files, tables, and the output of a program. */
const foreignIn = (version: Version, keyword: string, list: string): string | undefined => {
  if (keyword === "matching") return "queue matching"
  if (/^\[.*:.*\]/.test(list)) return "slices"
  const word = /^(?:files|dirs|any|table)(?=[ \t\v\f\r(]|$)/i.exec(list)?.[0].toLowerCase()
  if (word !== undefined && (word !== "table" || version === "latest")) return `queue ${keyword} ${word}`
  return keyword === "from" && !list.startsWith("(") && list.endsWith("|")
    ? "queue from the output of a program"
    : undefined
}

/** Reads a statement. `args` is its expanded text after `queue`, and `lines` are the lines that follow it. */
export const read = (
  version: Version,
  args: string,
  line: number,
  lines: ReadonlyArray<Line>
): Result.Result<Queue, Problem> => {
  const keyword = /(?<=^|[ \t\v\f\r])(in|from|matching)(?=[ \t\v\f\r(]|$)/i.exec(args)
  const before = keyword === null ? args : trim(args.slice(0, keyword.index))
  const names = keyword === null ? "" : variablesAtEnd.exec(before)?.[0] ?? ""
  const counted = trim(before.slice(0, before.length - names.length))
  const count = counted === "" ? 1 : integerOf(counted)
  if (count === undefined || count < 0) {
    const message = count === undefined ? "Invalid Queue count expression" : "Queue count out of range"
    return Result.fail({ message: version === "lts" ? "invalid Queue statement" : message, line })
  }
  const queue: Queue = { count, variables: [], rows: undefined, file: undefined, rest: lines }
  if (keyword === null) return Result.succeed(queue)
  const foreign = foreignIn(version, keyword[0].toLowerCase(), trim(args.slice(keyword.index + keyword[0].length)))
  if (foreign !== undefined) return Result.fail({ foreign })
  const variables = tokens(names)
  const named = { ...queue, variables: variables.length === 0 ? ["Item"] : variables }
  const from = keyword[0].toLowerCase() === "from"
  const each = (text: string): ReadonlyArray<string> => from ? [text] : tokens(text)
  const written = trim(args.slice(keyword.index + keyword[0].length))
  if (!written.startsWith("(")) {
    return Result.succeed(from ? { ...named, rows: [], file: written } : { ...named, rows: each(written) })
  }
  if (written.endsWith(")")) return Result.succeed({ ...named, rows: each(trimStart(written.slice(1, -1))) })
  const first = trim(written.slice(1))
  return Option.match(list(first === "" ? [] : each(first), lines, each), {
    onNone: () =>
      Result.fail({
        message: `Reached end of file without finding closing brace ')' for Queue command on line ${line}`,
        line: lines.at(-1)?.number ?? line
      }),
    onSome: (read) => Result.succeed({ ...named, ...read })
  })
}

/** In 25.x an empty row has no values. A short row has empty values for the other variables. */
const newColumns = (row: string, columns: number): ReadonlyArray<string> => {
  const separator = row.includes("\x1f") ? /\x1f/ : /[, \t]/
  const values: Array<string> = []
  let rest = trim(row)
  if (rest === "") return values
  for (let column = 1; column < columns; column++) {
    const at = rest.search(separator)
    values.push(at < 0 ? rest : trimEnd(rest.slice(0, at)))
    rest = at < 0 ? "" : trimStart(rest.slice(at + 1))
  }
  return [...values, rest]
}

/** In 23.x the first variable always has a value. The others have one as far as the row reaches. */
const oldColumns = (row: string, columns: number): ReadonlyArray<string> => {
  const values: Array<string> = []
  let rest: string | undefined = row
  while (rest !== undefined && values.length < columns) {
    const at: number = values.length === columns - 1 ? -1 : rest.search(/[, \t]/)
    values.push(at < 0 ? rest : rest.slice(0, at))
    rest = at < 0 ? undefined : rest.slice(at + 1).replace(/^[ \t]+/, "")
  }
  return values
}

/** Returns the values of a row for a number of variables. Variables without a value keep the one of the previous row. */
export const columns = (version: Version, row: string, columns: number): ReadonlyArray<string> =>
  version === "lts" ? oldColumns(row, columns) : newColumns(row, columns)
