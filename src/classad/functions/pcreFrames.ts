/** What a pattern is made of, while it is read. */

/** What has been read last and a quantifier may follow: its length, and what its groups do. */
export interface Atom {
  readonly min: number
  readonly max: number
  readonly repeatable: boolean
  /** Which part of the text of JavaScript it begins with. */
  readonly start: number
  /** Groups in it. */
  readonly groups: ReadonlySet<number>
  /** Those that have matched for certain when it has. */
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

/** What is open: a group, and its alternatives so far. */
export interface Frame {
  readonly kind: Kind
  readonly number: number
  readonly start: number
  /** Those that hold again when it is closed. */
  readonly flags: Flags
  readonly groups: Set<number>
  /** Of the alternatives that have ended. */
  min: number
  max: number
  certain: ReadonlySet<number> | undefined
  /** Whether one of them is longer than PCRE looks back. */
  long: boolean
  /** Of the alternative that is being read. */
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
  // In a group, since JavaScript repeats no look-behind.
  ahead: "(?:(?=",
  notAhead: "(?:(?!",
  behind: "(?:(?<=",
  notBehind: "(?:(?<!"
}
