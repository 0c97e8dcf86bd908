/** `strftime` of C in its own locale. */
import type * as Times from "../Times.ts"

/** A moment; days of the week count from Sunday, days of the year from 0. */
export interface Parts extends Times.Parts {
  readonly weekday: number
  readonly yearday: number
}

const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December"
]

const pad = (value: number, size: number, by = "0"): string =>
  value < 0 ? `-${String(-value).padStart(size - 1, by)}` : String(value).padStart(size, by)
const twelve = (hours: number): number => hours % 12 === 0 ? 12 : hours % 12

/** Year and week of ISO 8601. */
const isoWeek = ({ weekday, year, yearday }: Parts): readonly [year: number, week: number] => {
  const fromMonday = (weekday + 6) % 7
  const week = Math.floor((yearday - fromMonday + 10) / 7)
  const weeks = (of: number): number => {
    const last = (of + Math.floor(of / 4) - Math.floor(of / 100) + Math.floor(of / 400)) % 7
    const before = (of - 1 + Math.floor((of - 1) / 4) - Math.floor((of - 1) / 100) + Math.floor((of - 1) / 400)) % 7
    return last === 4 || before === 3 ? 53 : 52
  }
  if (week < 1) return [year - 1, weeks(year - 1)]
  return week > weeks(year) ? [year + 1, 1] : [year, week]
}

const conversions: Readonly<Record<string, (parts: Parts) => string>> = {
  a: (p) => weekdays[p.weekday]?.slice(0, 3) ?? "?",
  A: (p) => weekdays[p.weekday] ?? "?",
  b: (p) => months[p.month - 1]?.slice(0, 3) ?? "?",
  B: (p) => months[p.month - 1] ?? "?",
  c: (p) => strftime("%a %b %e %H:%M:%S %Y", p),
  C: (p) => pad(Math.floor(p.year / 100), 2),
  d: (p) => pad(p.day, 2),
  D: (p) => strftime("%m/%d/%y", p),
  e: (p) => pad(p.day, 2, " "),
  F: (p) => strftime("%Y-%m-%d", p),
  g: (p) => pad(isoWeek(p)[0] % 100, 2),
  G: (p) => String(isoWeek(p)[0]),
  h: (p) => months[p.month - 1]?.slice(0, 3) ?? "?",
  H: (p) => pad(p.hours, 2),
  I: (p) => pad(twelve(p.hours), 2),
  j: (p) => pad(p.yearday + 1, 3),
  k: (p) => pad(p.hours, 2, " "),
  l: (p) => pad(twelve(p.hours), 2, " "),
  m: (p) => pad(p.month, 2),
  M: (p) => pad(p.minutes, 2),
  n: () => "\n",
  p: (p) => p.hours >= 12 ? "PM" : "AM",
  P: (p) => p.hours >= 12 ? "pm" : "am",
  r: (p) => strftime("%I:%M:%S %p", p),
  R: (p) => strftime("%H:%M", p),
  S: (p) => pad(p.seconds, 2),
  t: () => "\t",
  T: (p) => strftime("%H:%M:%S", p),
  u: (p) => String(p.weekday === 0 ? 7 : p.weekday),
  U: (p) => pad(Math.floor((p.yearday + 7 - p.weekday) / 7), 2),
  V: (p) => pad(isoWeek(p)[1], 2),
  w: (p) => String(p.weekday),
  W: (p) => pad(Math.floor((p.yearday + 7 - (p.weekday + 6) % 7) / 7), 2),
  x: (p) => strftime("%m/%d/%y", p),
  X: (p) => strftime("%H:%M:%S", p),
  y: (p) => pad(((p.year % 100) + 100) % 100, 2),
  Y: (p) => String(p.year),
  z: () => "+0000",
  Z: () => "UTC",
  "%": () => "%"
}

/** What the flags of the GNU library make of a field: no padding, or another one; capitals. */
const flagged = (flag: string, text: string): string => {
  if (flag === "-") return text.replace(/^[0 ]+(?=\d)/, "")
  if (flag === "_") return text.replace(/^0+(?=\d)/, (zeros) => " ".repeat(zeros.length))
  if (flag === "0") return text.replace(/^ +/, (blanks) => "0".repeat(blanks.length))
  return flag === "^" ? text.toUpperCase() : text
}

/** The text of a format; what is no conversion stays. */
export const strftime = (format: string, parts: Parts): string =>
  format.replace(/%([-_0^]?)([a-zA-Z%])/g, (text, flag: string, letter: string) => {
    const field = conversions[letter]?.(parts)
    return field === undefined ? text : flagged(flag, field)
  })
