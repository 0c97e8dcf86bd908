/** Random expressions and ads, sensible and silly, the same for the same seed. */

/** An expression, and the ads in which it is evaluated. */
export interface Case {
  readonly my: string
  readonly target: string | null
  readonly expr: string
}

/** Random choices that a seed decides (mulberry32). */
class Choices {
  private state: number

  constructor(seed: number) {
    this.state = seed | 0
  }

  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let t = Math.imul(this.state ^ this.state >>> 15, 1 | this.state)
    t = (t + Math.imul(t ^ t >>> 7, 61 | t)) ^ t
    return Math.floor(((t ^ t >>> 14) >>> 0) / 4294967296 * limit)
  }

  of<A>(values: readonly [A, ...ReadonlyArray<A>]): A {
    return values[this.below(values.length)] ?? values[0]
  }

  chance(percent: number): boolean {
    return this.below(100) < percent
  }
}

type Few = readonly [string, ...ReadonlyArray<string>]

/** Pieces of strings: characters of one to four bytes, bytes that are none, and letters whose cases go astray. */
const pieces: Few = [
  "a",
  "B",
  "k",
  "\u212a",
  "\u00e9",
  "\u00c9",
  "\u00ff",
  "\u20ac",
  "\uffff",
  "\u{1f600}",
  "\\303",
  "\\251",
  "\\200",
  "\\377",
  ",",
  " ",
  "1",
  "@",
  "="
]
/** Names with the same letters. */
const oddNames: Few = ["'\u00e9'", "'\u00c9'", "'\u212a'", "k", "'\\303\\251'", "'a b'", "'is'"]
/** Functions of the time or the host, in forms whose values do not depend on either. */
const surroundings: Few = [
  "(time() > 1600000000)",
  "isInteger(time())",
  "isAbsTime(currentTime())",
  "isRelTime(dayTime())",
  "timeZoneOffset()",
  "userHome(\"nobody of that name\")",
  "userHome(\"nobody of that name\", \"/x\")"
]
/** Parts of patterns, and how often each is chosen. */
const atoms: Few = [
  "a",
  "B",
  "1",
  ".",
  "^",
  "$",
  "\\\\b",
  "\\\\d",
  "\\\\W",
  "\\\\s",
  "\\\\x41",
  "\\\\x{61}",
  "\\\\101",
  "\\\\.",
  "\\\\8",
  "[a-c]",
  "[^a]",
  "[]a]",
  "[\\\\d-]",
  "[\\\\d-z]",
  "[[:upper:]]",
  "[[:^digit:]]",
  "[[:foo:]]",
  "\u00e9",
  "\\303",
  "{",
  "]",
  " ",
  "#"
]
const amounts: Few = ["", "", "", "*", "+", "?", "{2}", "{1,2}", "{,2}", "{"]
const groups: Few = ["(", "(", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?i:", "(?<n>"]
const conversions: Few = ["a", ..."AbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%q"]

const integers: Few = [
  "0",
  "1",
  "2",
  "3",
  "7",
  "-1",
  "-3",
  "63",
  "64",
  "65",
  "4294967296",
  "2147483648",
  "9223372036854775807",
  "-9223372036854775808",
  "100",
  "86399"
]
const reals: Few = [
  "random(\"x\")",
  "random(-1)",
  "0.0",
  "-0.0",
  "0.5",
  "1.5",
  "2.5",
  "-1.5",
  "1e3",
  "1.5E-3",
  "1e300",
  "1e19",
  "0.1",
  "3.7",
  "1e400"
]
const strings: Few = [
  "\"\"",
  "\"abc\"",
  "\"ABC\"",
  "\"b\"",
  "\"a,b c\"",
  "\"a, b ,,c\"",
  "\"1,2.5,3\"",
  "\"3, 1\"",
  "\"1.5\"",
  "\"12abc\"",
  "\"-7\"",
  "\"0x1F\"",
  "\"true\"",
  "\"False\"",
  "\"inf\"",
  "\"\u00e9a\"",
  "\"a\\\"b\\\\c\\n\"",
  "\"x@y@z\"",
  "\"1.10\"",
  "\"1.9\"",
  "\"v1.02a\"",
  "\"A=1 B='x y'\"",
  "\"A=1;B=2\"",
  "\"a + 1\"",
  "\"is\"",
  "\"<=\"",
  "\"==\"",
  "\"'\"",
  "\" \"",
  "\";\"",
  "\"abcabc\" \"d\"",
  "\"\\101\\377\""
]
const patterns: Few = [
  "\"a\"",
  "\"B\"",
  "\"a.c\"",
  "\"(a)(b)?\"",
  "\"^a|c$\"",
  "\"[[:alpha:]]+\"",
  "\"[^a-b]\"",
  "\"\\\\d+\"",
  "\"(\"",
  "\"\"",
  "\"x*\"",
  "\"a b\""
]
const options: Few = ["\"\"", "\"i\"", "\"g\"", "\"f\"", "\"fgi\"", "\"x\"", "\"ms\"", "1"]
const replacements: Few = ["\"X\"", "\"<\\\\0>\"", "\"\\\\1\"", "\"\\\\2\"", "\"\""]
const times: Few = [
  "absTime(\"2024-02-29T23:59:59+01:00\")",
  "absTime(\"1999-12-31T00:00:00Z\")",
  "absTime(0)",
  "absTime(86399, -3600)",
  "relTime(93784)",
  "relTime(-5)",
  "relTime(3.7)",
  "relTime(\"1d2h3m4s\")",
  "relTime(\"2+25:14:16.5\")",
  "relTime(\"-10\")"
]
const moments: Few = ["0", "1", "86399", "-1", "1700000000", "951782400", "1.5"]
const formats: Few = ["\"%Y-%m-%dT%H:%M:%S\"", "\"%a %A %b %B %j %U %W %V %G %u %w\"", "\"%c|%x|%X|%p|%e|%y\"", "\"\""]
const names: Few = ["a", "b", "c", "d", "s", "l", "n", "A", "B", "'q r'", "nope", "x", "y", "z"]
const binaries: Few = [
  "+",
  "-",
  "*",
  "/",
  "%",
  "==",
  "!=",
  "=?=",
  "=!=",
  "is",
  "isnt",
  "<",
  "<=",
  ">",
  ">=",
  "&&",
  "||",
  "&",
  "|",
  "^",
  "<<",
  ">>",
  ">>>"
]

/** Kinds of arguments, by letter: any, integer, number, string, list, pattern, options, replacement, time, name, format. */
const functions: Readonly<Record<string, string>> = {
  isUndefined: "*",
  isError: "*",
  isString: "*",
  isInteger: "*",
  isReal: "*",
  isList: "*",
  isClassAd: "*",
  isBoolean: "*",
  isAbsTime: "t",
  isRelTime: "t",
  member: "*l",
  identicalMember: "*l",
  size: "*",
  sum: "l",
  avg: "l",
  min: "l",
  max: "l",
  anyCompare: "sl*",
  allCompare: "sl*",
  getYear: "t",
  getMonth: "t",
  getDayOfYear: "t",
  getDayOfMonth: "t",
  getDayOfWeek: "t",
  getDays: "t",
  getHours: "t",
  getMinutes: "t",
  getSeconds: "t",
  splitTime: "t",
  formatTime: "tf",
  strcat: "***",
  join: "s*",
  toUpper: "*",
  toLower: "*",
  substr: "sii",
  strcmp: "**",
  stricmp: "ss",
  versioncmp: "ss",
  versionLE: "ss",
  versionLT: "ss",
  versionGE: "ss",
  versionGT: "ss",
  versionEQ: "ss",
  version_in_range: "sss",
  regexp: "pso",
  regexpMember: "plo",
  regexps: "psro",
  replace: "psro",
  replaceAll: "psro",
  int: "*",
  real: "*",
  string: "*",
  bool: "*",
  absTime: "ti",
  relTime: "t",
  unparse: "a",
  floor: "n",
  ceil: "n",
  ceiling: "n",
  round: "n",
  pow: "nn",
  quantize: "nn",
  ifThenElse: "***",
  interval: "n",
  eval: "s",
  debug: "*",
  stringListsIntersect: "sss",
  stringListSize: "ss",
  stringListSum: "ss",
  stringListAvg: "ss",
  stringListMin: "ss",
  stringListMax: "ss",
  stringListMember: "sss",
  stringListIMember: "sss",
  stringListSubsetMatch: "sss",
  stringListISubsetMatch: "sss",
  stringList_regexpMember: "psso",
  userMap: "sss*",
  splitUserName: "s",
  splitSlotName: "s",
  split: "ss",
  envV1ToV2: "s",
  mergeEnvironment: "sss",
  listToArgs: "li",
  argsToList: "si",
  noSuchFunction: "*"
}
const functionNames = Object.keys(functions)

class Generator extends Choices {
  expression(depth: number): string {
    if (depth <= 0 || this.chance(15)) return this.leaf()
    const inner = (): string => this.expression(depth - 1)
    switch (this.below(14)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return `${inner()} ${this.of(binaries)} ${inner()}`
      case 4:
        return `(${inner()})`
      case 5:
        return `${this.of(["-", "!", "+", "~", "- ", "--"])}${inner()}`
      case 6:
        return `${this.chance(50) ? this.operand(depth) : inner()} ? ${inner()} : ${inner()}`
      case 7:
        return `${this.operand(depth)} ?: ${this.operand(depth)}`
      case 8:
        return `${this.operand(depth)}[${inner()}]`
      case 9:
        return `${this.operand(depth)}.${this.of(names)}`
      default:
        return this.call(depth)
    }
  }

  /** An operand before a dot or bracket. */
  operand(depth: number): string {
    switch (this.below(5)) {
      case 0:
        return this.name()
      case 1:
        return `(${this.expression(depth - 1)})`
      case 2:
        return this.list(depth - 1)
      case 3:
        return this.ad(depth - 1)
      default:
        return this.call(depth - 1)
    }
  }

  name(): string {
    const scope = this.of([
      "",
      "",
      "",
      "",
      "MY.",
      "TARGET.",
      ".",
      "parent.",
      "self.",
      "root.",
      "n.",
      "n.n.",
      "OTHER.",
      "l."
    ])
    return `${scope}${this.anyName()}`
  }

  anyName(): string {
    return this.chance(90) ? this.of(names) : this.of(oddNames)
  }

  string(): string {
    return `"${Array.from({ length: this.below(5) }, () => this.of(pieces)).join("")}"`
  }

  /** A pattern that JavaScript matches as PCRE does, or that both refuse. */
  pattern(depth: number): string {
    const part = (): string =>
      depth > 0 && this.chance(25)
        ? `${this.of(groups)}${this.pattern(depth - 1)})`
        : `${this.of(atoms)}${this.of(amounts)}`
    const sequence = (): string => Array.from({ length: this.below(4) }, part).join("")
    return this.chance(70) ? sequence() : `${sequence()}|${sequence()}`
  }

  format(): string {
    const conversion = (): string =>
      `%${this.of(["", "", "_", "-", "0", "^", "#"])}${this.of(["", "", "3", "12"])}${this.of(["", "", "E", "O"])}${
        this.of(conversions)
      }`
    return `"${Array.from({ length: 1 + this.below(3) }, conversion).join("|")}"`
  }

  leaf(): string {
    switch (this.below(9)) {
      case 0:
        return this.of(integers)
      case 1:
        return this.of(reals)
      case 2:
        return this.chance(75) ? this.of(strings) : this.chance(80) ? this.string() : this.of(surroundings)
      case 3:
        return this.of(["true", "false", "undefined", "error", "TRUE"])
      case 4:
        return this.of(times)
      case 5:
        return this.list(0)
      case 6:
        return this.ad(0)
      default:
        return this.name()
    }
  }

  list(depth: number): string {
    return `{${
      Array.from({ length: this.below(4) }, () => depth < 0 ? this.of(integers) : this.expression(depth - 1)).join(", ")
    }}`
  }

  ad(depth: number): string {
    const attribute = (): string => `${this.anyName()} = ${depth < 0 ? this.of(integers) : this.expression(depth - 1)}`
    return `[${Array.from({ length: this.below(4) }, attribute).join("; ")}]`
  }

  call(depth: number): string {
    const name = this.of(["size", ...functionNames])
    const kinds = functions[name] ?? "*"
    // Now and then one argument is missing or added, and semicolons separate the arguments.
    const wanted = this.chance(20) ? kinds.slice(0, -1) : this.chance(6) ? `${kinds}*` : kinds
    return `${name}(${
      Array.from(wanted, (kind) => this.argument(kind, depth - 1)).join(this.chance(95) ? ", " : "; ")
    })`
  }

  argument(kind: string, depth: number): string {
    if (this.chance(18)) return this.expression(depth)
    switch (kind) {
      case "i":
        return this.of(integers)
      case "n":
        return this.chance(50) ? this.of(integers) : this.chance(70) ? this.of(reals) : this.of(strings)
      case "s":
        return this.chance(80) ? this.of(strings) : this.string()
      case "l":
        return this.chance(70) ? this.list(depth) : this.of(["l", "n.l", "TARGET.l", "n"])
      case "p":
        return this.chance(40) ? this.of(patterns) : `"${this.pattern(2)}"`
      case "o":
        return this.of(options)
      case "r":
        return this.of(replacements)
      case "t":
        return this.chance(70) ? this.of(times) : this.of(moments)
      case "f":
        return this.chance(30) ? this.of(formats) : this.format()
      case "a":
        return this.chance(70) ? this.of(names) : this.name()
      default:
        return this.expression(depth)
    }
  }

  /** A list that does not refer to itself. HTCondor evaluates a circular list up to its own limits. */
  plainList(): string {
    for (;;) {
      const list = this.list(2)
      if (!/\b[bcdnl]\b/i.test(list.replace(/"[^"]*"/g, ""))) return list
    }
  }

  /** An ad with the attributes that expressions refer to. */
  top(): string {
    const attributes = [
      `a = ${this.of(integers)}`,
      `b = ${this.expression(1)}`,
      `c = ${this.expression(2)}`,
      `d = ${this.of(["b", "MY.c", "TARGET.a", "d", "n.x", "TARGET.d + 1", "nope"])}`,
      `s = ${this.chance(80) ? this.of(strings) : this.string()}`,
      `${this.of(oddNames)} = ${this.of(integers)}`,
      `l = ${this.plainList()}`,
      `n = ${this.of(["[x = 1; y = a; z = parent.a; n = [a = 5; x = a; y = z]]", "[a = b; l = {a, x}; x = MY.a]"])}`
    ]
    return `[${attributes.filter((text) => /^[abcl] /.test(text) || this.chance(90)).join("; ")}]`
  }

  /** The same text with one character out of place. */
  mutated(text: string): string {
    // Works on whole characters, since half of one cannot be passed to HTCondor.
    const characters = Array.from(text)
    const at = this.below(characters.length + 1)
    const piece = this.of([
      "",
      "(",
      ")",
      "[",
      "{",
      "}",
      "\"",
      "'",
      ",",
      ";",
      "=",
      "?",
      ":",
      ".",
      "-",
      "1",
      "a",
      " ",
      "/",
      "!"
    ])
    return [...characters.slice(0, at), piece, ...characters.slice(this.chance(50) ? at : at + 1)].join("")
  }

  /**
   * Functions that inspect expressions: without names, or with names that exist. HTCondor loses its scope when they
   * do not find a name.
   */
  special(): string {
    const name = this.of(["a", "b", "c", "l"])
    switch (this.below(3)) {
      case 0:
        return this.chance(50) ? `unresolved(${name})` : `unresolved(${name}, ${this.of(patterns)})`
      case 1:
        return `evalInEachContext(${this.chance(50) ? name : `(${this.expression(2)})`}, ${this.list(2)})`
      default:
        return `countMatches(${this.chance(50) ? name : `(${this.expression(2)})`}, ${this.list(2)})`
    }
  }

  case(): Case {
    const special = this.chance(4)
    const expr = special ? this.special() : this.expression(1 + this.below(4))
    return {
      my: this.top(),
      target: this.chance(60) ? this.top() : null,
      expr: !special && this.chance(8) ? this.mutated(expr) : expr
    }
  }
}

/** The cases of a seed. */
export const cases = (seed: number, count: number): Array<Case> => {
  const generator = new Generator(seed)
  return Array.from({ length: count }, () => generator.case())
}
