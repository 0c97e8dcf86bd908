/**
 * Translates regular expressions of PCRE to JavaScript, for texts with one character for each byte.
 *
 * **Details**
 *
 * The two languages differ if a group has not matched, if a repeated part matches nothing, and for letters beyond ASCII. So the
 * translation writes out sets and cases. An expression that JavaScript would match differently is refused.
 */
import {
  type Atom,
  type Flags,
  type Frame,
  type Kind,
  kinds,
  looks,
  none,
  nothing,
  openers,
  single
} from "./pcreFrames.ts"
import { readSet } from "./pcreSet.ts"
import { bytesWhere, byteText, escapedByte, escapes, notNewline, otherCase, setText } from "./pcreSets.ts"

const endOfText = "(?![^])"

/** A quantifier: one number, or a comma with a number before or after it. */
const quantifier = /[?*+]|\{[ \t]*(?:([0-9]+)(?:[ \t]*(,)(?:[ \t]*([0-9]+))?)?|,[ \t]*([0-9]+))[ \t]*\}/y
const opening =
  /\((?:\?(?:#|((?:[imsxr]|a[DPSTW]?)*)(?:-((?:[imsxr]|a[DPSTW]?)*))?([:)])|(=|!|<=|<!)|(?:P?<([A-Za-z_]\w{0,127})>|'([A-Za-z_]\w{0,127})')))?/y
const intersection = (a: ReadonlySet<number> | undefined, b: ReadonlySet<number>): ReadonlySet<number> =>
  a === undefined ? b : new Set(Array.from(a).filter((number) => b.has(number)))

class Translator {
  readonly source: string
  text = ""
  /** Whether it may match nothing at a place where it could match something. PCRE has an option to exclude empty matches. */
  hasty = false
  /** Whether a group may have another value in JavaScript after a match. */
  volatile = false
  /** The number of its groups, which are named `g1`, `g2`... The translation adds other groups. */
  opened = 0
  private readonly parts: Array<string> = []
  private index = 0
  private possessive = 0
  private flags: Flags
  private atom: Atom | undefined = undefined
  private readonly names = new Set<string>()
  private readonly frames: Array<Frame>

  constructor(source: string, options: string) {
    this.source = source
    this.flags = {
      i: options.includes("i"),
      m: options.includes("m"),
      s: options.includes("s"),
      x: options.includes("x")
    }
    this.frames = [this.frame("plain", 0)]
  }

  /** Translates. Returns whether JavaScript has an equivalent expression. */
  translate(): boolean {
    while (this.index < this.source.length) {
      if (!this.step()) return false
    }
    this.flush()
    this.text = this.parts.join("")
    return this.frames.length === 1
  }

  private frame(kind: Kind, number: number): Frame {
    const own = { min: 0, max: 0, certain: new Set<number>() }
    const { flags } = this
    return {
      kind,
      number,
      start: this.parts.length,
      flags,
      groups: new Set(),
      min: Infinity,
      max: 0,
      certain: undefined,
      long: false,
      own
    }
  }

  private get top(): Frame | undefined {
    return this.frames.at(-1)
  }

  private get looksBack(): boolean {
    return this.frames.some(({ kind }) => kind.endsWith("ehind"))
  }

  /** An alternative that matches nothing comes first here. Inside a look-around this does not change the match. */
  private nothingFirst(): void {
    if (!this.frames.some(({ kind }) => looks(kind))) this.hasty = true
  }

  /** Adds the last atom to its alternative. */
  private flush(): void {
    const { atom, top } = this
    this.atom = undefined
    if (atom === undefined || top === undefined) return
    top.own.min += atom.min
    top.own.max += atom.max
    for (const number of atom.groups) top.groups.add(number)
    for (const number of atom.certain) top.own.certain.add(number)
  }

  private put(text: string, atom: Omit<Atom, "start">): true {
    this.flush()
    this.atom = { ...atom, start: this.parts.length }
    this.parts.push(text)
    return true
  }

  private byte(code: number): true {
    const other = otherCase(code)
    const both = this.flags.i && other !== code
    return this.put(both ? `[${byteText(code)}${byteText(other)}]` : byteText(code), single)
  }

  private step(): boolean {
    const { flags, source } = this
    const character = source.charAt(this.index)
    if (flags.x && " \t\n\v\f\r".includes(character)) return ++this.index > 0
    if (flags.x && character === "#") {
      const newline = source.indexOf("\n", this.index)
      this.index = newline < 0 ? source.length : newline + 1
      return true
    }
    quantifier.lastIndex = this.index
    const times = quantifier.exec(source)
    if (times !== null) return this.repeat(times)
    switch (character) {
      case "(":
        return this.open()
      case ")":
        return this.close()
      case "[": {
        const read = readSet(source, this.index, flags.i)
        if (read === undefined) return false
        this.index = read.end
        return this.put(setText(read.set), single)
      }
      case "\\":
        return this.escape()
    }
    this.index++
    switch (character) {
      case "|":
        if (this.alternative() === 0) this.nothingFirst()
        this.parts.push("|")
        return true
      case ".":
        return this.put(setText(flags.s ? bytesWhere(() => true) : notNewline), single)
      case "^":
        // For PCRE no line begins after the last newline.
        return this.put(flags.m ? `(?:(?<![^])|(?<=\\n)(?=[^]))` : "(?<![^])", nothing)
      case "$":
        return this.put(flags.m ? `(?=\\n|${endOfText})` : `(?=\\n?${endOfText})`, nothing)
      default:
        return this.byte(character.charCodeAt(0))
    }
  }

  private escape(): boolean {
    const { frames, source } = this
    const letter = source.charAt(this.index + 1)
    const set = escapes.get(letter) ??
      (letter === "N" && source.charAt(this.index + 2) !== "{" ? notNewline : undefined)
    const assertion = { A: "(?<![^])", Z: `(?=\\n?${endOfText})`, z: endOfText, b: "\\b", B: "\\B" }[letter]
    if (set !== undefined || assertion !== undefined) {
      this.index += 2
      return set === undefined ? this.put(assertion ?? "", nothing) : this.put(setText(set), single)
    }
    const digits = /^[1-9][0-9]*/.exec(source.slice(this.index + 1, this.index + 12))?.[0]
    const number = Number(digits)
    if (digits !== undefined && (number < 10 || /^[89]/.test(digits) || number <= this.opened)) {
      this.flush()
      // A reference to a group that has not matched matches everywhere in JavaScript, and nowhere in PCRE.
      const certain = frames.some(({ own }) => own.certain.has(number))
      if (!certain || this.flags.i || this.looksBack) return false
      this.index += 1 + digits.length
      return this.put(`\\k<g${number}>`, { ...single, min: 0, max: Infinity })
    }
    const escaped = escapedByte(source, this.index, false)
    if (escaped === undefined) return false
    this.index = escaped.end
    return this.byte(escaped.byte)
  }

  private repeat(times: RegExpExecArray): boolean {
    const { atom, flags, source } = this
    const [text, least, comma, most, only] = times
    const [first] = text
    const min = first === "+" ? 1 : Number(least ?? 0)
    const max = first === "?" ? 1 : first !== "{" ? Infinity : only ?? most ?? (comma === undefined ? least : Infinity)
    const high = Number(max)
    if (atom === undefined || !atom.repeatable || min > high) return false
    // PCRE removes a part that never matches, and sometimes also the parts around it.
    if (high === 0 || min > 65_535 || (high > 65_535 && high !== Infinity)) return false
    // A repetition that matches nothing is the last one in PCRE. In JavaScript it does not count.
    if (atom.min === 0 && atom.max > 0 && min !== high) return false
    if (atom.max === 0 && min === 0 && atom.groups.size > 0) this.volatile = true
    this.index += text.length
    while (flags.x && /^[ \t\n\v\f\r]$/.test(source.charAt(this.index))) this.index++
    const after = source.charAt(this.index)
    if (after === "+" && this.looksBack) return false
    if (after === "?" || after === "+") this.index++
    if (after === "?" && min === 0 && atom.max > 0) this.nothingFirst()
    this.parts.push(`{${min},${high === Infinity ? "" : high}}${after === "?" ? "?" : ""}`)
    if (after === "+") {
      // A look-ahead with a reference does not backtrack.
      const name = `p${++this.possessive}`
      this.parts[atom.start] = `(?=(?<${name}>${this.parts[atom.start] ?? ""}`
      this.parts.push(`))\\k<${name}>`)
    }
    // In a look-behind, the last repetition of JavaScript is the first one of PCRE.
    const turned = high > 1 && atom.groups.size > 0 && this.looksBack
    if (turned || (high > 1 && Array.from(atom.groups).some((group) => !atom.certain.has(group)))) this.volatile = true
    this.atom = {
      min: atom.min * min,
      max: atom.max === 0 ? 0 : atom.max * high,
      repeatable: false,
      start: atom.start,
      groups: atom.groups,
      certain: min > 0 && !turned ? atom.certain : none
    }
    return true
  }

  private open(): boolean {
    opening.lastIndex = this.index
    const [whole = "(", on, off, end, looking, pointed, quoted] = opening.exec(this.source) ?? []
    const next = this.source.charAt(this.index + 1)
    if (next === "*" || (next === "?" && whole === "(")) return false
    this.index += whole.length
    if (whole === "(?#") {
      this.index = this.source.indexOf(")", this.index) + 1
      return this.index > 0
    }
    this.flush()
    const name = pointed ?? quoted
    if (name !== undefined && this.names.has(name)) return false
    if (name !== undefined) this.names.add(name)
    const before = this.flags
    if (end !== undefined) {
      if (/x.*x/.test(on ?? "")) return false
      const flag = (letter: "i" | "m" | "s" | "x") =>
        off?.includes(letter) !== true && (before[letter] || on?.includes(letter) === true)
      this.flags = { i: flag("i"), m: flag("m"), s: flag("s"), x: flag("x") }
      if (end === ")") return true
    }
    const kind = end !== undefined ? "plain" : looking === undefined ? "capture" : kinds[looking] ?? "plain"
    if (kind === "capture") this.opened++
    this.frames.push({ ...this.frame(kind, this.opened), flags: before })
    this.parts.push(kind === "capture" ? `(?<g${this.opened}>` : openers[kind])
    return this.frames.length <= 250
  }

  /** Ends the current alternative, and returns its smallest length. */
  private alternative(): number {
    this.flush()
    const { top } = this
    if (top === undefined) return 0
    const { own } = top
    top.min = Math.min(top.min, own.min)
    top.max = Math.max(top.max, own.max)
    top.long ||= own.max > (own.min === own.max ? 65_535 : 255)
    top.certain = intersection(top.certain, own.certain)
    top.own = { min: 0, max: 0, certain: new Set() }
    return own.min
  }

  private close(): boolean {
    this.alternative()
    const frame = this.frames.pop()
    if (frame === undefined || this.frames.length === 0) return false
    this.index++
    this.flags = frame.flags
    const { certain = none, groups, kind, max, min, number } = frame
    const behind = kind.endsWith("ehind")
    if (behind && frame.long) return false
    // If the parts of a look-behind can be divided in several ways, the two languages begin at different ends.
    const cut = behind && min !== max && groups.size > 0
    if (cut) this.volatile = true
    const own = kind === "capture" ? [number] : []
    this.parts.push(looks(kind) ? "))" : ")")
    this.atom = {
      min: looks(kind) ? 0 : min,
      max: looks(kind) ? 0 : max,
      repeatable: true,
      start: frame.start,
      groups: new Set([...groups, ...own]),
      certain: cut || kind.startsWith("not") ? none : new Set([...certain, ...own])
    }
    return true
  }
}

/** A translated expression. */
export type Translation = Pick<Translator, "text" | "volatile" | "hasty" | "opened">

/** The expression of JavaScript, for the flags `g` or `y` only; undefined if no expression matches the same texts. */
export const translate = (source: string, options: string): Translation | undefined => {
  const translator = new Translator(source, options)
  return translator.translate() ? translator : undefined
}
