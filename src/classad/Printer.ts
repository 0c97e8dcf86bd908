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
import { TreePrinter } from "./TreePrinter.ts"

/**
 * - `strings`: `"new"` with the escapes of C (default), or `"old"` as in the long form of ads, which cannot carry every
 *   string
 * - `parentheses`: `"kept"` as they are in the tree (default), or `"minimal"`
 * - `exact`: as HTCondor's function `string` prints, even where that reads back to something else: 16 digits of a real,
 *   attributes in HTCondor's order, no quotes around names after a dot
 * - `layout`: lists and ads on one `"line"` (default), or on `"lines"` as HTCondor's function `unparse` prints them
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly strings?: "new" | "old" | undefined
  readonly parentheses?: "kept" | "minimal" | undefined
  readonly exact?: boolean | undefined
  readonly layout?: "line" | "lines" | undefined
}

/**
 * The text of an expression or an ad.
 *
 * @category printing
 * @since 0.1.0
 */
export const print = (expr: Expr.Expr, options: Options = {}): string => new TreePrinter(options).print(expr)
