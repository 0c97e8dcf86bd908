/**
 * The resources that a job requests: the `request_*` commands, and the requirements that follow from them.
 *
 * @since 0.1.0
 */
import * as Evaluator from "../../classad/Evaluator.ts"
import type * as Expr from "../../classad/Expr.ts"
import { partsOf } from "../../classad/Parts.ts"
import * as Container from "./Container.ts"
import type { Draft } from "./Draft.ts"
import { expression, sizeOf } from "./Values.ts"

const mebibyte = 1024 * 1024

const size = (draft: Draft, command: string, attribute: string, unit: number, otherwise: string): void => {
  const text = draft.macros.get(command, attribute) ?? (draft.get(attribute) === undefined ? otherwise : undefined)
  if (text === undefined || text.toLowerCase() === "undefined") return
  const amount = sizeOf(text, unit)
  if (amount === undefined) draft.setExpression(attribute, text)
  else draft.set(attribute, amount)
}

const count = (draft: Draft, command: string, attribute: string, otherwise: string | undefined): void => {
  const text = draft.macros.get(command, attribute) ?? (draft.get(attribute) === undefined ? otherwise : undefined)
  if (text !== undefined && text.toLowerCase() !== "undefined") draft.setExpression(attribute, text)
}

const known: ReadonlySet<string> = new Set(["request_cpus", "request_gpus", "request_disk", "request_memory"])

export const requests = (draft: Draft): void => {
  const isNew = draft.setting.version === "latest"
  for (const [name] of draft.macros.named((name) => /^request_[^_].+$/i.test(name) && !known.has(name.toLowerCase()))) {
    const text = draft.macros.get(name)
    if (text !== undefined) draft.setExpression(`Request${name.slice("request_".length)}`, text)
  }
  count(draft, "request_cpus", "RequestCpus", "1")
  count(draft, "request_gpus", "RequestGPUs", undefined)
  size(
    draft,
    "request_disk",
    "RequestDisk",
    1024,
    isNew ? "MAX({ 1024,(TransferInputSizeMB + 1) * 1.25 }) * 1024" : "DiskUsage"
  )
  size(
    draft,
    "request_memory",
    "RequestMemory",
    mebibyte,
    isNew ? "128" : "ifthenelse(MemoryUsage =!= undefined,MemoryUsage,(ImageSize + 1023) / 1024)"
  )
}

/** Returns the names of machine attributes in an expression. */
const machineNames = (expr: Expr.Expr): ReadonlyArray<string> => {
  const names: Array<string> = []
  const stack: Array<Expr.Expr> = [expr]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const scope = node._tag === "Attribute" && node.scope?._tag === "Attribute" ? node.scope.name.toLowerCase() : ""
    if (node._tag === "Attribute" && (node.scope === undefined || scope === "target")) {
      names.push(node.name.toLowerCase())
    } else if (scope !== "my" && node._tag !== "List" && node._tag !== "Ad") stack.push(...partsOf(node))
  }
  return names
}

const literalNumber = (expr: Expr.Expr | undefined): number | undefined => {
  if (expr?._tag !== "Literal") return undefined
  const { value } = expr
  if (value._tag === "Integer") return Number(value.value)
  return value._tag === "Real" ? value.value : undefined
}

const systemNames = ["opsys", "opsysandver", "opsyslongname", "opsysshortname", "opsysname", "opsyslegacy"]

/** Other resources than those that every machine has: `Request<tag>`, in the order of their names. */
const customClauses = (draft: Draft, machine: ReadonlySet<string>): ReadonlyArray<string> =>
  Array.from(draft.ad.members.values())
    .flatMap(({ expr, name }) => {
      const tag = /^Request(?!Cpus$|Disk$|Memory$|_)(.{2,})$/i.exec(name)?.[1]
      if (tag === undefined || machine.has(tag.toLowerCase())) return []
      const value = Evaluator.evaluateWith(expr, { now: 0, random: () => 0 }, { my: draft.ad })
      const asked = value._tag === "Undefined" ||
        (value._tag === "Integer" && value.value > 0n) || (value._tag === "Real" && value.value > 0)
      return asked ? [[name, ` && (TARGET.${tag} >= ${name})`] as const] : []
    })
    .toSorted(([a], [b]) => a.toLowerCase() < b.toLowerCase() ? -1 : 1)
    .map(([, clause]) => clause)

const diskClause = (draft: Draft, checked: boolean): string => {
  const isNew = draft.setting.version === "latest"
  const request = draft.get("RequestDisk")
  if (checked) return request === undefined ? "" : " && (TARGET.Disk >= RequestDisk)"
  if (request === undefined) return " && (TARGET.Disk >= DiskUsage)"
  if ((literalNumber(request) ?? 1) <= 0) return ""
  return isNew && !draft.isGrid
    ? " && (versionGE(split(TARGET.CondorVersion)[1], \"25.12.0\") || (TARGET.Disk >= RequestDisk))"
    : " && (TARGET.Disk >= RequestDisk)"
}

const obsolete = (your: string, name: string, command: string): string =>
  `${your} Requirements expression refers to TARGET.${name}. This is obsolete. Set ${command} and condor_submit will ` +
  "modify the Requirements expression as needed."

/** Sets the requirements: those of the description, and the clauses that `condor_submit` adds. */
export const requirements = (draft: Draft): void => {
  const own = draft.macros.get("requirements")
  if (draft.macros.has("MY.Requirements")) return
  let text = own === undefined ? "" : `(${own})`
  const machine = new Set<string>()
  if (own !== undefined) {
    const expr = expression(own)
    if (expr !== undefined) { for (const name of machineNames(expr)) machine.add(name) }
    else if (draft.setting.version === "latest") {
      draft.warn(`Could not get attribute references from Requirements: ${text}`)
    }
  }
  machine.delete("requestmemory")
  const above = (attribute: string, least: number): boolean => {
    const expr = draft.get(attribute)
    const number = literalNumber(expr)
    return expr !== undefined && (number === undefined || number > least)
  }
  if (!machine.has("arch")) text += `${text === "" ? "" : " && "}(TARGET.Arch == "X86_64")`
  if (Container.isContainer(draft)) text += Container.clause(draft)
  else if (!systemNames.some((name) => machine.has(name))) text += " && (TARGET.OpSys == \"LINUX\")"
  text += diskClause(draft, machine.has("disk"))
  if (machine.has("disk")) draft.warn(obsolete("Your", "Disk", "request_disk"))
  if (machine.has("memory")) draft.warn(obsolete("your", "Memory", "request_memory"))
  if (above("RequestMemory", 1)) text += " && (TARGET.Memory >= RequestMemory)"
  if (above("RequestCpus", 1) && !machine.has("cpus") && !draft.isGrid) text += " && (TARGET.Cpus >= RequestCpus)"
  text += customClauses(draft, machine).join("")
  const transfer = draft.text("ShouldTransferFiles")
  if (draft.isGrid) return draft.setExpression("Requirements", text)
  if (transfer === "NO") {
    if (!machine.has("filesystemdomain")) text += " && (TARGET.FileSystemDomain == MY.FileSystemDomain)"
  } else if (!machine.has("hasfiletransfer")) {
    const able = `(TARGET.HasFileTransfer${Container.methods(draft)})`
    text += transfer === "IF_NEEDED" && !machine.has("filesystemdomain")
      ? ` && ((TARGET.FileSystemDomain == MY.FileSystemDomain) || ${able})`
      : ` && ${able}`
  }
  draft.setExpression("Requirements", text)
}
