/**
 * Tables of text.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"

/**
 * One column: its title, and its cell in a row.
 *
 * @category models
 * @since 0.1.0
 */
export interface Column<A> {
  readonly title: string
  readonly cell: (row: A) => string
}

/**
 * The lines of a table: the titles, then a line for each row. Leaves out empty columns.
 *
 * @category converting
 * @since 0.1.0
 */
export const lines = <A>(columns: ReadonlyArray<Column<A>>, rows: ReadonlyArray<A>): ReadonlyArray<string> => {
  if (rows.length === 0) return []
  const used = columns
    .map(({ cell, title }) => [title, ...rows.map(cell)])
    .filter((cells) => cells.slice(1).some((cell) => cell !== ""))
    .map((cells) => {
      const width = cells.reduce((most, cell) => Math.max(most, cell.length), 0)
      return cells.map((cell) => cell.padEnd(width))
    })
  return [undefined, ...rows].map((_, index) => used.map((cells) => cells[index]).join("  ").trimEnd())
}

/**
 * A length of time in at most two units: `45s`, `3m20s`, `2h`, `5d4h`.
 *
 * @category converting
 * @since 0.1.0
 */
export const length = (duration: Duration.Duration): string => {
  const { days, hours, minutes, seconds } = Duration.parts(duration)
  const parts = [[days, "d"], [hours, "h"], [minutes, "m"], [seconds, "s"]] as const
  const first = parts.findIndex(([amount]) => amount > 0)
  if (first < 0) return "0s"
  return parts.slice(first, first + 2).filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount}${unit}`)
    .join("")
}

/**
 * How long ago a time was. Empty if the time is not known. Uses the clock of this host, which may differ a little from the CE's.
 *
 * @category converting
 * @since 0.1.0
 */
export const ago = (now: DateTime.Utc, time: DateTime.Utc | undefined): string =>
  time === undefined ? "" : length(Duration.max(Duration.zero, DateTime.distance(time, now)))
