/**
 * Ads: getters and setters, and Schemas of their text forms.
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
 * An ad: expressions by attribute name. The case of names does not count.
 *
 * @category models
 * @since 0.1.0
 */
export type ClassAd = Expr.Ad

/**
 * An ad from attribute names and expressions. If two names differ only in case, the ad has the first spelling and the last
 * expression.
 *
 * **Example** (Building an ad)
 *
 * ```ts
 * import { ClassAd, Expr, Printer } from "effect-htcondor-ce/classad"
 * import * as assert from "node:assert"
 *
 * const ad = ClassAd.make([
 *   ["Cpus", Expr.integer(4)],
 *   ["Slots", Expr.binary("*", Expr.attribute("Cpus"), Expr.integer(2))]
 * ])
 * const larger = ClassAd.set(ad, "cpus", Expr.integer(8))
 *
 * assert.strictEqual(Printer.print(larger), "[ Cpus = 8; Slots = Cpus * 2 ]")
 * assert.strictEqual(ClassAd.get(ClassAd.remove(larger, "Slots"), "Slots"), undefined)
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: (entries: Iterable<readonly [name: string, expr: Expr.Expr]>) => ClassAd = Expr.ad

/**
 * The expression of an attribute, without evaluation; `undefined` if the ad does not have the attribute.
 *
 * @category getters
 * @since 0.1.0
 */
export const get = (ad: ClassAd, name: string): Expr.Expr | undefined => ad.members.get(Bytes.fold(name))?.expr

/**
 * The ad with another expression for an attribute, or with a new attribute at the end.
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
 * A Schema of expression trees. It checks only the root.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ExprFromSelf = Schema.declare(Expr.isExpr, { identifier: "Expr" })

/**
 * The type of {@link ExprFromSelf}.
 *
 * @category models
 * @since 0.1.0
 */
export type ExprFromSelf = typeof ExprFromSelf.Type

/**
 * A Schema of ads in memory.
 *
 * @category schemas
 * @since 0.1.0
 */
export const AdFromSelf = Schema.declare(Expr.isAd, { identifier: "ClassAd" })

/**
 * The type of {@link AdFromSelf}.
 *
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

/** Prints a value, unless HTCondor cannot have it. */
const printed = <A extends Expr.Expr>(print: (value: A) => string) => (value: A): Result.Result<string, string> => {
  const flaw = flawOf(value)
  return flaw === undefined ? Result.succeed(print(value)) : Result.fail(flaw)
}

/**
 * {@link ExprFromText} with options of the parser.
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
 * A Schema of expressions as text in the new syntax.
 *
 * **Example** (A condition in a configuration)
 *
 * ```ts
 * import { Schema } from "effect"
 * import { ClassAd } from "effect-htcondor-ce/classad"
 * import * as assert from "node:assert"
 *
 * const Config = Schema.Struct({ requirements: ClassAd.ExprFromText })
 *
 * const config = Schema.decodeSync(Config)({ requirements: "TARGET.Cpus>=2" })
 * assert.strictEqual(Schema.encodeSync(Config)(config).requirements, "TARGET.Cpus >= 2")
 * assert.throws(() => Schema.decodeSync(Config)({ requirements: "Cpus >=" }), /line 1, column 8/)
 * ```
 *
 * @category schemas
 * @since 0.1.0
 */
export const ExprFromText = ExprFromTextWith({})

/**
 * {@link fromNew} with options of the parser.
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
 * A Schema of ads as text in the new syntax: `[ a = 1; b = "x" ]`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const fromNew = fromNewWith({})

/**
 * {@link fromLong} with options of the parser.
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
 * A Schema of ads as lines of `name = expression`, as `condor_q -long` prints them.
 *
 * @category schemas
 * @since 0.1.0
 */
export const fromLong = fromLongWith({})

/**
 * {@link fromJson} with options of the parser.
 *
 * @category schemas
 * @since 0.1.0
 */
export const fromJsonWith = (options: Parser.Options) =>
  Schema.String.pipe(
    Schema.decodeTo(AdFromSelf, textual((text) => Json.parse(text, options), printed((ad: ClassAd) => Json.print(ad))))
  )

/**
 * A Schema of ads as one JSON object, as `condor_q -json` prints it.
 *
 * **Example** (Converting an ad from JSON to the long form)
 *
 * ```ts
 * import { Schema } from "effect"
 * import { ClassAd } from "effect-htcondor-ce/classad"
 * import * as assert from "node:assert"
 *
 * const ad = Schema.decodeSync(ClassAd.fromJson)(`{ "Owner": "me", "Slots": "\\/Expr(Cpus * 2)\\/" }`)
 *
 * assert.strictEqual(Schema.encodeSync(ClassAd.fromLong)(ad), `Owner = "me"\nSlots = Cpus * 2\n`)
 * ```
 *
 * @category schemas
 * @since 0.1.0
 */
export const fromJson = fromJsonWith({})
