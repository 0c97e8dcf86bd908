/**
 * Prints expressions and ads.
 *
 * **Details**
 *
 * The text is the same as HTCondor's if HTCondor's text can be parsed to the same tree. The printer adds parentheses only where
 * some version of HTCondor would read the text differently without them. Like the parser, the printer has an explicit stack.
 *
 * **Gotchas**
 *
 * Infinity and NaN have no literal: they are printed as calls, for example `real("INF")`, as HTCondor does. So are times.
 *
 * @since 0.1.0
 */
import type * as Expr from "./Expr.ts"
import { type Options, TreePrinter } from "./TreePrinter.ts"

export type { Options } from "./TreePrinter.ts"

/**
 * The text of an expression or an ad in the new syntax, or with `strings: "old"` in that of the long form.
 *
 * **Example** (Parentheses, and the old syntax)
 *
 * ```ts
 * import { Result } from "effect"
 * import { Parser, Printer } from "effect-htcondor-ce/classad"
 * import * as assert from "node:assert"
 *
 * const expr = Result.getOrThrow(Parser.parse(`((Owner=?="a\\tb"))`))
 *
 * assert.strictEqual(Printer.print(expr), `((Owner is "a\\tb"))`)
 * assert.strictEqual(Printer.print(expr, { parentheses: "minimal", strings: "old" }), `Owner =?= "a\tb"`)
 * ```
 *
 * @category printing
 * @since 0.1.0
 */
export const print = (expr: Expr.Expr, options: Options = {}): string => new TreePrinter(options).print(expr)
