/**
 * The macros of a submit description: `$(name)`, `$(name:default)`, `$(DOLLAR)` and `$ENV(name)`. HTCondor expands `$$(...)` when
 * it matches a job, so it stays unchanged here. HTCondor's other functions (`$INT`, `$F`, ...), and variables such as
 * `$(SUBMIT_TIME)`, are not read here. After the expansion of a text with one, it is in `foreign`.
 *
 * @since 0.1.0
 */

/** A command or a variable: its name in its first spelling, its value, and its origin. */
interface Entry {
  readonly name: string
  value: string
  readonly origin: "description" | "queue" | "tool"
  used: boolean
}

/** A macro in a text. It begins at `from` with its dollar, and ends before `to`. */
interface Found {
  readonly from: number
  readonly to: number
  readonly kind: "macro" | "environment"
  readonly name: string
  readonly fallback: string | undefined
}

const begins = /\$\$?\w*/g

const functions =
  /^\$(?:F[pnxdqabfwuPNXDQABFWU]*|RANDOM_CHOICE|RANDOM_INTEGER|CHOICE|SUBSTR|INT|REAL|STRING|EVAL|BASENAME|DIRNAME)$/

/** The variables that HTCondor defines and that are not read here. */
const predefined: ReadonlySet<string> = new Set(
  "arch opsys opsysver opsysmajorver opsysandver spool submit_file submit_time year month day islinux iswindows"
    .split(" ")
)

/** The first function that is not read here. */
const foreignIn = (text: string): string | undefined => {
  if (!text.includes("$")) return undefined
  for (const { 0: prefix, index } of text.matchAll(begins)) {
    const open = index + prefix.length
    if (text.charAt(open) === "(" && functions.test(prefix) && text.includes(")", open)) return `${prefix}(...)`
  }
  return undefined
}

const isNameCharacter = (character: string): boolean => /[\w./]/.test(character)

/** Finds the end of a macro's body that begins at `start`. A colon and a default may follow the name. */
const bodyEnd = (text: string, start: number): { readonly end: number; readonly colon: number } | undefined => {
  let colon = -1
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === ")") return { end: at, colon }
    if (character === ":" && colon < 0) colon = at
    else if (colon >= 0 && character === "(" && text.includes(")", at)) at = text.indexOf(")", at)
    else if (!isNameCharacter(character) && (colon < 0 || !"$ ,\\:".includes(character))) return undefined
  }
  return undefined
}

/** Finds the next wanted macro, as HTCondor does: a `$$` hides the macro that begins in it. */
const next = (text: string, start: number, wanted: (found: Found) => boolean): Found | undefined => {
  begins.lastIndex = start
  for (let match = begins.exec(text); match !== null; match = begins.exec(text)) {
    const [prefix] = match
    const open = match.index + prefix.length
    if (text.charAt(open) !== "(" || (prefix !== "$" && prefix !== "$ENV")) continue
    const body = bodyEnd(text, open + 1)
    if (body === undefined) {
      begins.lastIndex = open + 1
      continue
    }
    const { colon, end } = body
    const found: Found = {
      from: match.index,
      to: end + 1,
      kind: prefix === "$" ? "macro" : "environment",
      name: text.slice(open + 1, colon < 0 ? end : colon),
      fallback: colon < 0 ? undefined : text.slice(colon + 1, end)
    }
    if (wanted(found)) return found
    begins.lastIndex = end
  }
  return undefined
}

const isDollar = ({ fallback, kind, name }: Found): boolean =>
  kind === "macro" && fallback === undefined && name.toLowerCase() === "dollar"

// HTCondor would not end if macros refer to each other.
const maxExpansions = 1_000_000
const maxCharacters = 1_000_000_000

/** Replaces macros from left to right. The replacement is searched for macros again. */
const replace = (text: string, wanted: (found: Found) => boolean, by: (found: Found) => string): string => {
  let result = text
  let position = 0
  let read = 0
  for (let count = 0; count < maxExpansions && read < maxCharacters; count++) {
    read += result.length
    const found = next(result, position, wanted)
    if (found === undefined) return result
    result = `${result.slice(0, found.from)}${by(found)}${result.slice(found.to)}`
    position = found.from
  }
  return result
}

/** The commands and variables of one description. */
export class Macros {
  readonly #entries = new Map<string, Entry>()
  readonly #environment: (name: string) => string | undefined
  #foreign: string | undefined

  /** `environment` is the environment of the tool. */
  constructor(environment: (name: string) => string | undefined = () => undefined) {
    this.#environment = environment
  }

  #put(name: string, value: string, origin: Entry["origin"]): void {
    const key = name.toLowerCase()
    const before = this.#entries.get(key)
    // A variable of the queue statement that is also a command counts as used.
    this.#entries.set(key, { name: before?.name ?? name, value, origin, used: before?.used ?? false })
  }

  /** Adds a line of the description. Its value may refer to the value that it replaces. */
  define(name: string, value: string): void {
    const key = name.toLowerCase()
    const own = replace(
      value,
      (found) => found.kind === "macro" && found.name.toLowerCase() === key,
      ({ fallback }) => this.#entries.get(key)?.value ?? fallback ?? ""
    )
    this.#put(name, own, "description")
  }

  /** Sets a variable of the queue statement. */
  vary(name: string, value: string): void {
    this.#put(name, value, "queue")
  }

  /** Sets a variable of the tool for each job, unless a line or the queue statement has that name. */
  provide(name: string, value: string): void {
    const origin = this.#entries.get(name.toLowerCase())?.origin ?? "tool"
    if (origin === "tool") this.#put(name, value, "tool")
  }

  /** Whether a name exists. This does not count as a use. */
  has(name: string): boolean {
    return this.#entries.has(name.toLowerCase())
  }

  /** The expanded value of the first name that exists. `undefined` if it is empty. */
  get(...names: ReadonlyArray<string>): string | undefined {
    for (const name of names) {
      const entry = this.#entries.get(name.toLowerCase())
      if (entry === undefined) continue
      entry.used = true
      const value = this.expand(entry.value)
      return value === "" ? undefined : value
    }
    return undefined
  }

  /** The first macro of HTCondor in an expanded text that is not read here. */
  get foreign(): string | undefined {
    return this.#foreign
  }

  /** As `get`, without the variables of the tool. */
  given(...names: ReadonlyArray<string>): string | undefined {
    return this.get(...names.filter((name) => this.#entries.get(name.toLowerCase())?.origin !== "tool"))
  }

  /** Expands the macros of a text. */
  expand(text: string): string {
    const expanded = replace(text, (found) => !isDollar(found), (found) => this.#valueOf(found))
    this.#foreign ??= foreignIn(expanded)
    return replace(expanded, isDollar, () => "$")
  }

  #valueOf({ fallback, kind, name }: Found): string {
    if (kind === "environment") return this.#environment(name) ?? fallback ?? "UNDEFINED"
    const entry = this.#entries.get(name.toLowerCase())
    if (entry === undefined) {
      if (predefined.has(name.toLowerCase())) this.#foreign ??= `$(${name})`
      return fallback ?? ""
    }
    entry.used = true
    return entry.value === "" ? fallback ?? "" : entry.value
  }

  /** The lines whose names meet a condition, in the order of their names. */
  named(condition: (name: string) => boolean): ReadonlyArray<readonly [name: string, value: string]> {
    return this.#sorted().flatMap(({ name, origin, value }) =>
      origin !== "tool" && condition(name) ? [[name, value] as const] : []
    )
  }

  /** The warnings of the tool about lines that nothing used. */
  unused(): ReadonlyArray<string> {
    return this.#sorted().flatMap(({ name, origin, used, value }) => {
      if (used || origin === "tool" || name.includes(".")) return []
      const what = origin === "queue" ? `Queue variable '${name}'` : `line '${name} = ${value}'`
      return [`the ${what} was unused by condor_submit. Is it a typo?`]
    })
  }

  #sorted(): ReadonlyArray<Entry> {
    return Array.from(this.#entries).toSorted(([a], [b]) => a < b ? -1 : 1).map(([, entry]) => entry)
  }
}
