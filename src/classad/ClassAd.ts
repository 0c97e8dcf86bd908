/**
 * Ads: what to do with them, and Schemas of their forms.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as Bytes from "./Bytes.ts"
import * as Expr from "./Expr.ts"
import { flawOf } from "./Flaw.ts"
import * as Json from "./Json.ts"
import * as Long from "./Long.ts"
import * as Parser from "./Parser.ts"
import * as Printer from "./Printer.ts"
import type { ClassAdSyntaxError } from "./SyntaxError.ts"

/**
 * An ad: attributes with names in any case.
 *
 * @category models
 * @since 0.1.0
 */
export type ClassAd = Expr.Ad

/**
 * @category constructors
 * @since 0.1.0
 */
export const make: (entries: Iterable<readonly [name: string, expr: Expr.Expr]>) => ClassAd = Expr.ad

/**
 * The expression of an attribute.
 *
 * @category getters
 * @since 0.1.0
 */
export const get = (ad: ClassAd, name: string): Expr.Expr | undefined => ad.members.get(Bytes.fold(name))?.expr

/**
 * The ad with one attribute more, or another expression for it.
 *
 * @category combinators
 * @since 0.1.0
 */
export const set = (ad: ClassAd, name: string, expr: Expr.Expr): ClassAd => {
  const members = new Map(ad.members)
  Expr.insert(members, name, expr)
  return { _tag: "Ad", members }
}

/**
 * The ad without an attribute.
 *
 * @category combinators
 * @since 0.1.0
 */
export const remove = (ad: ClassAd, name: string): ClassAd => {
  const members = new Map(ad.members)
  members.delete(Bytes.fold(name))
  return { _tag: "Ad", members }
}

/**
 * Any expression, as it is in memory. Only its root is checked.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ExprFromSelf = Schema.declare(Expr.isExpr, { identifier: "Expr" })

/**
 * @category models
 * @since 0.1.0
 */
export type ExprFromSelf = typeof ExprFromSelf.Type

/**
 * Any ad, as it is in memory.
 *
 * @category schemas
 * @since 0.1.0
 */
export const AdFromSelf = Schema.declare(Expr.isAd, { identifier: "ClassAd" })

/**
 * @category models
 * @since 0.1.0
 */
export type AdFromSelf = typeof AdFromSelf.Type

/** A parser and a printer as a transformation of text. */
const textual = <A>(
  parse: (text: string) => Result.Result<A, ClassAdSyntaxError>,
  print: (value: A) => Result.Result<string, string>
): SchemaTransformation.Transformation<A, string> =>
  SchemaTransformation.transformEffect({
    decode: (text, options) =>
      Effect.fromResult(
        Result.mapError(parse(text), ({ message }) => new SchemaIssue.InvalidValue({ message }, text, options))
      ),
    encode: (value, options) =>
      Effect.fromResult(
        Result.mapError(print(value), (message) => new SchemaIssue.InvalidValue({ message }, value, options))
      )
  })

/** What is printed, unless HTCondor could not have it. */
const printed = <A extends Expr.Expr>(print: (value: A) => string) => (value: A): Result.Result<string, string> => {
  const flaw = flawOf(value)
  return flaw === undefined ? Result.succeed(print(value)) : Result.fail(flaw)
}

/**
 * An expression from its text in the new syntax, read with options.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ExprFromTextWith = (options: Parser.Options) =>
  Schema.String.pipe(
    Schema.decodeTo(
      ExprFromSelf,
      textual((text) => Parser.parse(text, options), printed((value) => Printer.print(value)))
    )
  )

/**
 * An expression from its text in the new syntax.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ExprFromText = ExprFromTextWith({})

/**
 * An ad from `[ a = 1; b = "x" ]`, read with options.
 *
 * @category schemas
 * @since 0.1.0
 */
export const fromNewWith = (options: Parser.Options) =>
  Schema.String.pipe(
    Schema.decodeTo(
      AdFromSelf,
      textual((text) => Parser.parseAd(text, options), printed((value) => Printer.print(value)))
    )
  )

/**
 * An ad from `[ a = 1; b = "x" ]`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const fromNew = fromNewWith({})

/**
 * An ad from lines of `name = expression`, read with options.
 *
 * @category schemas
 * @since 0.1.0
 */
export const fromLongWith = (options: Parser.Options) =>
  Schema.String.pipe(
    Schema.decodeTo(
      AdFromSelf,
      textual((text) => Long.parse(text, options), (ad) => Result.mapError(Long.print(ad), ({ reason }) => reason))
    )
  )

/**
 * An ad from lines of `name = expression`, as `condor_q -long` prints them.
 *
 * @category schemas
 * @since 0.1.0
 */
export const fromLong = fromLongWith({})

/**
 * An ad from the text of one JSON object, read with options.
 *
 * @category schemas
 * @since 0.1.0
 */
export const fromJsonWith = (options: Parser.Options) =>
  Schema.String.pipe(
    Schema.decodeTo(AdFromSelf, textual((text) => Json.parse(text, options), printed((ad: ClassAd) => Json.print(ad))))
  )

/**
 * An ad from the text of one object as `condor_q -json` prints them.
 *
 * @category schemas
 * @since 0.1.0
 */
export const fromJson = fromJsonWith({})
