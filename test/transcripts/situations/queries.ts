/** Queries of the queue and of the history. */
import { Schema } from "effect"
import { Constraint, JobId } from "../../../src/condor/index.ts"
import {
  bare,
  completed,
  gone,
  idle,
  libraryIdle,
  pass,
  projection,
  run,
  runAs,
  satisfying,
  situation,
  submit,
  submitText,
  waiting
} from "../Steps.ts"

const range = (length: number) => Array.from({ length }, (_, index) => index)

const job = (cluster: number, proc: number) => Schema.decodeSync(JobId.JobId)({ cluster, proc })

const json = ["-json", "-attributes", "ClusterId,ProcId,JobStatus"]

const values = {
  "My.V_integer": "42",
  "My.V_negative": "-7",
  "My.V_large": "9223372036854775807",
  "My.V_real": "0.5",
  "My.V_huge": "1e300",
  "My.V_true": "True",
  "My.V_undefined": "undefined",
  "My.V_error": "error",
  "My.V_string": "\"text\"",
  "My.V_quotes": "\"say \\\"hi\\\" it's\"",
  "My.V_backslash": "\"a\\nb\"",
  "My.V_unicode": "\"Zürich 東京\"",
  "My.V_like": "\"/Expr(1)/\"",
  "My.V_sum": "1 + 2 * 3",
  "My.V_logic": "JobStatus == 5 && V_string =?= \"text\" || !V_true",
  "My.V_list": "{ 1, \"two\", undefined }",
  "My.V_ad": "[ a = 1; b = \"x\" ]",
  "My.V_call": "strcat(V_string, string(V_integer))",
  "My.V_missing": "V_nothing"
}

const valueNames = Object.keys(values).map((name) => name.slice(3))

const constraintOfTerms = (count: number) => range(count).map((proc) => `ProcId == ${proc}`).join(" || ")

// A constraint of the library: the jobs of one cluster, and jobs of 900 clusters that do not exist.
const manyJobs = Constraint.jobs([
  ...range(100).map((index) => job(1_999_999_999, 2 * index)),
  ...range(900).flatMap((index) => [job(2_000_000_000 + index, 1), job(2_000_000_000 + index, 3)])
]).replace("ClusterId == 1999999999", "ClusterId == {a}")

export const queries = [
  situation(
    "condor_q: own jobs by constraint, as the library asks",
    submitText("a", libraryIdle("a.sh", [{ A: "1" }, {}])),
    waiting("a", 2),
    run("condor_q", "-constraint", "EffectCEKey == \"{key}\"", "-json", "-attributes", projection),
    run(
      "condor_q",
      "-constraint",
      "((ClusterId == {a} && member(ProcId,{0,1,7})))",
      "-json",
      "-attributes",
      projection
    ),
    run("condor_q", "-constraint", "((ClusterId == {a} && ProcId == 1))", "-json", "-attributes", projection),
    run(
      "condor_q",
      "-constraint",
      "(EffectCEKey == \"{key}\") && (JobStatus =!= 3)",
      "-json",
      "-attributes",
      projection
    ),
    run(
      "condor_q",
      "-constraint",
      "(EffectCEKey == \"{key}\") && (JobStatus == 4)",
      "-json",
      "-attributes",
      projection
    ),
    run("condor_q", "-allusers", "{a}", "-json", "-attributes", projection)
  ),
  situation(
    "condor_q: by number",
    idle("a", "queue 3"),
    idle("b"),
    run("condor_q", "{a}.1", ...json),
    run("condor_q", "{a}", ...json),
    run("condor_q", ...json, "{a}.0"),
    run("condor_q", "{a}.2", "{a}.0", "{b}.0", ...json),
    run("condor_q", "{a}.1", "{a}", ...json),
    run("condor_q", "{a}.0", "99999999.0", ...json),
    run("condor_q", "99999999.0", ...json),
    run("condor_q", "99999999", ...json),
    run("condor_q", "{a}.7", ...json),
    run("condor_q", "nosuchuser", ...json),
    run("condor_q", "{a}.0", "-json", "-attributes", "clusterid,PROCID"),
    run("condor_q", "-allusers", "{a}", "{b}", ...json)
  ),
  situation(
    "condor_q: more numbers than a gateway bears",
    idle("a", "queue 3"),
    run("condor_q", ...range(300).map((proc) => `{a}.${proc}`), ...json),
    run("condor_q", ...range(450).map((proc) => `{a}.${proc}`), ...json),
    run("condor_q", "-constraint", `ClusterId == {a} && (${constraintOfTerms(300)})`, ...json),
    run("condor_q", "-constraint", `ClusterId == {a} && (${constraintOfTerms(450)})`, ...json),
    run("condor_q", "-constraint", `ClusterId == {a} && member(ProcId,{${range(5000).join(",")}})`, ...json),
    run("condor_q", "-constraint", manyJobs, ...json),
    run("condor_history", "-constraint", manyJobs, "-limit", "1", ...json)
  ),
  situation(
    "condor_q: jobs of another identity",
    idle("a", "queue 2", "other"),
    idle("b"),
    run("condor_q", "-constraint", "ClusterId == {a}", ...json),
    run("condor_q", "-allusers", "-constraint", "ClusterId == {a}", ...json),
    run("condor_q", "{a}.0", ...json),
    run("condor_q", "{a}", ...json),
    run("condor_q", "-allusers", "{a}.1", ...json),
    run("condor_q", "-constraint", "ClusterId == {a} || ClusterId == {b}", ...json),
    run(
      "condor_q",
      "-allusers",
      "-constraint",
      "ClusterId == {a} || ClusterId == {b}",
      "-json",
      "-attributes",
      "ClusterId,ProcId,User"
    ),
    runAs("other", "condor_q", "-constraint", "ClusterId == {a} || ClusterId == {b}", ...json)
  ),
  situation(
    "condor_q: constraints",
    idle("a", "queue 2"),
    run("condor_q", "-constraint", "ClusterId == ", ...json),
    run("condor_q", "-constraint", "ClusterId == {a} &&& true", ...json),
    run("condor_q", "-constraint", "", ...json),
    run("condor_q", "-constraint", "ClusterId == {a} && undefined", ...json),
    run("condor_q", "-constraint", "ClusterId == {a} && error", ...json),
    run("condor_q", "-constraint", "ClusterId == {a} && ProcId", ...json),
    run("condor_q", "-constraint", "ClusterId == {a} && \"text\"", ...json),
    run("condor_q", "-constraint", "ClusterId == {a} && Missing == 1", ...json),
    run("condor_q", "-constraint", "ClusterId == {a} && Missing =?= undefined", ...json),
    run("condor_q", "-constraint", "ClusterId == {a} && clusterid == {a} && regexp(\"^pilot@\", User)", ...json),
    run("condor_q", "-constraint", "ClusterId == {a}", "-constraint", "ProcId == 1", ...json)
  ),
  situation(
    "condor_q: values of attributes",
    submit("a", {}, { requirements: "False", ...values }),
    waiting("a"),
    run("condor_q", "{a}.0", "-json", "-attributes", valueNames.join(",")),
    run("condor_q", "{a}.0", "-long", "-attributes", valueNames.join(",")),
    run("condor_q", "{a}.0", "-af", ...valueNames),
    run("condor_q", "{a}.0", "-af:r", ...valueNames),
    run("condor_q", "{a}.0", "-af:l", "V_integer", "V_string", "V_absent"),
    run("condor_q", "{a}.0", "-json", "-attributes", "V_absent")
  ),
  situation(
    "condor_q: the forms of -af",
    idle("a", "queue 2"),
    run("condor_q", "{a}", "-af", "ProcId", "JobStatus", "User"),
    run("condor_q", "{a}", "-af:r", "ProcId", "User", "LeaveJobInQueue"),
    run("condor_q", "{a}", "-af:j", "JobStatus"),
    run("condor_q", "{a}", "-af:jr", "User", "JobStatus"),
    run("condor_q", "{a}", "-af:h", "ProcId", "JobStatus", "User"),
    run("condor_q", "{a}", "-af:,", "ProcId", "Missing", "User"),
    run("condor_q", "{a}", "-af:t", "ProcId", "Missing", "User"),
    run("condor_q", "{a}", "-af:l", "ProcId", "JobStatus"),
    run("condor_q", "{a}", "-autoformat", "ProcId", "JobStatus + 1"),
    run("condor_q", "{a}", "-af", "Missing"),
    run("condor_q", "99999999.0", "-af", "ProcId"),
    run("condor_q", "99999999.0", "-af:h", "ProcId"),
    run("condor_q", "{a}", "-long", "-attributes", "ProcId,JobStatus"),
    run("condor_q", "{a}.0", "-long", "-attributes", "JobStatus"),
    run("condor_q", "99999999.0", "-long"),
    run("condor_q", "--"),
    run("condor_q", "-nosuchoption")
  ),
  situation(
    "condor_history",
    submit("a", { seconds: 8, exit: 3 }, { "My.Stamp": "\"{key}\"" }, "queue 2"),
    completed("a", 2),
    run("condor_history", "{a}.0", ...json),
    run("condor_rm", "{a}.0"),
    satisfying("ClusterId == {a}"),
    pass(1),
    run("condor_rm", "{a}.1"),
    gone("a"),
    run("condor_history", "{a}", ...json),
    run("condor_history", "{a}.1", ...json),
    run("condor_history", "{a}.0", "{a}.1", ...json),
    run("condor_history", "{a}.7", ...json),
    run("condor_history", "99999999.0", ...json),
    run("condor_history", "-constraint", "Stamp == \"{key}\"", "-limit", "10", ...json),
    run("condor_history", "-constraint", "Stamp == \"{key}\"", "-limit", "1", ...json),
    run("condor_history", "-constraint", "Stamp == \"{key}\"", "-limit", "0", ...json),
    run(
      "condor_history",
      "-constraint",
      "Stamp == \"{key}\"",
      "-limit",
      "10",
      "-scanlimit",
      "10000",
      "-json",
      "-attributes",
      projection
    ),
    run("condor_history", "-constraint", "Stamp == \"{key}\"", "-match", "1", ...json),
    run("condor_history", "-constraint", "Stamp == \"{key}\"", "-forwards", "-limit", "1", ...json),
    run("condor_history", "-constraint", "Stamp == \"{key}\"", "-forwards", ...json),
    run("condor_history", "-forwards", "-since", "{a}.0", ...json),
    run("condor_history", "-constraint", "Stamp == \"no such\"", "-limit", "10", ...json),
    run("condor_history", "-constraint", "Stamp == \"no such\"", "-limit", "10", "-scanlimit", "1", ...json),
    run("condor_history", "-constraint", "Stamp == ", ...json),
    run("condor_history", "{a}", "-af", "ProcId", "JobStatus", "ExitCode", "RemoveReason"),
    run("condor_history", "{a}", "-af:j", "JobStatus"),
    run("condor_history", "{a}", "-af:r", "ProcId", "RemoveReason"),
    run("condor_history", "99999999", "-af", "ProcId"),
    run("condor_history", "{a}.0", "-long", "-attributes", "ClusterId,ProcId,JobStatus,RemoveReason"),
    run("condor_history", "99999999", "-long"),
    run(
      "condor_history",
      "-constraint",
      "((ClusterId == {a} && Stamp == \"{key}\" && member(ProcId,{0,1})))",
      "-limit",
      "2",
      "-json",
      "-attributes",
      projection
    ),
    run("condor_q", "{a}", ...json),
    runAs("other", "condor_history", "{a}", ...json)
  ),
  situation(
    "condor_status",
    bare("condor_status", ["-pool", "{pool}", "-schedd", "-af", "Name"]),
    bare("condor_status", ["-pool", "{pool}", "-schedd", "-af", "Name", "CondorVersion"]),
    bare("condor_status", ["-pool", "{pool}", "-schedd", "-constraint", "Name == \"{schedd}\"", "-af", "Name"]),
    bare("condor_status", ["-pool", "{pool}", "-schedd", "-constraint", "Name == \"nobody@local\"", "-af", "Name"]),
    bare("condor_status", ["-pool", "{pool}", "-schedd", "-json", "-attributes", "Name,MyType"])
  )
]
