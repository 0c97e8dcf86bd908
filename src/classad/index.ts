/**
 * HTCondor's ClassAd language.
 *
 * @since 0.1.0
 */

/** Ads, and Schemas of their forms. */
export * as ClassAd from "./ClassAd.ts"

/** Evaluates expressions as HTCondor does. */
export * as Evaluator from "./Evaluator.ts"

/** The tree of an expression. */
export * as Expr from "./Expr.ts"

/** The JSON form of ads. */
export * as Json from "./Json.ts"

/** The long form of ads. */
export * as Long from "./Long.ts"

/** Reads expressions and ads. */
export * as Parser from "./Parser.ts"

/** Writes expressions and ads. */
export * as Printer from "./Printer.ts"

/** Values that a literal can hold. */
export * as Scalar from "./Scalar.ts"

/** Ads as typed records. */
export * as Struct from "./Struct.ts"

/** What is wrong with a text, and where. */
export * as SyntaxError from "./SyntaxError.ts"

/** What expressions evaluate to. */
export * as Value from "./Value.ts"

/** Versions of HTCondor, and what they changed. */
export * as Version from "./Version.ts"
