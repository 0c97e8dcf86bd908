/**
 * Writes expressions and ads.
 *
 * **Details**
 *
 * The text is HTCondor's own where that reads back to the same tree. Parentheses that the tree does not hold are put only
 * where some version of HTCondor would read it differently without them. Like the parser, the printer keeps its own stack.
 *
 * **Gotchas**
 *
 * A real that is infinite or no number has no literal: it is printed as a call, `real("INF")`, as HTCondor does, and so
 * is a duration.
 *
 * @since 0.1.0
 */
import type * as Expr from "./Expr.ts"
import { type Options, TreePrinter } from "./TreePrinter.ts"

export type { Options } from "./TreePrinter.ts"

/**
 * The text of an expression or an ad.
 *
 * @category printing
 * @since 0.1.0
 */
export const print = (expr: Expr.Expr, options: Options = {}): string => new TreePrinter(options).print(expr)
