/**
 * The JSON form of ads, as `condor_q -json` prints it. Expressions are strings such as `"\/Expr(1 + 2)\/"`.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Expr from "./Expr.ts"
import { type Read, whole } from "./JsonReader.ts"
import { printReal } from "./Literals.ts"
import { at } from "./Mistake.ts"
import type * as Parser from "./Parser.ts"
import * as Printer from "./Printer.ts"
import type { Scalar } from "./Scalar.ts"
import { blanks, byLength } from "./TreePrinter.ts"

/**
 * Parses one ad: a JSON object. Fails with the place of the error. Integers must fit into 64 bits.
 *
 * **Example** (Parsing and printing an ad)
 *
 * ```ts
 * import { Result } from "effect"
 * import { ClassAd, Expr, Json } from "effect-htcondor-ce/classad"
 * import * as assert from "node:assert"
 *
 * const ad = Result.getOrThrow(Json.parse(`{ "ClusterId": 7, "Slots": "\\/Expr(Cpus * 2)\\/" }`))
 *
 * assert.deepStrictEqual(ClassAd.get(ad, "clusterid"), Expr.integer(7))
 * assert.strictEqual(Json.print(ad), `{\n  "ClusterId": 7,\n  "Slots": "\\/Expr(Cpus * 2)\\/"\n}`)
 * ```
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (text: string, options: Parser.Options = {}): Read<Expr.Ad> =>
  Result.flatMap(
    whole(text, options),
    (value) => value._tag === "Ad" ? Result.succeed(value) : Result.fail(at(text, 0, "expected an object"))
  )

/**
 * Parses an array of ads. An empty text has no ads: HTCondor's tools print nothing if there are none.
 *
 * **Example** (The output of `condor_q -json`)
 *
 * ```ts
 * import { Result } from "effect"
 * import { Json } from "effect-htcondor-ce/classad"
 * import * as assert from "node:assert"
 *
 * assert.strictEqual(Result.getOrThrow(Json.parseAll(`[ { "ProcId": 0 }, { "ProcId": 1 } ]`)).length, 2)
 * assert.deepStrictEqual(Result.getOrThrow(Json.parseAll("\n")), [])
 *
 * const cut = Json.parseAll(`[ { "ProcId": 0 }, `)
 * assert.ok(Result.isFailure(cut))
 * assert.strictEqual(cut.failure.column, 20)
 * ```
 *
 * @category parsing
 * @since 0.1.0
 */
export const parseAll = (text: string, options: Parser.Options = {}): Read<Array<Expr.Ad>> => {
  if (/^\s*$/.test(text)) return Result.succeed([])
  return Result.flatMap(whole(text, options), (value) => {
    const items = value._tag === "List" ? value.items : []
    const ads = items.filter(Expr.isAd)
    return value._tag === "List" && ads.length === items.length
      ? Result.succeed(ads)
      : Result.fail(at(text, 0, "expected an array of objects"))
  })
}

const named: Readonly<Record<string, string>> = {
  "\"": "\\\"",
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t"
}

const escaped = (text: string): string =>
  text.replace(
    /["\\\u0000-\u001f]/g,
    (character) => named[character] ?? `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`
  )

const expression = (text: string): string => `"\\/Expr(${escaped(text)})\\/"`

const scalar = (value: Scalar, exact: boolean): string => {
  switch (value._tag) {
    case "Undefined":
      return "null"
    case "Boolean":
      return String(value.value)
    case "Integer":
      return String(value.value)
    case "String":
      return `"${escaped(value.value)}"`
    case "Real":
      return Number.isFinite(value.value)
        ? printReal(value.value, true, exact)
        : expression(printReal(value.value, true, exact))
    case "RelativeTime":
      // HTCondor writes the number of seconds, which it does not read back as a duration.
      return exact
        ? scalar({ _tag: "Real", value: value.seconds }, exact)
        : expression(Printer.print(Expr.literal(value)))
    default:
      return expression(Printer.print(Expr.literal(value), { exact }))
  }
}

/**
 * Prints one ad, with a line for each attribute, as the tools do. With `exact` the text is HTCondor's, see
 * {@link Printer.Options}.
 *
 * @category printing
 * @since 0.1.0
 */
export const print = (ad: Expr.Ad, options: Pick<Printer.Options, "exact"> = {}): string => {
  const exact = options.exact === true
  let text = ""
  const stack: Array<string | { readonly expr: Expr.Expr; readonly indent: number }> = [{ expr: ad, indent: 0 }]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (typeof next === "string") {
      text += next
      continue
    }
    const { expr, indent } = next
    const inner = indent + 2
    if (expr._tag === "Ad") {
      stack.push(`\n${blanks(indent)}}`)
      const members = Array.from(expr.members.values())
      // The outermost ad has the order of the tool that printed it.
      if (exact && expr !== ad) members.sort(byLength)
      for (let index = members.length - 1; index >= 0; index--) {
        const member = members[index]
        if (member === undefined) continue
        stack.push({ expr: member.expr, indent: inner })
        stack.push(`${index === 0 ? "" : ","}\n${blanks(inner)}"${escaped(member.name)}": `)
      }
      text += "{"
    } else if (expr._tag === "List") {
      stack.push(`\n${blanks(indent)}]`)
      for (let index = expr.items.length - 1; index >= 0; index--) {
        const item = expr.items[index]
        if (item !== undefined) stack.push({ expr: item, indent: inner }, `${index === 0 ? "" : ","}\n${blanks(inner)}`)
      }
      text += "["
    } else text += expr._tag === "Literal" ? scalar(expr.value, exact) : expression(Printer.print(expr, { exact }))
  }
  return text
}
