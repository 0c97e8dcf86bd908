/**
 * Where `condor_transfer_data` writes the output of a job: it uses the attributes `SUBMIT_*` that the schedd sends.
 *
 * @since 0.1.0
 */
import type * as ClassAd from "../../classad/ClassAd.ts"
import * as Evaluator from "../../classad/Evaluator.ts"
import * as Expr from "../../classad/Expr.ts"
import * as Remaps from "./Remaps.ts"

/**
 * The places for the files of a job.
 *
 * - `directory`: for files without a remap
 * - `remaps`: the remaps of the job
 */
export interface OutputTargets {
  readonly directory: string
  readonly remaps: Remaps.Remaps
}

/** The ad with every `SUBMIT_X` as its `X`. */
const overlaid = (ad: ClassAd.ClassAd): ClassAd.ClassAd => {
  const members = new Map(ad.members)
  for (const { expr, name } of ad.members.values()) {
    if (/^SUBMIT_/i.test(name)) Expr.insert(members, name.slice("SUBMIT_".length), expr)
  }
  return { _tag: "Ad", members }
}

/** The places for the files of a job; undefined if it has no directory. `now` is in seconds. */
export const of = (job: ClassAd.ClassAd, now: number): OutputTargets | undefined => {
  const ad = overlaid(job)
  const text = (name: string): string | undefined => {
    const value = Evaluator.evaluateWith(Expr.attribute(name), { now, random: () => 0 }, { my: ad })
    return value._tag === "String" ? value.value : undefined
  }
  const directory = text("Iwd")
  if (directory === undefined) return undefined
  const log = text("UserLog") ?? ""
  const logRule = log.includes("/")
    ? [[log.slice(log.lastIndexOf("/") + 1), log.startsWith("/") ? log : `${directory}/${log}`] as const]
    : []
  return { directory, remaps: [...Remaps.parse(text("TransferOutputRemaps") ?? ""), ...logRule] }
}

/** The path of one file, and the parent directory that the tool creates, if any. */
export interface Target {
  readonly path: string
  readonly makes: string | undefined
}

const directoryOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")))

/** The place for a file that the schedd sends under this name. A 25.x tool creates directories for absolute remaps, too. */
export const target = ({ directory, remaps }: OutputTargets, name: string, isNew: boolean): Target => {
  const rule = Remaps.find(remaps, name)
  if (rule === undefined) return { path: `${directory}/${name}`, makes: undefined }
  if (rule.startsWith("/")) return { path: rule, makes: isNew ? directoryOf(rule) : undefined }
  const path = `${directory}/${rule}`
  return { path, makes: rule.includes("/") ? directoryOf(path) : undefined }
}
