/**
 * Parses the command lines of the tools. Options can be abbreviated, and some take the following words.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"

/**
 * An option that the fake implements.
 *
 * - `name`: in full, without the dash; `least`: the length of the shortest abbreviation
 * - `takes`: nothing, the next word even if it begins with a dash, or all words up to the next option
 * - `modifiers`: whether a colon and letters can follow
 */
export interface Option {
  readonly name: string
  readonly least: number
  readonly takes?: "nothing" | "word" | "words" | undefined
  readonly modifiers?: boolean | undefined
}

/** An option on a command line: `-af:jr A B` has the modifiers `jr` and the words `A` and `B`. */
export interface Given {
  readonly name: string
  readonly modifiers: string
  readonly words: ReadonlyArray<string>
}

/**
 * An error in a command line.
 *
 * - `Unknown`: the option does not exist, or the fake does not implement it
 * - `Incomplete`: the option needs another word
 */
export type Problem =
  | { readonly _tag: "Unknown"; readonly argument: string }
  | { readonly _tag: "Incomplete"; readonly option: string }

/** A parsed command line: the options, and the other words, each in their order. */
export interface Arguments {
  readonly options: ReadonlyArray<Given>
  readonly words: ReadonlyArray<string>
}

const find = (options: ReadonlyArray<Option>, name: string): Option | undefined =>
  options.find((option) => name.length >= option.least && option.name.startsWith(name))

/** Parses a command line, up to the first error. */
export const read = (
  options: ReadonlyArray<Option>,
  args: ReadonlyArray<string>
): Result.Result<Arguments, Problem> => {
  const given: Array<Given> = []
  const words: Array<string> = []
  for (let index = 0; index < args.length;) {
    const argument = args[index++] ?? ""
    if (!argument.startsWith("-")) {
      words.push(argument)
      continue
    }
    const colon = argument.indexOf(":")
    const end = colon < 0 ? argument.length : colon
    const option = find(options, argument.slice(1, end))
    if (option === undefined || colon >= 0 && option.modifiers !== true) {
      return Result.fail({ _tag: "Unknown", argument })
    }
    const taken: Array<string> = []
    if (option.takes === "word") {
      const word = args[index++]
      if (word === undefined) return Result.fail({ _tag: "Incomplete", option: option.name })
      taken.push(word)
    } else if (option.takes === "words") {
      for (let word = args[index]; word !== undefined && !word.startsWith("-"); word = args[++index]) taken.push(word)
      if (taken.length === 0) return Result.fail({ _tag: "Incomplete", option: option.name })
    }
    given.push({ name: option.name, modifiers: argument.slice(end + 1), words: taken })
  }
  return Result.succeed({ options: given, words })
}

/** The words that follow each option with this name. */
export const all = ({ options }: Arguments, name: string): ReadonlyArray<string> =>
  options.flatMap((given) => given.name === name ? given.words : [])

/** The last word of the options with this name. */
export const last = (args: Arguments, name: string): string | undefined => all(args, name).at(-1)

/** Whether the command line has this option. */
export const has = ({ options }: Arguments, name: string): boolean => options.some((given) => given.name === name)

/** Names of attributes from lists that are separated by commas and blanks. Each appears once, whatever its case. */
export const names = (lists: ReadonlyArray<string>): ReadonlyArray<string> => {
  const seen = new Map<string, string>()
  for (const name of lists.flatMap((list) => list.split(/[,\s]+/))) {
    if (name !== "" && !seen.has(name.toLowerCase())) seen.set(name.toLowerCase(), name)
  }
  return Array.from(seen.values())
}
