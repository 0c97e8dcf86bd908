/**
 * A job of a fake schedd.
 *
 * @since 0.1.0
 */
import type * as ClassAd from "../../classad/ClassAd.ts"
import * as Expr from "../../classad/Expr.ts"
import type { SpoolFile } from "./Payload.ts"

export type { Version } from "../../condor/submit/Version.ts"

/**
 * A job in the queue.
 *
 * - `user`: the owner with the domain, for example `pilot@users.htcondor.org`
 * - `ad`: replaced, never changed in place
 * - `inputs`: the spooled files by name. The name of the executable is the one in `Cmd`.
 * - `outputs`: the output files by the name that the schedd sends, with those of `Out`, `Err` and `UserLog`
 */
export interface Job {
  readonly cluster: number
  readonly proc: number
  readonly user: string
  ad: ClassAd.ClassAd
  inputs: ReadonlyMap<string, SpoolFile>
  outputs: ReadonlyMap<string, SpoolFile>
}

/** `cluster.proc`. */
export const idOf = ({ cluster, proc }: { readonly cluster: number; readonly proc: number }): string =>
  `${cluster}.${proc}`

/** Sets attributes. `undefined` deletes one. */
export const assign = (
  job: Job,
  attributes: Readonly<Record<string, Expr.Expr | string | number | boolean | undefined>>
): void => {
  const members = new Map(job.ad.members)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) members.delete(name.toLowerCase())
    else Expr.insert(members, name, toExpr(value))
  }
  job.ad = { _tag: "Ad", members }
}

/** A value as an expression. A number becomes an integer. */
export const toExpr = (value: Expr.Expr | string | number | boolean): Expr.Expr => {
  if (typeof value === "string") return Expr.string(value)
  if (typeof value === "number") return Expr.integer(BigInt(Math.trunc(value)))
  return typeof value === "boolean" ? Expr.boolean(value) : value
}
