/**
 * Functions of time.
 *
 * **Gotchas**
 *
 * Local time is UTC, whatever the time zone of the host is.
 *
 * @since 0.1.0
 */
import * as Bytes from "../Bytes.ts"
import { ad, int32, wholeSeconds } from "../Conversion.ts"
import { type Builtin, failure, type Outcome, strict } from "../Evaluation.ts"
import * as Expr from "../Expr.ts"
import * as Scalars from "../Scalar.ts"
import { Scope } from "../Scope.ts"
import * as Times from "../Times.ts"
import type { Value } from "../Value.ts"
import { strftime } from "./strftime.ts"

const { absoluteTime, errorScalar, integer, relativeTime, string, undefinedScalar } = Scalars

const whole = (value: number): Value => integer(BigInt(Math.trunc(value)))

const at = (of: (now: number) => Value): Builtin => strict(0, 0, (_, env) => of(env.sources.now))

/** A field of a time in local time, or of a duration. */
const field = (
  ofMoment: ((moment: Scalars.AbsoluteTime) => number) | undefined,
  ofDuration: ((seconds: number) => number) | undefined
): Builtin =>
  strict(1, 1, ([time]) => {
    if (time?._tag === "AbsoluteTime" && ofMoment !== undefined) return whole(ofMoment({ ...time, offset: 0 }))
    if (time?._tag === "RelativeTime" && ofDuration !== undefined) return whole(ofDuration(wholeSeconds(time)))
    return errorScalar
  })

/** The day of the week (0 is Sunday), and the day of the year (from 0). */
const daysOf = (parts: { readonly year: number; readonly month: number; readonly day: number }) => {
  const midnight = { hours: 0, minutes: 0, seconds: 0 }
  const days = Times.secondsOf({ year: parts.year, month: parts.month - 1, day: parts.day, ...midnight }) / 86400
  const first = Times.secondsOf({ year: parts.year, month: 0, day: 1, ...midnight }) / 86400
  return { weekday: (((days + 4) % 7) + 7) % 7, yearday: days - first }
}

const splitMoment = (parts: Times.Parts, offset: number): Expr.Ad =>
  Expr.ad([
    ["Type", Expr.string("AbsoluteTime")],
    ["Year", Expr.integer(parts.year)],
    ["Month", Expr.integer(parts.month)],
    ["Day", Expr.integer(parts.day)],
    ["Hours", Expr.integer(parts.hours)],
    ["Minutes", Expr.integer(parts.minutes)],
    ["Seconds", Expr.integer(parts.seconds)],
    ["Offset", Expr.integer(offset)]
  ])

const splitDuration = (time: Scalars.RelativeTime): Expr.Ad => {
  const whole = wholeSeconds(time)
  const seconds = whole === Math.trunc(time.seconds) ? time.seconds : whole
  const size = Math.abs(seconds)
  const floor = Math.floor(size)
  const parts = [
    Math.floor(floor / 86400),
    Math.floor(floor % 86400 / 3600),
    Math.floor(floor % 3600 / 60),
    floor % 60 + (size - floor)
  ]
  // The first part that is not zero has the sign, or the seconds if all are zero.
  const signed = parts.findIndex((part) => part > 0)
  const [days = 0, hours = 0, minutes = 0, rest = 0] = parts.map((part, index) =>
    seconds < 0 && index === (signed < 0 ? 3 : signed) ? -part : part
  )
  return Expr.ad([
    ["Type", Expr.string("RelativeTime")],
    ["Days", Expr.integer(days)],
    ["Hours", Expr.integer(hours)],
    ["Minutes", Expr.integer(minutes)],
    ["Seconds", Expr.real(rest)]
  ])
}

/** The time of a number (seconds since 1970) or a time. */
const momentOf = (value: Value): Scalars.AbsoluteTime | undefined => {
  if (value._tag === "AbsoluteTime") return value
  if (value._tag === "Integer") return absoluteTime(Number(value.value), 0)
  return value._tag === "Real" ? absoluteTime(int32(value.value), 0) : undefined
}

/** The parts of a time, if C can represent its year. Otherwise HTCondor's parts are random memory. */
const partsOf = (moment: Scalars.AbsoluteTime): Times.Parts | undefined => {
  const parts = Times.partsOf(moment)
  return Math.abs(parts.year) < 2 ** 31 ? parts : undefined
}

const splitTime = strict(1, 1, ([value = errorScalar]) => {
  if (value._tag === "Undefined") return value
  if (value._tag === "RelativeTime") return ad(new Scope(splitDuration(value), undefined))
  const moment = momentOf(value)
  const parts = moment === undefined ? undefined : partsOf(moment)
  if (moment === undefined || parts === undefined) return errorScalar
  return ad(new Scope(splitMoment(parts, moment.offset), undefined))
})

/** The day of the week as HTCondor calculates it for a format, with the divisions of C. */
const weekdayOf = ({ day, month, year }: Times.Parts): number => {
  const y = month < 3 ? year - 1 : year
  const leaps = Math.trunc(y / 4) - Math.trunc(y / 100) + Math.trunc(y / 400)
  return (y + leaps + ([0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4][month - 1] ?? 0) + day) % 7
}

/** The attributes of a split time. */
const names = ["year", "month", "day", "hours", "minutes", "seconds"] as const

const formatTime: Builtin = function*(args, env) {
  if (args.length > 2) return errorScalar
  const [first, second] = args
  const time = first === undefined ? integer(BigInt(env.sources.now)) : yield { item: first, env }
  let parts: Times.Parts | undefined = { year: 1900, month: 1, day: 0, hours: 0, minutes: 0, seconds: 0 }
  if (time._tag === "AdValue") {
    const written = { ...parts }
    for (const name of names) {
      const value = yield { item: Expr.attribute(name), env: { ...env, current: time.scope, root: time.scope } }
      if (value._tag === "Integer") written[name] = Number(value.value)
    }
    parts = written
  } else {
    const moment = momentOf(time)
    parts = moment === undefined ? undefined : partsOf(moment)
  }
  if (parts === undefined) return errorScalar
  const format = second === undefined ? string("%c") : yield { item: second, env }
  if (format._tag !== "String") return errorScalar
  const days = { weekday: weekdayOf(parts), yearday: daysOf(parts).yearday }
  const text = strftime(Bytes.toBinary(format.value), { ...parts, ...days })
  return text === undefined ? errorScalar : string(Bytes.fromBinary(text))
}

/** An offset of a time zone in seconds. */
const offsetOf = (value: Value): number | undefined => {
  if (value._tag === "Integer") return Number(BigInt.asIntN(32, value.value))
  if (value._tag === "Real") return int32(value.value)
  return value._tag === "RelativeTime" ? wholeSeconds(value) : undefined
}

const absTime = strict(0, 2, ([value, zone], env): Outcome => {
  if (value === undefined) return absoluteTime(env.sources.now, 0)
  const offset = zone === undefined ? 0 : offsetOf(zone)
  if (offset === undefined) return errorScalar
  switch (value._tag) {
    case "Undefined":
      return undefinedScalar
    case "Integer":
      // HTCondor uses this offset as an error code.
      return offset === -1 ? failure : absoluteTime(Number(BigInt.asIntN(32, value.value)), offset)
    case "Real":
      return absoluteTime(int32(value.value), offset)
    case "AbsoluteTime":
      return value
    case "RelativeTime":
      return absoluteTime(wholeSeconds(value), offset)
    case "String":
      // Only the parser reads times from strings. HTCondor returns other strings unchanged.
      return value
    default:
      return errorScalar
  }
})

const relTime = strict(1, 2, ([value, zone]): Outcome => {
  if (zone !== undefined) return errorScalar
  switch (value?._tag) {
    case "Undefined":
    case "RelativeTime":
      return value
    case "Integer":
      return relativeTime(Number(BigInt.asIntN(32, value.value)))
    case "Real":
      return relativeTime(value.value)
    case "AbsoluteTime":
      return relativeTime(value.seconds)
    case "String":
      return relativeTime(0)
    default:
      return errorScalar
  }
})

export const times: Readonly<Record<string, Builtin>> = {
  time: at((now) => whole(now)),
  currenttime: at((now) => absoluteTime(now, 0)),
  timezoneoffset: at(() => relativeTime(0)),
  daytime: at((now) => relativeTime(now % 86400)),
  getyear: field((moment) => Times.partsOf(moment).year, undefined),
  getmonth: field((moment) => Times.partsOf(moment).month, undefined),
  getdayofyear: field((moment) => daysOf(Times.partsOf(moment)).yearday, undefined),
  getdayofmonth: field((moment) => Times.partsOf(moment).day, undefined),
  getdayofweek: field((moment) => daysOf(Times.partsOf(moment)).weekday, undefined),
  getdays: field(undefined, (seconds) => seconds / 86400),
  gethours: field((moment) => Times.partsOf(moment).hours, (seconds) => seconds % 86400 / 3600),
  getminutes: field((moment) => Times.partsOf(moment).minutes, (seconds) => seconds % 3600 / 60),
  getseconds: field((moment) => Times.partsOf(moment).seconds, (seconds) => seconds % 60),
  splittime: splitTime,
  formattime: formatTime,
  abstime: absTime,
  reltime: relTime
}
