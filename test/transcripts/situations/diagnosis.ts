/** Calls that only a diagnosis makes. */
import { toolNames } from "../../../src/condor/tools/CondorTool.ts"
import type { Identity, Step } from "../Situation.ts"
import { bare, run, situation } from "../Steps.ts"

const every = (pool: string, schedd: string, as: Identity = "pilot"): ReadonlyArray<Step> => [
  bare("condor_ping", ["-pool", pool, "-type", "collector", "-verbose", "READ"], { as }),
  bare("condor_ping", ["-pool", pool, "-type", "collector", "READ"], { as }),
  bare("condor_ping", ["-pool", pool, "-name", schedd, "-type", "schedd", "-verbose", "READ", "WRITE"], { as }),
  bare("condor_ping", ["-pool", pool, "-name", schedd, "-type", "schedd", "READ", "WRITE"], { as }),
  bare("condor_config_val", ["-pool", pool, "-name", schedd, "-schedd", "MAX_JOBS_PER_OWNER"], { as })
]

const identities: ReadonlyArray<readonly [Identity, string]> = [
  ["pilot", "with a good token"],
  ["expired", "with a token that has expired"],
  ["forged", "with a token that was signed with another key"],
  ["reader", "with a token for reading only"]
]

// `condor_release` is the same program as `condor_rm`.
const recorded = toolNames.filter((tool) => tool !== "condor_release")

export const diagnoses = [
  ...identities.map(([as, name]) => situation(`a diagnosis: ${name}`, every("{pool}", "{schedd}", as))),
  situation("a diagnosis: a port where nothing listens", every("{closed}", "{schedd}")),
  situation("a diagnosis: a host that is unknown", every("no.such.host.invalid:9619", "{schedd}")),
  situation("a diagnosis: a schedd that is not there", every("{pool}", "nobody@local")),
  situation(
    "a diagnosis: settings",
    run(
      "condor_config_val",
      "-schedd",
      "MAX_JOBS_PER_OWNER",
      "NO_SUCH_SETTING",
      "MAX_JOBS_PER_SUBMISSION",
      "MAX_JOBS_SUBMITTED"
    ),
    run("condor_config_val", "-schedd", "NO_SUCH_SETTING"),
    bare("condor_status", [
      "-pool",
      "{pool}",
      "-schedd",
      "-json",
      "-attributes",
      "Name,HTCondorCEVersion,MaxJobsRunning"
    ])
  ),
  situation("a diagnosis: versions of the tools", recorded.map((tool) => bare(tool, ["-version"])))
]
