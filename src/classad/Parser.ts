/**
 * Reads expressions and ads.
 *
 * **Gotchas**
 *
 * It accepts what HTCondor 25.14 accepts, with these exceptions: text of any depth (HTCondor gives up between 100 and
 * 500 levels), nothing may follow an expression, and two dots are not one. `0x1F` is 0 and `017` is 17 in HTCondor since
 * 23.3, and so they are here, unless asked otherwise.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type * as Expr from "./Expr.ts"
import { ExpressionParser } from "./ExpressionParser.ts"
import { Lexer } from "./Lexer.ts"
import { at } from "./Mistake.ts"
import * as Precedence from "./Precedence.ts"
import type { ClassAdSyntaxError } from "./SyntaxError.ts"
import * as Version from "./Version.ts"

/**
 * How a text is read.
 *
 * - `strings`: `"new"` with the escapes of C (default), or `"old"` as in the long form of ads, where only `\"` is special
 * - `semantics`: `"old"` as in HTCondor's daemons and tools (default): arguments are also parted by `;`, and whole
 *   numbers do not begin with 0; `"strict"` as in ClassAd libraries outside of them
 * - `version`: as this HTCondor (default `"25.14"`); before 23.10.1, `a ?: b + c` is `a ?: (b + c)` and what follows `?:`
 *   may begin with an operator, where `?:` binds like a dot since then
 * - `scaleSuffixes`: read `1K`, `1.5G`, as daemons before 23.9 do
 * - `bases`: `0x1F` is 31 and `017` is 15, as in libraries before 23.3; with old semantics neither is a number
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly strings?: "new" | "old" | undefined
  readonly semantics?: "old" | "strict" | undefined
  readonly version?: Version.Version | undefined
  readonly scaleSuffixes?: boolean | undefined
  readonly bases?: boolean | undefined
}

/**
 * Reads an expression, which may also be an ad.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (text: string, options: Options = {}): Result.Result<Expr.Expr, ClassAdSyntaxError> => {
  const elvis = Version.has(options.version ?? Version.current, "elvis") ? Precedence.elvis : Precedence.conditional
  return new ExpressionParser(lexerOf(text, options), options.semantics !== "strict", elvis).expression()
}

const lexerOf = (text: string, options: Options): Lexer =>
  new Lexer(text, {
    oldStrings: options.strings === "old",
    oldNumbers: options.semantics !== "strict",
    scaleSuffixes: options.scaleSuffixes === true,
    bases: options.bases === true
  })

/**
 * Reads an ad in the new form, `[a = 1; b = 2]`.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parseAd = (text: string, options: Options = {}): Result.Result<Expr.Ad, ClassAdSyntaxError> =>
  Result.flatMap(
    parse(text, options),
    (expr) => expr._tag === "Ad" ? Result.succeed(expr) : Result.fail(at(text, 0, noAd))
  )

const noAd = "expected an ad: \"[ name = value ]\""

/** From the bracket that opens an ad to behind the one that closes it, or to the end of the text. */
const skipAd = (lexer: Lexer): number => {
  let depth = 0
  for (; lexer.kind !== "end" && lexer.kind !== "bad"; lexer.next()) {
    if (lexer.kind === "[") depth++
    else if (lexer.kind === "]") depth--
    if (depth === 0) return lexer.end
  }
  return lexer.text.length
}

/**
 * Reads ads in the new form, none of them or many: in a list, `{ [a = 1], [a = 2] }`, as HTCondor's tools print them, or
 * one behind the other.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parseAds = (text: string, options: Options = {}): Result.Result<Array<Expr.Ad>, ClassAdSyntaxError> => {
  const lexer = lexerOf(text, options)
  const ads: Array<Expr.Ad> = []
  if (lexer.next() === "{") {
    return Result.flatMap(parse(text, options), (expr) => {
      for (const item of expr._tag === "List" ? expr.items : [expr]) {
        if (item._tag !== "Ad") return Result.fail(at(text, 0, "expected a list of ads"))
        ads.push(item)
      }
      return Result.succeed(ads)
    })
  }
  for (; lexer.kind !== "end"; lexer.next()) {
    const { start } = lexer
    if (lexer.kind !== "[") return Result.fail(at(text, start, noAd))
    const read = parseAd(text.slice(start, skipAd(lexer)), options)
    if (Result.isFailure(read)) return Result.fail(at(text, start + read.failure.offset, read.failure.reason))
    ads.push(read.success)
  }
  return Result.succeed(ads)
}
