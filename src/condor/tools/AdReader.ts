/**
 * Reads the lists of ads that HTCondor's tools print as JSON, piece by piece.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"

/**
 * A reader of one list.
 *
 * @category models
 * @since 0.1.0
 */
export interface AdReader {
  /** Accepts the next piece of the text, which may end anywhere. */
  push(text: string): void
  /** Ends the text. Returns whether it was a list of objects or blank, or the reason why it was neither. */
  end(): Result.Result<"List" | "Blank", string>
}

// An ad with the queried attributes has about one kilobyte.
const maxLength = 16 * 1024 * 1024

// Nearly every object ends with the first closing brace, and searching for one is faster than counting brackets. The object is
// complete if JSON accepts it. After this many wrong guesses the brackets are counted.
const maxGuesses = 16

const incomplete = "the list of ads is not complete JSON"

const isBlank = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09

/** Where in the list the reader is: in an object, or before or after something outside of one. */
type Place = "start" | "first" | "object" | "separator" | "next" | "end"

const transitions: Readonly<Record<string, Partial<Record<Place, Place>>>> = {
  "[": { start: "first" },
  "]": { first: "end", separator: "end" },
  ",": { separator: "next" },
  "{": { first: "object", next: "object" }
}

/**
 * Makes a reader that calls `onRecord` for each object. It stores only one object at a time. After the first error it calls
 * `onRecord` no more.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (onRecord: (record: { readonly [name: PropertyKey]: unknown }) => void): AdReader => {
  let place: Place = "start"
  let failure: string | undefined
  // The current object: its text from earlier pieces, its depth, and whether a string or an escape is open.
  let before = ""
  let depth = 0
  let inString = false
  let escaped = false

  let guesses = maxGuesses

  const parse = (text: string): { readonly [name: PropertyKey]: unknown } | undefined => {
    const value = Result.try((): unknown => JSON.parse(text))
    return Result.isSuccess(value) && Predicate.isReadonlyObject(value.success) ? value.success : undefined
  }

  const give = (record: { readonly [name: PropertyKey]: unknown } | undefined): void => {
    place = "separator"
    if (record === undefined) failure = incomplete
    else onRecord(record)
  }

  // Returns the index after the end of the current object, or the end of the text.
  const skip = (text: string, from: number): number => {
    let [level, quoted, skipping] = [depth, inString, escaped]
    let index = from
    for (; index < text.length && level > 0; index++) {
      const code = text.charCodeAt(index)
      if (quoted) {
        if (skipping) skipping = false
        else if (code === 0x5c) skipping = true
        else if (code === 0x22) quoted = false
      } else if (code === 0x22) quoted = true
      else if (code === 0x7b || code === 0x5b) level += 1
      else if (code === 0x7d || code === 0x5d) level -= 1
    }
    depth = level
    inString = quoted
    escaped = skipping
    return index
  }

  const push = (text: string): void => {
    let index = 0
    while (index < text.length && failure === undefined) {
      if (place === "object") {
        const to = skip(text, index)
        before += text.slice(index, to)
        index = to
        if (before.length > maxLength) failure = `an ad of more than ${maxLength} characters`
        if (depth > 0) return
        give(parse(before))
        before = ""
      } else if (isBlank(text.charCodeAt(index))) index += 1
      else {
        const next: Place | undefined = transitions[text.charAt(index)]?.[place]
        if (next === undefined) failure = incomplete
        else if (next === "object") {
          const close = guesses === 0 ? -1 : text.indexOf("}", index)
          const guessed = close < 0 ? undefined : parse(text.slice(index, close + 1))
          if (guessed !== undefined) {
            give(guessed)
            index = close + 1
            continue
          }
          if (close >= 0) guesses -= 1
          before = "{"
          depth = 1
        }
        place = next ?? place
        index += 1
      }
    }
  }

  const end: AdReader["end"] = () =>
    failure !== undefined
      ? Result.fail(failure)
      : place === "start"
      ? Result.succeed("Blank")
      : place === "end"
      ? Result.succeed("List")
      : Result.fail(incomplete)

  return { push, end }
}
