/**
 * Prints ads as the tools do.
 *
 * @since 0.1.0
 */
import type * as ClassAd from "../../classad/ClassAd.ts"
import * as Expr from "../../classad/Expr.ts"
import * as Json from "../../classad/Json.ts"
import * as Printer from "../../classad/Printer.ts"
import { integer } from "./Attributes.ts"

/** An attribute under the requested name. */
type Named = readonly [name: string, expr: Expr.Expr]

const compare = (left: string, right: string): number => left < right ? -1 : left > right ? 1 : 0

/** Orders of attributes: by name without case, by character codes, and HTCondor's order in memory. */
const orders = {
  name: ([left]: Named, [right]: Named): number => compare(left.toLowerCase(), right.toLowerCase()),
  letter: ([left]: Named, [right]: Named): number => compare(left, right),
  length: (left: Named, right: Named): number => left[0].length - right[0].length || orders.name(left, right)
}

/** The order in which the attributes of an ad are printed. */
export type Order = keyof typeof orders

/** The requested attributes, under the requested names, or all attributes. */
const select = (ad: ClassAd.ClassAd, names: ReadonlyArray<string>, order: Order): ReadonlyArray<Named> => {
  const attributes: ReadonlyArray<Named> = names.length === 0
    ? Array.from(ad.members.values(), ({ expr, name }) => [name, expr] as const)
    : names.flatMap((name) => {
      const member = ad.members.get(name.toLowerCase())
      return member === undefined ? [] : [[name, member.expr] as const]
    })
  return attributes.toSorted(orders[order])
}

const object = (attributes: ReadonlyArray<Named>): string => Json.print(Expr.ad(attributes), { exact: true })

/** The ads to print, with the requested attributes (an empty list means all) and their order. */
export interface Selection {
  readonly ads: ReadonlyArray<ClassAd.ClassAd>
  readonly names: ReadonlyArray<string>
  readonly order?: Order | undefined
}

const selected = ({ ads, names, order = "name" }: Selection): ReadonlyArray<ReadonlyArray<Named>> =>
  ads.map((ad) => select(ad, names, order))

/** `-json`, without the brackets around all ads. */
export const json = (selection: Selection): string => selected(selection).map((ad) => `${object(ad)}\n`).join(",\n")

/** `-jsonl`: an ad on each line. */
export const jsonLines = (selection: Selection): string =>
  selected(selection).map((ad) => {
    const inner = ad.map((one) => object([one]).slice(1, -1).trim().replaceAll(/\n\s*/g, ""))
    return `{${inner.join(",")}}\n`
  }).join("")

/** `-long`: a line for each attribute, and an empty line after each ad. */
export const long = (selection: Selection): string =>
  selected(selection).map((ad) => `${ad.map(([name, expr]) => `${name} = ${raw(expr)}\n`).join("")}\n`).join("")

/** An expression in the syntax of job ads. */
export const raw = (expr: Expr.Expr): string => Printer.print(expr, { strings: "old", exact: true })

/** The number of a job; empty if the ad has none. */
export const jobId = (ad: ClassAd.ClassAd): string => {
  const [cluster, proc] = [integer(ad, "ClusterId"), integer(ad, "ProcId")]
  return cluster === undefined || proc === undefined ? "" : `${cluster}.${proc}`
}
