/**
 * The long form of ads, as `condor_q -long` prints it: one `name = expression` in each line, in the old syntax.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Bytes from "./Bytes.ts"
import * as Expr from "./Expr.ts"
import { flawOf } from "./Flaw.ts"
import { at, cut, quote } from "./Mistake.ts"
import * as Parser from "./Parser.ts"
import * as Printer from "./Printer.ts"
import { ClassAdSyntaxError } from "./SyntaxError.ts"

/** Common simple values, which need no parser. */
const simple = /^(?:(-?(?:0|[1-9][0-9]{0,17}))|"([^"\\\u0000]*)"|(true|false))[ \t\r]*$/

const value = (text: string, options: Parser.Options): Result.Result<Expr.Expr, ClassAdSyntaxError> => {
  const match = simple.exec(text)
  if (match === null) return Parser.parse(text, { ...options, strings: "old" })
  const [, integer, string, boolean] = match
  if (integer !== undefined) return Result.succeed(Expr.integer(BigInt(integer)))
  return Result.succeed(string === undefined ? Expr.boolean(boolean === "true") : Expr.string(Bytes.normal(string)))
}

/** Reads the lines of one ad from a position to a blank line or to the end. */
const readAd = (
  text: string,
  from: number,
  options: Parser.Options,
  separated: boolean
): Result.Result<{ readonly members: Map<string, Expr.Member>; readonly end: number }, ClassAdSyntaxError> => {
  const members = new Map<string, Expr.Member>()
  let start = from
  let ended = false
  while (start < text.length) {
    const newline = text.indexOf("\n", start)
    const end = newline < 0 ? text.length : newline
    const line = text.slice(start, end)
    const next = newline < 0 ? text.length : newline + 1
    if (/^\s*$/.test(line) || line.startsWith("***")) {
      ended ||= members.size > 0
      if (separated && ended) return Result.succeed({ members, end: next })
    } else if (!/^[ \t]*#/.test(line)) {
      if (ended) return Result.fail(at(text, start, "expected one ad, and another one begins here"))
      const equals = line.indexOf("=")
      const name = line.slice(0, Math.max(0, equals)).trim()
      if (name === "") return Result.fail(at(text, start, "expected \"name = expression\""))
      let begin = equals + 1
      while (line.charAt(begin) === " ") begin++
      const parsed = value(line.slice(begin), options)
      if (Result.isFailure(parsed)) {
        return Result.fail(at(text, start + begin + parsed.failure.offset, `${cut(name)}: ${parsed.failure.reason}`))
      }
      Expr.insert(members, Bytes.normal(name), parsed.success)
    }
    start = next
  }
  return Result.succeed({ members, end: text.length })
}

/**
 * Parses one ad. Skips empty lines around it, and lines that begin with `#`. Another ad after an empty line is an error.
 *
 * **Example** (Parsing and printing an ad)
 *
 * ```ts
 * import { Result } from "effect"
 * import { ClassAd, Long } from "effect-htcondor-ce/classad"
 * import * as assert from "node:assert"
 *
 * const ad = Result.getOrThrow(Long.parse("# a comment\nOwner = \"me\"\nSlots = Cpus*2\n"))
 *
 * assert.deepStrictEqual(Long.print(ad), Result.succeed("Owner = \"me\"\nSlots = Cpus * 2\n"))
 * // A string with a line break has no long form.
 * const odd = ClassAd.make([["Note", { _tag: "Literal", value: { _tag: "String", value: "two\nlines" } }]])
 * assert.ok(Result.isFailure(Long.print(odd)))
 * ```
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (text: string, options: Parser.Options = {}): Result.Result<Expr.Ad, ClassAdSyntaxError> =>
  Result.map(readAd(text, 0, options, false), ({ members }) => ({ _tag: "Ad", members }))

/**
 * Parses ads that are separated by empty lines, or by lines that begin with `***`, as in a history file.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parseAll = (
  text: string,
  options: Parser.Options = {}
): Result.Result<Array<Expr.Ad>, ClassAdSyntaxError> => {
  const ads: Array<Expr.Ad> = []
  for (let position = 0; position < text.length;) {
    const read = readAd(text, position, options, true)
    if (Result.isFailure(read)) return Result.fail(read.failure)
    if (read.success.members.size > 0) ads.push({ _tag: "Ad", members: read.success.members })
    position = read.success.end
  }
  return Result.succeed(ads)
}

/** Characters that the long form may not be able to represent. */
const delicate = /[\\\u0000\n\r]/
const plainName = /^[^\s=#*][^\s=]*$/

const refused = (reason: string): Result.Result<never, ClassAdSyntaxError> =>
  Result.fail(new ClassAdSyntaxError({ reason, offset: 0, line: 1, column: 1 }))

/**
 * Prints one ad, with a newline after each line. With `exact` the text is HTCondor's, see {@link Printer.Options}.
 *
 * **Gotchas**
 *
 * Fails for a string that the long form cannot represent: with a line break or a NUL, or with a backslash at its end inside a
 * longer expression. It also fails for a name with blanks.
 *
 * @category printing
 * @since 0.1.0
 */
export const print = (
  ad: Expr.Ad,
  options: Pick<Printer.Options, "exact"> = {}
): Result.Result<string, ClassAdSyntaxError> => {
  const flaw = flawOf(ad)
  if (flaw !== undefined) return refused(flaw)
  let text = ""
  for (const { expr, name } of ad.members.values()) {
    if (!plainName.test(name)) return refused(`the long form has no attribute ${quote(name)}`)
    const line = Printer.print(expr, { strings: "old", exact: options.exact })
    if (delicate.test(line)) {
      const again = Parser.parse(line, { strings: "old" })
      const same = Result.isSuccess(again) && !/[\n\r\0]/.test(line) &&
        Printer.print(again.success, options) === Printer.print(expr, options)
      if (!same) return refused(`the long form cannot carry the value of ${cut(name)}`)
    }
    text += `${name} = ${line}\n`
  }
  return Result.succeed(text)
}
