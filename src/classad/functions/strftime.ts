/** `strftime` of C in the locale "C". */
import * as Times from "../Times.ts"

/** A time. Days of the week count from Sunday (0), and are negative in HTCondor before the year 0. Days of the year count from 0. */
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

const twelve = (hours: number): number => hours % 12 === 0 ? 12 : hours % 12

/** Days since the Monday of the first week, negative before it, as the GNU library counts. */
const isoDays = (yearday: number, weekday: number): number => yearday - (yearday - weekday + 4 + 378) % 7 + 3

const daysIn = (year: number): number => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 366 : 365

/** The year and the week of ISO 8601. */
const isoWeek = ({ weekday, year, yearday }: Parts): readonly [year: number, week: number] => {
  const days = isoDays(yearday, weekday)
  const week = (days: number): number => Math.trunc(days / 7) + 1
  if (days < 0) return [year - 1, week(isoDays(yearday + daysIn(year - 1), weekday))]
  const next = isoDays(yearday - daysIn(year), weekday)
  return next >= 0 ? [year + 1, week(next)] : [year, week(days)]
}

const upperAscii = (text: string): string => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase())

/** The result of a conversion: a number with a minimal count of digits, a text, or the text of another format. */
type Field =
  | { readonly number: number; readonly digits: number; readonly blanks?: boolean; readonly sign?: string }
  | { readonly text: string; readonly sharp?: "upper" | "lower" }
  | { readonly format: string }

const number = (of: (parts: Parts) => number, digits: number, blanks = false) => (parts: Parts): Field => ({
  number: of(parts),
  digits,
  blanks
})
const fixed = (text: string) => (): Field => ({ text })
const nested = (format: string) => (): Field => ({ format })

const conversions: Readonly<Record<string, (parts: Parts) => Field>> = {
  a: (p) => ({ text: weekdays[p.weekday]?.slice(0, 3) ?? "?", sharp: "upper" }),
  A: (p) => ({ text: weekdays[p.weekday] ?? "?", sharp: "upper" }),
  b: (p) => ({ text: months[p.month - 1]?.slice(0, 3) ?? "?", sharp: "upper" }),
  B: (p) => ({ text: months[p.month - 1] ?? "?", sharp: "upper" }),
  c: nested("%a %b %e %H:%M:%S %Y"),
  C: number((p) => Math.floor(p.year / 100), 1),
  d: number((p) => p.day, 2),
  D: nested("%m/%d/%y"),
  e: number((p) => p.day, 2, true),
  F: nested("%Y-%m-%d"),
  g: number((p) => ((isoWeek(p)[0] % 100) + 100) % 100, 2),
  G: number((p) => isoWeek(p)[0], 1),
  h: (p) => ({ text: months[p.month - 1]?.slice(0, 3) ?? "?", sharp: "upper" }),
  H: number((p) => p.hours, 2),
  I: number((p) => twelve(p.hours), 2),
  j: number((p) => p.yearday + 1, 3),
  k: number((p) => p.hours, 2, true),
  l: number((p) => twelve(p.hours), 2, true),
  m: number((p) => p.month, 2),
  M: number((p) => p.minutes, 2),
  n: fixed("\n"),
  p: (p) => ({ text: p.hours >= 12 ? "PM" : "AM", sharp: "lower" }),
  P: (p) => ({ text: p.hours >= 12 ? "pm" : "am", sharp: "lower" }),
  r: nested("%I:%M:%S %p"),
  R: nested("%H:%M"),
  s: (p) => ({ text: String(Times.secondsOf({ ...p, month: p.month - 1 })) }),
  S: number((p) => p.seconds, 2),
  t: fixed("\t"),
  T: nested("%H:%M:%S"),
  u: number((p) => (p.weekday + 6) % 7 + 1, 1),
  U: number((p) => Math.trunc((p.yearday + 7 - p.weekday) / 7), 2),
  V: number((p) => isoWeek(p)[1], 2),
  w: number((p) => p.weekday, 1),
  W: number((p) => Math.trunc((p.yearday + 7 - (p.weekday + 6) % 7) / 7), 2),
  x: nested("%m/%d/%y"),
  X: nested("%H:%M:%S"),
  y: number((p) => ((p.year % 100) + 100) % 100, 2),
  Y: number((p) => p.year, 1),
  z: () => ({ number: 0, digits: 4, sign: "+" }),
  Z: () => ({ text: "UTC", sharp: "lower" }),
  "%": fixed("%")
}

/** Letters that are no conversion after the modifiers `E` and `O`. Before other letters the modifiers have no effect. */
const unmodified: Readonly<Record<string, string>> = { E: "aAbBhdDeFgGHIjklmMSUVwW%", O: "aADFcxXY%" }

/** The size of HTCondor's buffer. A longer text is random memory there. */
const longest = 1_022

/** Pads a field as the GNU library does, up to a length that is already too long. */
const padded = (text: string, width: number, flag: string): string =>
  text.padStart(Math.min(width, longest + 1), flag === "0" ? "0" : " ")

const digitsOf = (field: Extract<Field, { readonly number: number }>, width: number, flag: string): string => {
  const size = String(Math.abs(field.number))
  const sign = field.number < 0 ? "-" : ""
  const padding = flag === "" && field.blanks === true ? "_" : flag
  const digits = Math.min(Math.max(field.digits, width), longest + 1)
  if (padding === "-") return `${sign}${size}`
  return padding === "_" ? `${sign}${size}`.padStart(digits, " ") : `${sign}${size.padStart(digits - sign.length, "0")}`
}

/** Formats a time. `format` has one character for each byte. Undefined if the text is too long for HTCondor. */
export const strftime = (format: string, parts: Parts): string | undefined => {
  let output = ""
  const conversion = /%([_0^#-]*)([0-9]*)([EO]?)([^])?|[^%]+/g
  for (const match of format.matchAll(conversion)) {
    const [whole, flags = "", size = "", modifier = "", letter = ""] = match
    if (!whole.startsWith("%")) output += whole
    else {
      const width = Number(size)
      const flag = /[_0-](?=[^_0-]*$)/.exec(flags)?.[0] ?? ""
      const known = unmodified[modifier]?.includes(letter) !== true && Object.hasOwn(conversions, letter)
      const field = known ? conversions[letter]?.(parts) : undefined
      const upper = flags.includes("^")
      const sharp = flags.includes("#")
      let text: string | undefined
      // The library continues at the second percent sign.
      if (field === undefined) {
        // The library changes the case of these before it finds that the conversion is unknown.
        const changed = upper || (sharp && modifier === "E" && (letter === "b" || letter === "h"))
        text = letter === "%" ? "%" : changed ? upperAscii(whole) : whole
      } else if ("number" in field) text = digitsOf(field, width, flag)
      else text = "text" in field ? field.text : strftime(field.format, parts)
      if (text === undefined) return undefined
      const lowered = letter === "P" || (sharp && field !== undefined && "sharp" in field && field.sharp === "lower")
      if (lowered) text = text.toLowerCase()
      else if (field !== undefined && (upper || (sharp && "sharp" in field))) text = upperAscii(text)
      if (field !== undefined && "sign" in field) output += padded(field.sign ?? "", width, flag)
      output += padded(text, width, flag)
    }
    if (output.length > longest) return undefined
  }
  return output
}
