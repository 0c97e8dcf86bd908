/** Functions of command lines and environments in job ads. */
import * as Bytes from "../Bytes.ts"
import { longest, strings } from "../Conversion.ts"
import { type Builtin, type Env, isSteps, type Outcome, strict, within } from "../Evaluation.ts"
import * as Scalars from "../Scalar.ts"
import type { Value } from "../Value.ts"

const { errorScalar, string, undefinedScalar } = Scalars

/** Words that are separated by blanks. Single quotes keep blanks. Inside quotes, two of them are one. */
const words = (text: string): Array<string> | undefined => {
  const result: Array<string> = []
  let word: string | undefined
  for (const match of text.matchAll(/'((?:[^']|'')*)'|('|[^' \t\n\r]+)|[ \t\n\r]+/g)) {
    const [, quoted, bare] = match
    if (bare === "'") return undefined
    if (quoted !== undefined || bare !== undefined) word = (word ?? "") + (quoted?.replaceAll("''", "'") ?? bare ?? "")
    else if (word !== undefined) {
      result.push(word)
      word = undefined
    }
  }
  if (word !== undefined) result.push(word)
  return result
}

/** The inverse of {@link words}. Only the blanks and quotes of a word are in quotes. */
const unwords = (list: ReadonlyArray<string>): string =>
  list.map((word) => word === "" ? "''" : word.replace(/[ \t\n\r']+/g, (run) => `'${run.replaceAll("'", "''")}'`)).join(
    " "
  )

const version = (value: Value | undefined): 1 | 2 | undefined => {
  if (value === undefined) return 2
  if (value._tag !== "Integer") return undefined
  const number = BigInt.asIntN(32, value.value)
  return number === 1n ? 1 : number === 2n ? 2 : undefined
}

/** A function of a value and an optional version of the syntax, which is checked first, as in HTCondor. */
const versioned = (convert: (value: Value, syntax: 1 | 2, env: Env) => Outcome): Builtin =>
  function*(args, env) {
    const [first, second] = args
    if (first === undefined || args.length > 2) return errorScalar
    const syntax = version(second === undefined ? undefined : yield { item: second, env })
    if (syntax === undefined) return errorScalar
    const outcome = convert(yield { item: first, env }, syntax, env)
    return isSteps(outcome) ? yield* outcome : outcome
  }

const argsToList = versioned((text, syntax) => {
  if (text._tag !== "String") return errorScalar
  const list = syntax === 1 ? text.value.split(/[ \t\n\r]+/).filter((word) => word !== "") : words(text.value)
  return list === undefined ? errorScalar : strings(list)
})

const listToArgs = versioned(function*(list, syntax, env) {
  if (list._tag !== "ListValue") return errorScalar
  const all: Array<string> = []
  let size = 0
  for (const item of list.items) {
    const value = yield { item, env: within(env, list.scope) }
    if (value._tag !== "String") return errorScalar
    size += value.value.length
    if (size > longest) return errorScalar
    all.push(value.value)
  }
  if (syntax === 2) return string(unwords(all))
  if (all.some((word) => /[ \t\n\r]/.test(word))) return errorScalar
  // HTCondor adds no blank as long as the text is empty.
  const first = all.findIndex((word) => word !== "")
  return string(first < 0 ? "" : all.slice(first).join(" "))
})

/** Adds `name=value`. Returns false without a name. An entry with an unexpanded `$$()` stays as it is. */
const assign = (variables: Map<string, string>, entry: string): boolean => {
  const equals = entry.indexOf("=")
  if (equals < 0 && entry.includes("$$")) {
    variables.set(entry, entry)
    return true
  }
  if (equals <= 0) return false
  variables.set(entry.slice(0, equals), entry)
  return true
}

const printed = (variables: ReadonlyMap<string, string>): Value =>
  string(unwords(Array.from(variables).toSorted(([a], [b]) => Bytes.compare(a, b)).map(([, entry]) => entry)))

const envV1ToV2 = strict(1, 1, ([text]) => {
  if (text?._tag === "Undefined") return undefinedScalar
  if (text?._tag !== "String") return errorScalar
  // The first character can set the delimiter.
  const named = /^[!#$%&*+,\-/:;<>?@^`|~\u001f]/.exec(text.value)?.[0]
  const variables = new Map<string, string>()
  const entries = (named === undefined ? text.value : text.value.slice(1)).replaceAll(named ?? ";", "\n").split("\n")
  for (const raw of entries) {
    const entry = raw.replace(/^[ \t\n\r]+/, "")
    if (entry !== "" && !assign(variables, entry)) return errorScalar
  }
  return printed(variables)
})

const mergeEnvironment: Builtin = function*(args, env) {
  const variables = new Map<string, string>()
  let size = 0
  for (const item of args) {
    const value = yield { item, env }
    if (value._tag === "Undefined") continue
    size += value._tag === "String" ? value.value.length : 0
    if (size > longest) return errorScalar
    const entries = value._tag === "String" ? words(value.value) : undefined
    if (entries === undefined || !entries.every((entry) => assign(variables, entry))) return errorScalar
  }
  return printed(variables)
}

export const environment: Readonly<Record<string, Builtin>> = {
  argstolist: argsToList,
  listtoargs: listToArgs,
  envv1tov2: envV1ToV2,
  mergeenvironment: mergeEnvironment
}
