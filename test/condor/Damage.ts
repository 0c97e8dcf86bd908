/** Damaged texts: truncated, with missing parts, or wrongly combined. */

/** The texts that are inserted. */
const splinters = [
  ..."\0\n\r\t \"'\\()[]{},;:?=<>&|^~!%*/+-.#$@_09aeEnxu\u007f\u0085\u00e9\u20ac\ufeff\ud83d\udc80\udcff",
  "99999999999999999999",
  "1e999",
  "-0",
  "\\u00",
  "\\/Expr(",
  "\\/",
  ")\\/",
  "\r\n",
  "\n\n",
  "null",
  "{}",
  "[]",
  "/*",
  "//",
  "$(",
  "$$(",
  "queue",
  " = ",
  "%",
  "%00",
  "\ud83d\ude00",
  "__proto__",
  "constructor"
]

/** Random numbers from a seed (mulberry32). */
export const below = (seed: number) => {
  let state = seed | 0
  return (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ state >>> 15, 1 | state)
    t = (t + Math.imul(t ^ t >>> 7, 61 | t)) ^ t
    return Math.floor(((t ^ t >>> 14) >>> 0) / 4294967296 * limit)
  }
}

/** A text that is damaged one to four times, sometimes with a part of `another` one. */
export const damaged = (text: string, another: () => string, random: (limit: number) => number): string => {
  let left = text
  for (let times = random(4); times >= 0; times--) {
    const [one, two] = [random(left.length + 1), random(left.length + 1)]
    const [from, to] = [Math.min(one, two), Math.max(one, two)]
    const near = Math.min(left.length, from + 1 + random(12))
    const splinter = splinters[random(splinters.length)] ?? ""
    switch (random(7)) {
      case 0:
        left = left.slice(0, one)
        break
      case 1:
        left = left.slice(0, from) + left.slice(near)
        break
      case 2:
        left = left.slice(0, from) + left.slice(from, near) + left.slice(from)
        break
      case 3:
        left = left.slice(0, from) + left.slice(to) + left.slice(from, to)
        break
      case 4:
        left = left.slice(0, one) + another().slice(two)
        break
      case 5:
        left = left.slice(0, from) + splinter + left.slice(near)
        break
      default:
        left = left.slice(0, one) + splinter + left.slice(one)
    }
  }
  return left
}
