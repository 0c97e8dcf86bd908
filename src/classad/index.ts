/**
 * HTCondor's ClassAd language.
 *
 * @since 0.1.0
 */

/** Ads, and Schemas of their text forms. */
export * as ClassAd from "./ClassAd.ts"

/** Evaluates expressions as HTCondor does. */
export * as Evaluator from "./Evaluator.ts"

/** The tree of an expression. */
export * as Expr from "./Expr.ts"

/** The JSON form of ads. */
export * as Json from "./Json.ts"

/** The long form of ads. */
export * as Long from "./Long.ts"

/** Parses expressions and ads. */
export * as Parser from "./Parser.ts"

/** Prints expressions and ads. */
export * as Printer from "./Printer.ts"

/** The values of literals. */
export * as Scalar from "./Scalar.ts"

/** Ads as typed records. */
export * as Struct from "./Struct.ts"

/** Errors in a text, with their place. */
export * as SyntaxError from "./SyntaxError.ts"

/** The values of expressions. */
export * as Value from "./Value.ts"

/** Versions of HTCondor, and their changes of the language. */
export * as Version from "./Version.ts"
