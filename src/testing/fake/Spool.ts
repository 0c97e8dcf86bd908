/**
 * How a schedd rewrites the ad of a job whose input is spooled: attributes get names in the spool directory, and `SUBMIT_*`
 * keeps the paths of the client.
 *
 * @since 0.1.0
 */
import * as ClassAd from "../../classad/ClassAd.ts"
import * as Expr from "../../classad/Expr.ts"
import { baseName, isUrl } from "../../condor/submit/Values.ts"
import { text } from "./Attributes.ts"

/** The spool directory of a job, as messages print it. */
export const directoryOf = ({ cluster, proc }: { readonly cluster: number; readonly proc: number }): string =>
  `/var/lib/condor-ce/spool/${cluster % 10_000}/${proc % 10_000}/cluster${cluster}.proc${proc}.subproc0`

/**
 * The paths that a schedd refuses to write because they contain `..`: the part of the name up to the last `..`, and the name.
 * Empty if the name is allowed.
 */
export const escapes = (name: string): ReadonlyArray<string> => {
  const parts = name.split("/")
  const last = parts.lastIndexOf("..")
  return last < 0 ? [] : Array.from(new Set([parts.slice(0, last + 1).join("/"), name]))
}

const isTrue = (expr: Expr.Expr | undefined, value: boolean): boolean =>
  expr?._tag === "Literal" && expr.value._tag === "Boolean" && expr.value.value === value

/** Attributes that become the base name of their path, and the attributes that prevent the transfer if they are false. */
const paths: ReadonlyArray<readonly [attribute: string, transferred: string | undefined]> = [
  ["Cmd", "TransferExecutable"],
  ["In", "TransferIn"],
  ["TransferInput", undefined],
  ["UserLog", undefined],
  ["x509userproxy", undefined]
]

/** Divides remaps into those to URLs, which the job uses, and the others, which the client uses. One with a blank is lost. */
const remaps = (written: string): { readonly urls: string; readonly others: string } => {
  const commands = written.split(";").map((command) => command.trim())
    .map((command) => [command, command.split(/[ =]+/).filter((part) => part !== "")] as const)
    .filter(([, parts]) => parts.length === 2)
  const some = (wanted: boolean) =>
    commands.filter(([, parts]) => isUrl(parts[1] ?? "") === wanted).map(([command]) => command).join(";")
  return { urls: some(true), others: some(false) }
}

/** The ad that the schedd stores for an ad of `condor_submit`. */
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
