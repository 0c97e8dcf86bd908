/**
 * Finds the line of a value in a JSON text, or the place where the text stops being valid JSON. Messages never quote the text,
 * because it may contain secrets.
 *
 * @since 0.1.0
 */

/**
 * `Broken`: the line and column where the text stops being valid JSON. `Lines`: gives the line of the value at a path.
 *
 * @category models
 * @since 0.1.0
 */
export type Located =
  | { readonly _tag: "Broken"; readonly line: number; readonly column: number }
  | { readonly _tag: "Lines"; readonly lineOf: (path: ReadonlyArray<PropertyKey>) => number }

const blank = /[ \t\n\r]*/y
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|(?:true|false|null)(?!\w)/y

// Nobody writes deeper JSON by hand, and each level is a nested call.
const deepest = 500

const keyOf = (path: ReadonlyArray<PropertyKey>): string => JSON.stringify(path.map(String))

/**
 * Parses a JSON text, and locates its values.
 *
 * @category constructors
 * @since 0.1.0
 */
export const locate = (text: string): Located => {
  const starts = new Map<string, number>()
  let at = 0
  const take = (token: RegExp): string | undefined => {
    token.lastIndex = at
    const found = token.exec(text)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  const punctuation = (one: string): boolean => {
    take(blank)
    if (text[at] !== one) return false
    at += 1
    return true
  }
  // True if a value begins here: then `at` is after it. Otherwise `at` is at the mistake.
  const value = (path: ReadonlyArray<string>): boolean => {
    if (path.length > deepest) return false
    take(blank)
    starts.set(keyOf(path), at)
    if (punctuation("[")) {
      if (punctuation("]")) return true
      for (let index = 0;; index++) {
        if (!value([...path, String(index)])) return false
        if (!punctuation(",")) return punctuation("]")
      }
    }
    if (punctuation("{")) {
      if (punctuation("}")) return true
      for (;;) {
        take(blank)
        const start = at
        const name = take(string)
        if (name === undefined || !punctuation(":")) return false
        const inner = [...path, String(JSON.parse(name))]
        if (!value(inner)) return false
        // For a mistake in a field, report the line of its name.
        starts.set(keyOf(inner), start)
        if (!punctuation(",")) return punctuation("}")
      }
    }
    return take(string) !== undefined || take(scalar) !== undefined
  }
  // The offsets of the line breaks, in ascending order.
  const breaks = Array.from(text.matchAll(/\n/g), ({ index }) => index)
  const lineAt = (offset: number): number => {
    let [low, high] = [0, breaks.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((breaks[middle] ?? offset) < offset) low = middle + 1
      else high = middle
    }
    return low + 1
  }
  const whole = value([])
  take(blank)
  if (!whole || at < text.length) {
    return { _tag: "Broken", line: lineAt(at), column: at - text.lastIndexOf("\n", at - 1) }
  }
  return {
    _tag: "Lines",
    lineOf: (path) => {
      for (let length = path.length; length > 0; length--) {
        const start = starts.get(keyOf(path.slice(0, length)))
        if (start !== undefined) return lineAt(start)
      }
      return 1
    }
  }
}
