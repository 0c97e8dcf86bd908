/**
 * Parses and prints times and durations.
 *
 * **Gotchas**
 *
 * HTCondor reads a time without a time zone in the zone of its host. Here it is UTC.
 *
 * @since 0.1.0
 */
import * as Bytes from "./Bytes.ts"
import * as Scalar from "./Scalar.ts"

// The blanks are those of C, which has fewer than JavaScript. At the beginning of the text, `+0100` is a year.
const zone = /(?:([zZ])[ \t-\r]*|(?!^)([+-])(\d\d):?(\d\d))$/
const day = 86_400

/** A date and a time of day. Months count from 0 for `secondsOf`, and from 1 in the result of `partsOf`. */
export interface Parts {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hours: number
  readonly minutes: number
  readonly seconds: number
}

/**
 * Days from 1970 to a date. Months and days beyond their range carry over, as in `mktime`. JavaScript's `Date` ends in 275760.
 */
const daysUntil = (year: number, month: number, day: number): number => {
  // The civil calendar in eras of 400 years, which begin with March.
  const months = year * 12 + month - 2
  const march = Math.floor(months / 12)
  const era = Math.floor(march / 400)
  const inEra = march - era * 400
  const inYear = Math.floor((153 * (months - march * 12) + 2) / 5) + day - 1
  return era * 146_097 + inEra * 365 + Math.floor(inEra / 4) - Math.floor(inEra / 100) + inYear - 719_468
}

/** The seconds since 1970 of a date in UTC. */
export const secondsOf = (parts: Parts): number =>
  daysUntil(parts.year, parts.month, parts.day) * day + parts.hours * 3600 + parts.minutes * 60 + parts.seconds

/**
 * Parses a time, for example `2024-01-01T00:00:00+01:00`: four digits, then up to five times two digits with any separators, and
 * a time zone.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parseAbsolute = (text: string): Scalar.AbsoluteTime | undefined => {
  const bytes = Bytes.toBinary(text)
  const match = zone.exec(bytes)
  const offset = match?.[2] === undefined
    ? 0
    : (match[2] === "-" ? -1 : 1) * (Number(match[3]) * 3600 + Number(match[4]) * 60) + 0
  const rest = match === null ? bytes : bytes.slice(0, match.index)
  let position = 0
  // As in HTCondor: reads `size` bytes from the next digit on, of which only the leading digits count.
  const next = (size: number): number | undefined => {
    while (position < rest.length && !/\d/.test(rest.charAt(position))) position++
    if (position > rest.length - size) return undefined
    const digits = /^\d+/.exec(rest.slice(position, position + size))?.[0]
    position += size
    return Number(digits)
  }
  const year = next(4)
  if (year === undefined) return undefined
  const [month, date, hours, minutes, seconds] = [next(2), next(2), next(2), next(2), next(2)]
  if (/\d/.test(rest.slice(position))) return undefined
  const total = secondsOf({
    year,
    month: month === undefined ? 0 : month - 1,
    day: date ?? 0,
    hours: hours ?? 0,
    minutes: minutes ?? 0,
    seconds: seconds ?? 0
  })
  return Scalar.absoluteTime(total - offset, offset)
}

const isDigit = (character: string): boolean => character >= "0" && character <= "9"

/**
 * Parses a duration: `1+02:03:04.5`, `1d2h3m4.5s`, `-30`.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parseRelative = (text: string): Scalar.RelativeTime | undefined => {
  // From the end, as HTCondor does: `1:02` is one minute and two seconds.
  let at = text.length - 1
  const blanks = (): void => {
    while (at >= 0 && /[ \t-\r]/.test(text.charAt(at))) at--
  }
  const digits = (): void => {
    while (at >= 0 && isDigit(text.charAt(at))) at--
  }
  const part = (units: string): number => {
    blanks()
    if (at < 0 || !units.includes(text.charAt(at))) return 0
    at--
    blanks()
    const end = at + 1
    digits()
    return Number(text.slice(at + 1, end))
  }
  blanks()
  let seconds = 0
  if (/^[sS\d]$/.test(text.charAt(at))) {
    if (!isDigit(text.charAt(at))) at--
    blanks()
    const end = at + 1
    digits()
    if (text.charAt(at) === ".") {
      at--
      digits()
    }
    const written = text.slice(at + 1, end)
    seconds = written === "." ? 0 : Number(written)
  }
  const minutes = part("mM:")
  const hours = part("hH:")
  const days = part("dD+")
  blanks()
  const negative = text.charAt(at) === "-"
  if (negative) at--
  blanks()
  if (at >= 0) return undefined
  const total = days * day + hours * 3600 + minutes * 60 + seconds
  return Scalar.relativeTime(negative ? -total : total)
}

/** The parsers of `absTime("...")` and `relTime("...")`. */
export const constructors: Readonly<Record<string, (text: string) => Scalar.Scalar | undefined>> = {
  abstime: parseAbsolute,
  reltime: parseRelative
}

const two = (value: number): string => String(value).padStart(2, "0")

/** The parts of a time in its time zone. */
export const partsOf = (time: Scalar.AbsoluteTime): Parts => {
  const local = Math.trunc(time.seconds + time.offset)
  const days = Math.floor(local / day)
  const rest = local - days * day
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const inEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (inEra - Math.floor(inEra / 1460) + Math.floor(inEra / 36_524) - Math.floor(inEra / 146_096)) / 365
  )
  const inYear = inEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const march = Math.floor((5 * inYear + 2) / 153)
  const month = march < 10 ? march + 3 : march - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: inYear - Math.floor((153 * march + 2) / 5) + 1,
    hours: Math.floor(rest / 3600),
    minutes: Math.floor(rest / 60) % 60,
    seconds: rest % 60
  }
}

/**
 * Prints a time. Without `exact`, the year has at least the four digits that the parser needs.
 *
 * @category converting
 * @since 0.1.0
 */
export const printAbsolute = (time: Scalar.AbsoluteTime, exact = true): string => {
  const { day, hours, minutes, month, seconds, year } = partsOf(time)
  const offset = Math.abs(time.offset)
  const sign = time.offset > 0 ? "+" : "-"
  const date = `${exact ? year : String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${two(hours)}:${
    two(minutes)
  }:${two(seconds)}`
  return `${date}${sign}${two(Math.floor(offset / 3600))}:${two(Math.floor(offset / 60) % 60)}`
}

/** `%g`: six significant digits, without trailing zeros. */
const general = (value: number): string => String(Number(value.toPrecision(6)))

/**
 * Prints a duration, for example `1+02:03:04`.
 *
 * @category converting
 * @since 0.1.0
 */
export const printRelative = (time: Scalar.RelativeTime): string => {
  const total = Math.abs(time.seconds)
  const whole = Math.floor(total)
  const rest = whole % day
  const days = Math.floor(whole / day)
  const hours = Math.floor(rest / 3600)
  const minutes = Math.floor(rest / 60) % 60
  const fraction = total - whole
  const seconds = fraction === 0 ? two(rest % 60) : general(rest % 60 + fraction).padStart(2, "0")
  const sign = time.seconds < 0 ? "-" : ""
  if (days > 0) return `${sign}${days}+${two(hours)}:${two(minutes)}:${seconds}`
  if (hours > 0) return `${sign}${two(hours)}:${two(minutes)}:${seconds}`
  return minutes > 0 ? `${sign}${two(minutes)}:${seconds}` : `${sign}${seconds}`
}
