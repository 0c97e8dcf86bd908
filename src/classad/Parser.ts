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
  const old = options.semantics !== "strict"
  const lexer = new Lexer(text, {
    oldStrings: options.strings === "old",
    oldNumbers: old,
    scaleSuffixes: options.scaleSuffixes === true,
    bases: options.bases === true
  })
  const elvis = Version.has(options.version ?? Version.current, "elvis") ? Precedence.elvis : Precedence.conditional
  return new ExpressionParser(lexer, old, elvis).expression()
}

/**
 * Reads an ad in the new form, `[a = 1; b = 2]`.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parseAd = (text: string, options: Options = {}): Result.Result<Expr.Ad, ClassAdSyntaxError> =>
  Result.flatMap(
    parse(text, options),
    (expr) =>
      expr._tag === "Ad" ? Result.succeed(expr) : Result.fail(at(text, 0, "expected an ad: \"[ name = value ]\""))
  )
