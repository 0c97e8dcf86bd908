/** Identities without permission, and addresses without a CE. */
import type { Identity, Step } from "../Situation.ts"
import { bare, description, files, idle, look, run, situation } from "../Steps.ts"

const every = (pool: string, schedd: string, as: Identity = "pilot"): ReadonlyArray<Step> => {
  const at = ["-pool", pool, "-name", schedd]
  const projection = ["-json", "-attributes", "ClusterId,ProcId"]
  return [
    bare("condor_submit", ["-terse", "-pool", pool, "-remote", schedd, "b.sub"], { as, cluster: "b" }),
    bare("condor_q", [...at, "-constraint", "ClusterId == {a}", ...projection], { as }),
    bare("condor_q", [...at, "-allusers", "{a}", ...projection], { as }),
    bare("condor_history", [...at, "-constraint", "ClusterId == {a}", "-limit", "1", ...projection], { as }),
    bare("condor_qedit", [...at, "-constraint", "ClusterId == {a}", "Stamp", "1"], { as }),
    bare("condor_qedit", [...at, "{a}.0", "Stamp", "1"], { as }),
    bare("condor_transfer_data", [...at, "-constraint", "ClusterId == {a} && JobStatus == 4"], { as }),
    bare("condor_transfer_data", [...at, "99999999.0"], { as }),
    bare("condor_rm", [...at, "-long", "-reason", "cancelled", "-constraint", "ClusterId == {a}"], { as }),
    bare("condor_rm", [...at, "{a}.0"], { as }),
    bare("condor_status", ["-pool", pool, "-schedd", "-af", "Name"], { as })
  ]
}

const prepared: ReadonlyArray<Step> = [
  ...idle("a"),
  files({ "b.sub": description({ requirements: "False" }) }),
  files({ "job.sh": "#!/bin/sh\n" }, 0o755)
]

const identities: ReadonlyArray<readonly [Identity, string]> = [
  ["nobody", "without a token"],
  ["expired", "with a token that has expired"],
  ["forged", "with a token that was signed with another key"],
  ["reader", "with a token for reading only"],
  ["other", "as another user"]
]

export const refusals = [
  ...identities.map(([as, name]) =>
    situation(
      `every tool: ${name}`,
      prepared,
      every("{pool}", "{schedd}", as),
      look("a"),
      run("condor_q", "{a}", "-af:r", "Stamp")
    )
  ),
  situation("every tool: a port where nothing listens", prepared, every("{closed}", "{schedd}")),
  situation("every tool: a host that is unknown", prepared, every("no.such.host.invalid:9619", "{schedd}")),
  situation("every tool: a schedd that is not there", prepared, every("{pool}", "nobody@local"))
]
