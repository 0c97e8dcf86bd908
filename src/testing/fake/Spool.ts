/**
 * What a schedd makes of the ad of a job whose input is spooled: paths of the client are kept in `SUBMIT_*`, and the job
 * has names in its spool directory.
 *
 * @since 0.1.0
 */
import * as ClassAd from "../../classad/ClassAd.ts"
import * as Expr from "../../classad/Expr.ts"
import { baseName, isUrl } from "../../condor/submit/Values.ts"
import { text } from "./Attributes.ts"

/** Where the spool is: as it is in messages. */
export const directoryOf = ({ cluster, proc }: { readonly cluster: number; readonly proc: number }): string =>
  `/var/lib/condor-ce/spool/${cluster % 10_000}/${proc % 10_000}/cluster${cluster}.proc${proc}.subproc0`

/**
 * What of a name a schedd does not write, because it could lead out of the spool: the name, and before it the directory
 * that it is in by way of `..`.
 */
export const escapes = (name: string): ReadonlyArray<string> => {
  const parts = name.split("/")
  const last = parts.lastIndexOf("..")
  return last < 0 ? [] : Array.from(new Set([parts.slice(0, last + 1).join("/"), name]))
}

const isTrue = (expr: Expr.Expr | undefined, value: boolean): boolean =>
  expr?._tag === "Literal" && expr.value._tag === "Boolean" && expr.value.value === value

/** A path that the job has by its last part, and the switch that leaves the file where it is. */
const paths: ReadonlyArray<readonly [attribute: string, transferred: string | undefined]> = [
  ["Cmd", "TransferExecutable"],
  ["In", "TransferIn"],
  ["TransferInput", undefined],
  ["UserLog", undefined],
  ["x509userproxy", undefined]
]

/** Remaps to URLs are the job's, the others are for when the client fetches; one with a blank in a name is lost. */
const remaps = (written: string): { readonly urls: string; readonly others: string } => {
  const commands = written.split(";").map((command) => command.trim())
    .map((command) => [command, command.split(/[ =]+/).filter((part) => part !== "")] as const)
    .filter(([, parts]) => parts.length === 2)
  const some = (wanted: boolean) =>
    commands.filter(([, parts]) => isUrl(parts[1] ?? "") === wanted).map(([command]) => command).join(";")
  return { urls: some(true), others: some(false) }
}

/** The ad of `condor_submit` as the schedd keeps it. */
export const rewritten = (submitted: ClassAd.ClassAd): ClassAd.ClassAd => {
  const members = new Map(submitted.members)
  const ad: ClassAd.ClassAd = { _tag: "Ad", members }
  const set = (name: string, value: Expr.Expr | string): void => {
    Expr.insert(members, name, typeof value === "string" ? Expr.string(value) : value)
  }
  set("SUBMIT_Iwd", ClassAd.get(ad, "Iwd") ?? Expr.undefinedLiteral)
  const written = text(ad, "TransferOutputRemaps")
  const { others, urls } = remaps(written ?? "")
  if (written !== undefined) set("SUBMIT_TransferOutputRemaps", others)
  set("TransferOutputRemaps", urls === "" ? Expr.undefinedLiteral : urls)
  const relative = isTrue(ClassAd.get(ad, "PreserveRelativePaths"), true)
  const inSpool = (path: string): string => isUrl(path) || (relative && !path.startsWith("/")) ? path : baseName(path)
  for (const [attribute, transferred] of paths) {
    const path = text(ad, attribute)
    const stays = transferred !== undefined && isTrue(ClassAd.get(ad, transferred), false)
    if (path === undefined || path === "/dev/null" || stays) continue
    const name = attribute === "TransferInput" ? path.split(",").map(inSpool).join(",") : baseName(path)
    if (name === path) continue
    set(`SUBMIT_${attribute}`, path)
    set(attribute, name)
  }
  return ad
}
