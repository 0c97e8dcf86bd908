/**
 * The only machine of the pool behind a fake schedd, and the jobs that it can run.
 *
 * @since 0.1.0
 */
import type * as ClassAd from "../../classad/ClassAd.ts"
import * as ClassAds from "../../classad/ClassAd.ts"
import { toText } from "../../classad/Conversion.ts"
import * as Evaluator from "../../classad/Evaluator.ts"
import * as Expr from "../../classad/Expr.ts"
import * as Values from "../../classad/Value.ts"

/** The ad of the machine. It has more cores, memory (MiB) and disk (KiB) than any real one, but not unlimited. */
export const machineAd: ClassAd.ClassAd = ClassAds.make([
  ["MyType", Expr.string("Machine")],
  ["Machine", Expr.string("worker")],
  ["Name", Expr.string("slot1_1@worker")],
  ["Arch", Expr.string("X86_64")],
  ["OpSys", Expr.string("LINUX")],
  ["OpSysAndVer", Expr.string("Debian13")],
  ["Cpus", Expr.integer(256)],
  ["Memory", Expr.integer(4 * 1024 * 1024)],
  ["Disk", Expr.integer(64n * 1024n * 1024n * 1024n)],
  ["GPUs", Expr.integer(16)],
  ["HasFileTransfer", Expr.boolean(true)],
  ["HasTransferInputRemaps", Expr.boolean(true)],
  ["HasFileTransferPluginMethods", Expr.string("box,data,dav,davs,file,ftp,gdrive,http,https,onedrive,osdf,s3,gs")],
  ["TransferFTP", Expr.boolean(true)],
  ["CondorVersion", Expr.string("$CondorVersion: 25.14.1 2026-10-16 $")],
  ["FileSystemDomain", Expr.string("worker")],
  ["UidDomain", Expr.string("users.htcondor.org")]
])

/** The ad of a machine with a container runtime. */
export const containerMachineAd: ClassAd.ClassAd = [
  "HasContainer",
  "HasSingularity",
  "HasDockerURL",
  "HasSIF",
  "HasSandboxImage"
].reduce((ad, name) => ClassAds.set(ad, name, Expr.boolean(true)), machineAd)

/** An attribute of the machine as text, for `$$(name)`. */
export const machineValue = (name: string): string | undefined => {
  const expr = ClassAds.get(machineAd, name)
  return expr?._tag === "Literal" ? toText(expr.value) : undefined
}

const requests = [["RequestCpus", "Cpus"], ["RequestMemory", "Memory"], ["RequestGPUs", "GPUs"]] as const

/** Whether a machine has the resources that a job requests, and satisfies its requirements. */
export const runsOn = (
  job: ClassAd.ClassAd,
  machine: ClassAd.ClassAd,
  now: number,
  random: () => number
): boolean => {
  const evaluate = (expr: Expr.Expr) => Evaluator.evaluateWith(expr, { now, random }, { my: job, target: machine })
  const requirements = ClassAds.get(job, "Requirements")
  if (requirements !== undefined && Values.truth(evaluate(requirements)) !== true) return false
  return requests.every(([request, resource]) =>
    ClassAds.get(job, request) === undefined ||
    Values.truth(
        evaluate(
          Expr.binary(
            "<=",
            Expr.attribute(request, Expr.attribute("MY")),
            Expr.attribute(resource, Expr.attribute("TARGET"))
          )
        )
      ) !== false
  )
}
