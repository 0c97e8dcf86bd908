/** The parts of a pattern during its translation. */

/** The last part, which a quantifier may follow: its smallest and largest length, and its groups. */
export interface Atom {
  readonly min: number
  readonly max: number
  readonly repeatable: boolean
  /** The index of its first part in the text of JavaScript. */
  readonly start: number
  /** The groups in it. */
  readonly groups: ReadonlySet<number>
  /** The groups that have matched whenever it has matched. */
  readonly certain: ReadonlySet<number>
}

export interface Flags {
  readonly i: boolean
  readonly m: boolean
  readonly s: boolean
  readonly x: boolean
}

export type Kind = "plain" | "capture" | "ahead" | "notAhead" | "behind" | "notBehind"

export const looks = (kind: Kind): boolean => kind !== "plain" && kind !== "capture"

/** An open group, and its alternatives so far. */
export interface Frame {
  readonly kind: Kind
  readonly number: number
  readonly start: number
  /** The flags after the group. */
  readonly flags: Flags
  readonly groups: Set<number>
  /** The lengths and groups of the alternatives that have ended. */
  min: number
  max: number
  certain: ReadonlySet<number> | undefined
  /** Whether one of them is too long for a look-behind of PCRE. */
  long: boolean
  /** The lengths and groups of the current alternative. */
  own: { min: number; max: number; certain: Set<number> }
}

export const none: ReadonlySet<number> = new Set()
export const single: Omit<Atom, "start"> = { min: 1, max: 1, repeatable: true, groups: none, certain: none }
export const nothing: Omit<Atom, "start"> = { min: 0, max: 0, repeatable: false, groups: none, certain: none }

export const kinds: Readonly<Record<string, Kind>> = {
  "=": "ahead",
  "!": "notAhead",
  "<=": "behind",
  "<!": "notBehind"
}
export const openers: Readonly<Record<Exclude<Kind, "capture">, string>> = {
  plain: "(?:",
  // In a group, because JavaScript does not allow a quantifier after a look-behind.
  ahead: "(?:(?=",
  notAhead: "(?:(?!",
  behind: "(?:(?<=",
  notBehind: "(?:(?<!"
}
