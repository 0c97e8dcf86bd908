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

/**
 * - `count`: jobs for each row
 * - `variables`: what a row gives values to
 * - `rows`: undefined where there is no list, so that there is one row without values
 * - `file`: from which the rows are to be read; `-` is stdin
 * - `rest`: the lines behind the statement and its list
 */
export interface Queue {
  readonly count: number
  readonly variables: ReadonlyArray<string>
  readonly rows: ReadonlyArray<string> | undefined
  readonly file: string | undefined
  readonly rest: ReadonlyArray<Line>
}

/** Why a statement cannot be read, and which line is to blame; or what of it is not read here. */
export type Problem = { readonly message: string; readonly line: number } | { readonly foreign: string }

const tokens = (text: string): ReadonlyArray<string> => text.split(/[ \t\r\n,]+/).filter((token) => token !== "")

/** The lines of a list up to its bracket. */
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

// Letters, blanks, commas and dots; digits behind a letter.
const variablesAtEnd = /(?:[ \t\v\f\rA-Za-z_,.]|(?<=[A-Za-z]\d*)\d)*$/

/** What of a list is not read here: `matching`, slices, kinds of files, tables, and the output of a program. */
const foreignIn = (version: Version, keyword: string, list: string): string | undefined => {
  if (keyword === "matching") return "queue matching"
  if (/^\[.*:.*\]/.test(list)) return "slices"
  const word = /^(?:files|dirs|any|table)(?=[ \t\v\f\r(]|$)/i.exec(list)?.[0].toLowerCase()
  if (word !== undefined && (word !== "table" || version === "latest")) return `queue ${keyword} ${word}`
  return keyword === "from" && !list.startsWith("(") && list.endsWith("|")
    ? "queue from the output of a program"
    : undefined
}

/** Reads a statement: `args` are its words after expansion, `lines` those that follow it. */
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

/** 25.x: a row without anything gives no values; a short one gives empty ones. */
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

/** 23.x: the first has a value always, the others as far as the row reaches. */
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

/** The values that a row has for so many variables; those that it has none for keep that of the row before. */
export const columns = (version: Version, row: string, columns: number): ReadonlyArray<string> =>
  version === "lts" ? oldColumns(row, columns) : newColumns(row, columns)
