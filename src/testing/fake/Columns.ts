/**
 * `-af`: prints attributes and expressions in columns, as the tools do.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as ClassAd from "../../classad/ClassAd.ts"
import * as Evaluator from "../../classad/Evaluator.ts"
import * as Expr from "../../classad/Expr.ts"
import * as Literals from "../../classad/Literals.ts"
import type { Value } from "../../classad/Value.ts"
import { toExpr } from "../../classad/Value.ts"
import type * as Arguments from "./Arguments.ts"
import type { Version } from "./Job.ts"
import * as JobSelection from "./JobSelection.ts"
import * as Print from "./Print.ts"

/** The option, for the tools that have it. */
export const options: ReadonlyArray<Arguments.Option> = [
  { name: "af", least: 2, takes: "words", modifiers: true },
  { name: "autoformat", least: 5, takes: "words", modifiers: true }
]

interface Column {
  readonly text: string
  readonly expr: Expr.Expr
}

/**
 * The requested columns, up to the first that does not parse, which is `bad`.
 *
 * Modifiers: `j` prints the job number first, `l` names, `h` headings, `V` strings in quotes, `r` expressions without
 * evaluation, and `,` and `t` a comma and a tab between columns.
 */
export interface Columns {
  readonly columns: ReadonlyArray<Column>
  readonly bad: string | undefined
  readonly modifiers: string
}

/** Whether the fake implements the modifiers. */
export const played = ({ modifiers }: Columns): boolean =>
  /^[jlhVr,t]*$/.test(modifiers) && !/l.*h|h.*l/.test(modifiers)

/** The columns of a command line; undefined without `-af`. */
export const of = ({ options: given }: Arguments.Arguments, version: Version): Columns | undefined => {
  const formats = given.filter(({ name }) => options.some((option) => option.name === name))
  if (formats.length === 0) return undefined
  const texts = formats.flatMap(({ words }) => words)
  const columns: Array<Column> = []
  for (const text of texts) {
    const expr = JobSelection.parse(text, version)
    if (expr === undefined) break
    columns.push({ text, expr })
  }
  return { columns, bad: texts[columns.length], modifiers: formats.map(({ modifiers }) => modifiers).join("") }
}

const namesIn = (expr: Expr.Expr): ReadonlyArray<string> =>
  expr._tag === "Attribute" && expr.scope === undefined ? [expr.name] : JobSelection.children(expr).flatMap(namesIn)

/** The names of the attributes in the columns. */
export const names = ({ columns }: Columns): ReadonlyArray<string> => columns.flatMap(({ expr }) => namesIn(expr))

const evaluated = (value: Value, quoted: boolean): string => {
  switch (value._tag) {
    case "String":
      return quoted ? Print.raw(Expr.string(value.value)) : value.value
    case "RelativeTime":
      return Literals.general(value.seconds)
    default:
      return Print.raw(toExpr(value))
  }
}

/** The text of a column; undefined for an undefined value. */
const cell = Effect.fnUntraced(function*(ad: ClassAd.ClassAd, { expr }: Column, modifiers: string) {
  const isName = expr._tag === "Attribute" && expr.scope === undefined
  const stored = isName ? ad.members.get(expr.name.toLowerCase())?.expr : expr
  if (stored === undefined) return undefined
  if (modifiers.includes("r")) return Print.raw(stored)
  const value = yield* Evaluator.evaluate(expr, { my: ad })
  return value._tag === "Undefined" ? undefined : evaluated(value, modifiers.includes("V"))
})

/** The first column of the modifier `j`. */
export interface IdColumn {
  readonly heading: string
  readonly text: (ad: ClassAd.ClassAd) => string
}

/** The first column. With headings, `lts` pads the job number. */
export const idColumn = (
  { modifiers }: Columns,
  version: Version,
  text: (ad: ClassAd.ClassAd) => string
): IdColumn =>
  version === "latest" || !modifiers.includes("h") ? { heading: " ID", text } : {
    heading: " ID     ",
    text: (ad) =>
      text(ad).replace(
        /^(\d+)\.(\d+)$/,
        (_, cluster: string, proc: string) => `${cluster.padStart(4)}.${proc.padEnd(3)}`
      )
  }

/** Prints a line for each ad. */
export const print = Effect.fnUntraced(function*(
  { columns, modifiers }: Columns,
  ads: ReadonlyArray<ClassAd.ClassAd>,
  id: IdColumn
) {
  const has = (modifier: string) => modifiers.includes(modifier)
  const headings = [...(has("j") ? [id.heading] : []), ...columns.map(({ text }) => text)]
  if (headings.length === 0) return ""
  const rows = yield* Effect.forEach(ads, (ad) =>
    Effect.map(
      Effect.forEach(columns, (column) => cell(ad, column, modifiers)),
      (cells) => [...(has("j") ? [id.text(ad)] : []), ...cells]
    ))
  const separator = `${has(",") ? "," : ""}${has("t") ? "\t" : " "}`
  const label = (index: number) => has("l") ? `${headings[index]?.trim() ?? ""} = ` : ""
  // An undefined value does not widen its column.
  const widths = headings.map((heading, index) =>
    has("h") ? Math.max(heading.length, ...rows.map((row) => row[index]?.length ?? 0)) : 0
  )
  const line = (row: ReadonlyArray<string | undefined>) =>
    `${row.map((text = "undefined", index) => text.padEnd(widths[index] ?? 0)).join(separator)}\n`
  const body = rows.map((row) => line(row.map((text = "undefined", index) => `${label(index)}${text}`))).join("")
  return has("h") ? line(headings) + body : body
})
