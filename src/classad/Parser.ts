/**
 * Parses expressions and ads.
 *
 * **Gotchas**
 *
 * The parser accepts the same texts as HTCondor 25.14, with three exceptions. It accepts any depth (HTCondor gives up between 100
 * and 500 levels). It refuses text after an expression, and two dots (`a..b`). As in HTCondor since 23.3, `0x1F` is 0 and `017` is
 * 17, without the option `bases`.
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
 * The variant of the language.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** `"new"` (default): strings with the escapes of C. `"old"`: as in the long form, where only `\"` is special. */
  readonly strings?: "new" | "old" | undefined
  /**
   * `"old"` (default): as in HTCondor's daemons and tools, `;` also separates arguments, and integers do not begin with 0.
   * `"strict"`: as in ClassAd libraries outside of them.
   */
  readonly semantics?: "old" | "strict" | undefined
  /**
   * The version of HTCondor to imitate (default `"25.14"`). Before 23.10.1, `a ?: b + c` is `a ?: (b + c)`, and an operator can
   * follow `?:`. Since then `?:` binds like a dot.
   */
  readonly version?: Version.Version | undefined
  /** Whether `1K` and `1.5G` are numbers, as in daemons before 23.9 (default false). */
  readonly scaleSuffixes?: boolean | undefined
  /**
   * Whether `0x1F` is 31 and `017` is 15, as in libraries before 23.3 (default false). Only with `semantics: "strict"`: otherwise
   * both are errors.
   */
  readonly bases?: boolean | undefined
}

/**
 * Parses an expression, which may also be an ad. Fails with the place of the error.
 *
 * **Example** (An expression, and an error)
 *
 * ```ts
 * import { Result } from "effect"
 * import { Expr, Parser } from "effect-htcondor-ce/classad"
 * import * as assert from "node:assert"
 *
 * const expr = Result.getOrThrow(Parser.parse("TARGET.Cpus >= 2"))
 * assert.deepStrictEqual(
 *   expr,
 *   Expr.binary(">=", Expr.attribute("Cpus", Expr.attribute("TARGET")), Expr.integer(2))
 * )
 *
 * const bad = Parser.parse("Cpus >= \n  ]")
 * assert.ok(Result.isFailure(bad))
 * assert.deepStrictEqual([bad.failure.line, bad.failure.column], [2, 3])
 * ```
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
 * Parses an ad in the new syntax: `[a = 1; b = 2]`.
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

/** The offset after the closing bracket of an ad, or the end of the text. */
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
 * Parses any number of ads in the new syntax: a list `{ [a = 1], [a = 2] }`, as HTCondor's tools print it, or ads one after the
 * other.
 *
 * **Example** (Two ads)
 *
 * ```ts
 * import { Result } from "effect"
 * import { Parser, Printer } from "effect-htcondor-ce/classad"
 * import * as assert from "node:assert"
 *
 * const ads = Result.getOrThrow(Parser.parseAds("{ [a=1], [a=2] }"))
 * assert.deepStrictEqual(ads.map((ad) => Printer.print(ad)), ["[ a = 1 ]", "[ a = 2 ]"])
 * assert.deepStrictEqual(Parser.parseAds("[a=1] [a=2]"), Result.succeed(ads))
 * ```
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
