/** Functions of string lists: strings with items between separators. */
import * as Bytes from "../Bytes.ts"
import { leadingNumber } from "../Conversion.ts"
import { type Builtin, strict } from "../Evaluation.ts"
import * as Scalars from "../Scalar.ts"
import type { Value } from "../Value.ts"

const { boolean, errorScalar, integer, real, undefinedScalar } = Scalars

const isBlank = (text: string, index: number): boolean => " \t\n\v\f\r".includes(text.charAt(index))

/** The parts of a text between separators of one byte. */
const parts = (text: string, separators: string): Array<string> => {
  const [bytes, by] = [Bytes.toBinary(text), Bytes.toBinary(separators)]
  const all: Array<string> = []
  let start = 0
  for (let index = 0; index <= bytes.length; index++) {
    if (index < bytes.length && !by.includes(bytes.charAt(index))) continue
    all.push(bytes.slice(start, index))
    start = index + 1
  }
  return all
}

/** A text without the blanks around it. A pattern would be slow if the text has many blanks inside. */
const trimmed = (text: string): string => {
  let [start, end] = [0, text.length]
  while (start < end && isBlank(text, start)) start++
  while (end > start && isBlank(text, end - 1)) end--
  return text.slice(start, end)
}

/** The items of a list, without the blanks around them, and without empty ones. */
export const itemsOf = (text: string, separators: string): Array<string> =>
  parts(text, separators).map(trimmed).filter((item) => item !== "").map(Bytes.fromBinary)

/** The text of an argument, or the default if the argument is missing. */
const textOf = (value: Value | undefined, fallback: string): string | undefined =>
  value === undefined ? fallback : value._tag === "String" ? value.value : undefined

const size = strict(1, 2, ([list, by]) => {
  const [text, separators] = [textOf(list, ""), textOf(by, ", ")]
  if (text === undefined || separators === undefined) return errorScalar
  return integer(BigInt(itemsOf(text, separators).length))
})

/** Texts from which `strtod` of C reads a number, but `sscanf` does not. */
const incomplete = /^[+-]?(?:0x(?![0-9a-f.])|infi(?!nity))/i

type Summary = (numbers: ReadonlyArray<number>) => number

/** The initial values of the minimum and the maximum: the limits of a `float`, as in HTCondor. */
const largestFloat = 3.4028234663852886e38
const smallestFloat = 1.1754943508222875e-38

const sum: Summary = (numbers) => numbers.reduce((total, number) => number + total, 0)

const summarize = (summary: Summary, empty: Value): Builtin =>
  strict(1, 2, ([list, by]) => {
    const [text, separators] = [textOf(list, ""), textOf(by, ", ")]
    if (text === undefined || separators === undefined) return errorScalar
    const items = itemsOf(text, separators)
    if (items.length === 0) return empty
    const numbers: Array<number> = []
    for (const item of items) {
      const number = incomplete.test(item) ? undefined : leadingNumber(item)
      if (number === undefined) return errorScalar
      numbers.push(number)
    }
    const result = summary(numbers)
    return items.every((item) => /^[+\-0-9]*$/.test(item)) ? integer(Scalars.truncate(result)) : real(result)
  })

/** Reads the arguments of `stringListMember` and similar functions. An undefined one is empty, unless both are undefined. */
const arguments_ = (
  [item, list, by]: ReadonlyArray<Value>,
  compute: (item: string, items: ReadonlyArray<string>, separators: string) => boolean
): Value => {
  const text = (value: Value | undefined, fallback: string): string | undefined =>
    value?._tag === "Undefined" ? fallback : textOf(value, fallback)
  const [a, b, separators] = [text(item, ""), text(list, ""), text(by, ", \t\r\n")]
  if (a === undefined || b === undefined || separators === undefined) return errorScalar
  if (item?._tag === "Undefined" && list?._tag === "Undefined") return undefinedScalar
  return boolean(compute(a, itemsOf(b, separators), separators))
}

const keep = (text: string): string => text

const member = (normal: (text: string) => string): Builtin =>
  strict(2, 3, (values) => arguments_(values, (item, items) => items.some((other) => normal(other) === normal(item))))

const subset = (normal: (text: string) => string): Builtin =>
  strict(2, 3, (values) =>
    arguments_(values, (text, items, separators) => {
      if (text === "") return true
      const all = new Set(items.map(normal))
      const wanted = itemsOf(text, separators)
      // In HTCondor a list with only separators is not a subset.
      return wanted.length > 0 && wanted.every((item) => all.has(normal(item)))
    }))

const intersect: Builtin = function*(args, env) {
  if (args.length < 2 || args.length > 3) return errorScalar
  const values: Array<Value> = []
  for (const item of args) values.push(yield { item, env, caught: true })
  if (values.some((value) => value._tag === "Error")) return errorScalar
  if (values.some((value) => value._tag === "Undefined")) return undefinedScalar
  const [first, second, by] = values
  const [a, b, separators] = [textOf(first, ""), textOf(second, ""), textOf(by, "")]
  if (a === undefined || b === undefined || separators === undefined) return errorScalar
  // This function does not trim its items.
  const bare = (text: string): Array<string> =>
    parts(text, separators === "" ? " ," : separators).filter((part) => part !== "")
  const known = new Set(bare(b))
  return boolean(bare(a).some((part) => known.has(part)))
}

export const stringLists: Readonly<Record<string, Builtin>> = {
  stringlistsize: size,
  stringlistsum: summarize(sum, real(0)),
  stringlistavg: summarize((numbers) => sum(numbers) / numbers.length, real(0)),
  stringlistmin: summarize(
    (numbers) => numbers.reduce((least, number) => Math.min(least, number), largestFloat),
    undefinedScalar
  ),
  stringlistmax: summarize(
    (numbers) => numbers.reduce((most, number) => Math.max(most, number), smallestFloat),
    undefinedScalar
  ),
  stringlistmember: member(keep),
  stringlistimember: member(Bytes.fold),
  stringlistsubsetmatch: subset(keep),
  stringlistisubsetmatch: subset(Bytes.fold),
  stringlistsintersect: intersect
}
