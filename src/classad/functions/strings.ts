/** Functions of strings. */
import * as Bytes from "../Bytes.ts"
import { longest, strings as listOf, toInteger, toText } from "../Conversion.ts"
import { type Builtin, strict, within } from "../Evaluation.ts"
import * as Expr from "../Expr.ts"
import * as Operators from "../Operators.ts"
import * as Scalars from "../Scalar.ts"
import type { Item, Value } from "../Value.ts"
import * as Version from "../Version.ts"

const { errorScalar, integer, string, undefinedScalar } = Scalars

const strcat: Builtin = function*(args, env) {
  let text = ""
  for (const item of args) {
    const value = yield { item, env }
    if (value._tag === "Undefined") return undefinedScalar
    const next = toText(value)
    if (next === undefined) return errorScalar
    if (text.length + next.length > longest) return errorScalar
    text += next
  }
  return string(Bytes.normal(text))
}

const join: Builtin = function*(args, env) {
  let items: ReadonlyArray<Item> = args
  let inner = env
  const last = args.at(-1)
  if (last !== undefined && args.length <= 2) {
    // If this argument fails, it fails again below, after errors of earlier arguments.
    const list = yield { item: last, env, caught: true }
    if (list._tag === "ListValue") {
      items = [args.length === 2 && args[0] !== undefined ? args[0] : Expr.string(""), ...list.items]
      inner = within(env, list.scope)
    }
  }
  let text = ""
  let separator = ""
  let [missing, some] = [false, false]
  for (const [index, item] of items.entries()) {
    const value = yield { item, env: index === 0 ? env : inner }
    if (value._tag === "Undefined") {
      missing = true
      continue
    }
    const next = toText(value)
    if (next === undefined) return errorScalar
    if (index === 0) {
      separator = next
      continue
    }
    // HTCondor adds no separator as long as the text is empty.
    text += text === "" ? next : separator + next
    if (text.length > longest) return errorScalar
    some = true
  }
  return missing && !some ? undefinedScalar : string(Bytes.normal(text))
}

const changeCase = (change: (text: string) => string, letters: RegExp): Builtin =>
  strict(1, 1, ([value = errorScalar]) => {
    if (value._tag === "Undefined") return value
    const text = toText(value)
    return text === undefined ? errorScalar : string(text.replace(letters, change))
  })

const substr = strict(2, 3, (values) => {
  if (values.some((value) => value._tag === "Undefined")) return undefinedScalar
  const [text, from, count] = values
  if (text?._tag !== "String" || from?._tag !== "Integer") return errorScalar
  if (count !== undefined && count._tag !== "Integer") return errorScalar
  const bytes = Bytes.toBinary(text.value)
  const size = bytes.length
  const first = Number(BigInt.asIntN(32, from.value))
  const start = first < 0 ? Math.max(0, size + first) : Math.min(first, size)
  const wanted = count === undefined ? undefined : Number(BigInt.asIntN(32, count.value))
  const length = wanted === undefined
    ? size - start
    : wanted > 0
    ? Math.min(wanted, size - start)
    : wanted === 0
    ? 0
    : Math.max(0, size - start + wanted)
  return string(Bytes.fromBinary(bytes.slice(start, start + length)))
})

const compare = (by: (a: string, b: string) => number): Builtin =>
  strict(2, 2, ([left = errorScalar, right = errorScalar]) => {
    if (left._tag === "Undefined" || right._tag === "Undefined") return undefinedScalar
    const [a, b] = [toText(left), toText(right)]
    return a === undefined || b === undefined ? errorScalar : integer(BigInt(by(a, b)))
  })

const splitAt = (slot: boolean): Builtin =>
  strict(1, 1, ([value]) => {
    if (value?._tag !== "String") return errorScalar
    const at = value.value.indexOf("@")
    if (at < 0) return listOf(slot ? ["", value.value] : [value.value, ""])
    return listOf([value.value.slice(0, at), value.value.slice(at + 1)])
  })

const isSpace = (character: string): boolean => /^[ \t\n\v\f\r]$/.test(character)

const split = strict(1, 2, ([value, by]) => {
  if (value?._tag !== "String" || (by !== undefined && by._tag !== "String")) return errorScalar
  const text = Bytes.toBinary(value.value)
  const separators = by === undefined ? ", \t" : Bytes.toBinary(by.value)
  const parts: Array<string> = []
  let start = 0
  let before = ""
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index)
    if (!separators.includes(character)) continue
    // There is an empty string between two equal separators that are not blanks.
    if (index > start) parts.push(text.slice(start, index))
    else if (before !== "" && before === character) parts.push("")
    if (!isSpace(character)) before = character
    start = index + 1
  }
  if (text.length > start) parts.push(text.slice(start))
  return listOf(parts.map(Bytes.fromBinary))
})

const two = (value: number): string => String(Math.abs(value)).padStart(2, "0")

const interval = strict(1, 1, ([value = errorScalar]) => {
  const number = toInteger(value)
  if (number._tag !== "Integer") return errorScalar
  const total = Number(BigInt.asIntN(32, number.value))
  const days = Math.trunc(total / 86400)
  const hours = Math.trunc(total % 86400 / 3600)
  const minutes = Math.trunc(total % 3600 / 60)
  const seconds = total % 60
  if (days !== 0) return string(`${days}+${two(hours)}:${two(minutes)}:${two(seconds)}`)
  if (hours !== 0) return string(`${hours}:${two(minutes)}:${two(seconds)}`)
  return string(minutes === 0 ? String(seconds) : `${minutes}:${two(seconds)}`)
})

const isDigit = (character: string | undefined): boolean =>
  character !== undefined && character >= "0" && character <= "9"

/** The order of versions: `strverscmp` of the GNU library. */
export const compareVersions = (left: string, right: string): number => {
  const [a, b] = [Bytes.toBinary(left), Bytes.toBinary(right)]
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  const code = (text: string, index: number): number => {
    const byte = index < text.length ? text.charCodeAt(index) : 0
    return byte > 127 ? byte - 256 : byte
  }
  if (at === a.length && at === b.length) return 0
  const difference = code(a, at) - code(b, at)
  let begin = at
  while (begin > 0 && isDigit(a[begin - 1])) begin--
  if (begin === at && (!isDigit(a[at]) || !isDigit(b[at]))) return difference
  const zeros = (text: string): number => {
    let end = begin
    while (text[end] === "0") end++
    return end > begin && !isDigit(text[end]) ? end - 1 - begin : end - begin
  }
  const [zerosA, zerosB] = [zeros(a), zeros(b)]
  if (zerosA !== zerosB) return zerosB - zerosA
  if (zerosA > 0) return difference
  const digits = (text: string): number => {
    let end = begin
    while (isDigit(text[end])) end++
    return end - begin
  }
  const [digitsA, digitsB] = [digits(a), digits(b)]
  return digitsA === digitsB ? difference : digitsA - digitsB
}

/** A comparison of versions. Before 25.13.2 it is an error in HTCondor if the name is spelled in another case than `written`. */
const version = (answer: (order: number) => Value, written?: string): Builtin =>
  strict(2, 2, ([left = errorScalar, right = errorScalar], env, name) => {
    if (left._tag === "Undefined" || right._tag === "Undefined") return undefinedScalar
    if (written !== undefined && written !== name && !Version.has(env.version, "versionNames")) return errorScalar
    const [a, b] = [toText(left), toText(right)]
    return a === undefined || b === undefined ? errorScalar : answer(compareVersions(a, b))
  })

const versionInRange = strict(3, 3, ([value = errorScalar, least = errorScalar, most = errorScalar]) => {
  if (least._tag === "Undefined" || most._tag === "Undefined") return undefinedScalar
  const [text, min, max] = [toText(value), toText(least), toText(most)]
  if (text === undefined || min === undefined || max === undefined) return errorScalar
  return Scalars.boolean(compareVersions(min, text) <= 0 && compareVersions(text, max) <= 0)
})

export const strings: Readonly<Record<string, Builtin>> = {
  strcat,
  join,
  toupper: changeCase((text) => text.toUpperCase(), /[a-z]+/g),
  tolower: changeCase((text) => text.toLowerCase(), /[A-Z]+/g),
  substr,
  strcmp: compare(Bytes.compare),
  stricmp: compare(Operators.compareFolded),
  splitusername: splitAt(false),
  splitslotname: splitAt(true),
  split,
  interval,
  versioncmp: version((order) => integer(BigInt(order))),
  versionle: version((order) => Scalars.boolean(order <= 0), "versionLE"),
  versionlt: version((order) => Scalars.boolean(order < 0), "versionLT"),
  versionge: version((order) => Scalars.boolean(order >= 0), "versionGE"),
  versiongt: version((order) => Scalars.boolean(order > 0), "versionGT"),
  versioneq: version((order) => Scalars.boolean(order === 0), "versionEQ"),
  version_in_range: versionInRange
}
