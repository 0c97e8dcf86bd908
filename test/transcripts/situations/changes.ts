/** Removals and edits. */
import {
  completed,
  gone,
  heldBySite,
  idle,
  libraryIdle,
  look,
  lookBack,
  run,
  runAs,
  running,
  satisfying,
  site,
  situation,
  submit,
  submitText,
  waiting
} from "../Steps.ts"

const range = (length: number) => Array.from({ length }, (_, index) => index)

const cancelled = (constraint: string) => run("condor_rm", "-long", "-reason", "cancelled", "-constraint", constraint)

const terms = (count: number) => range(count).map((proc) => `ProcId == ${proc}`).join(" || ")

export const removals = [
  situation(
    "condor_rm: an idle job by number",
    idle("a"),
    run("condor_rm", "{a}.0"),
    gone("a"),
    lookBack("a"),
    run("condor_rm", "{a}.0")
  ),
  situation(
    "condor_rm: a running job by number",
    submit("a", { seconds: 600 }),
    running("a"),
    run("condor_rm", "-reason", "my \"own\" reason", "{a}.0"),
    gone("a"),
    lookBack("a")
  ),
  situation(
    "condor_rm: a held job by number",
    idle("a"),
    site("hold", "{a}.0", "for the test"),
    heldBySite("a"),
    run("condor_rm", "{a}.0"),
    gone("a"),
    lookBack("a")
  ),
  situation(
    "condor_rm: a completed job by number",
    submit("a", { seconds: 8, exit: 3 }),
    completed("a"),
    run("condor_rm", "{a}.0"),
    gone("a"),
    lookBack("a"),
    run("condor_rm", "{a}.0")
  ),
  situation(
    "condor_rm: a job that its own leave_in_queue keeps",
    submit("a", {}, { requirements: "False", leave_in_queue: "True" }),
    waiting("a"),
    run("condor_rm", "{a}.0"),
    satisfying("ClusterId == {a} && JobStatus == 3 && JobFinishedHookDone =!= undefined"),
    look("a"),
    run("condor_rm", "{a}.0"),
    run("condor_rm", "{a}"),
    run("condor_rm", "-constraint", "ClusterId == {a}"),
    cancelled("((ClusterId == {a} && ProcId == 0)) && (JobStatus != 4)"),
    run("condor_rm", "-forcex", "{a}.0"),
    gone("a"),
    lookBack("a")
  ),
  situation(
    "condor_rm: numbers that are unknown",
    idle("a", "queue 2"),
    run("condor_rm", "99999999.0"),
    run("condor_rm", "99999999"),
    run("condor_rm", "{a}.7"),
    run("condor_rm", "{a}.0", "99999999.0"),
    run("condor_rm", "99999999.0", "99999998.1"),
    run("condor_rm", "{a}", "99999999"),
    gone("a")
  ),
  situation(
    "condor_rm: several numbers",
    idle("a", "queue 4"),
    run("condor_rm", "{a}.2", "{a}.0"),
    run("condor_rm", "{a}.1", "{a}.1"),
    run("condor_rm", "{a}"),
    gone("a")
  ),
  situation(
    "condor_rm: a cluster",
    idle("a", "queue 2"),
    run("condor_rm", "{a}"),
    gone("a"),
    lookBack("a", 2),
    run("condor_rm", "{a}")
  ),
  situation(
    "condor_rm: two clusters",
    idle("a", "queue 2"),
    idle("b"),
    run("condor_rm", "{a}", "{b}"),
    gone("a"),
    gone("b")
  ),
  situation(
    "condor_rm: a constraint",
    idle("a", "queue 3"),
    run("condor_rm", "-constraint", "ClusterId == {a} && ProcId == 7"),
    run("condor_rm", "-constraint", "ClusterId == {a} && ProcId == 1"),
    satisfying("ClusterId == {a}", 2),
    run("condor_rm", "-constraint", "ClusterId == "),
    run("condor_rm", "-reason", "abandoned", "-constraint", "ClusterId == {a} && JobStatus == 1"),
    gone("a"),
    lookBack("a", 3)
  ),
  situation(
    "condor_rm: as the library does",
    submitText("a", libraryIdle("a.sh", [{}, {}, {}])),
    waiting("a", 3),
    cancelled("((ClusterId == {a} && ProcId == 1)) && (EffectCEKey == \"{key}\" && JobStatus != 4)"),
    satisfying("ClusterId == {a}", 2),
    cancelled("((ClusterId == {a} && member(ProcId,{0,1,2}))) && (EffectCEKey == \"{key}\" && JobStatus != 4)"),
    gone("a"),
    cancelled("((ClusterId == {a} && member(ProcId,{0,1,2}))) && (JobStatus != 4)"),
    run(
      "condor_rm",
      "-reason",
      "submission abandoned",
      "-constraint",
      "(EffectCEKey == \"{key}\") && (JobStatus == 5 && HoldReasonCode == 16)"
    ),
    lookBack("a", 3)
  ),
  situation(
    "condor_rm: as the library does, of completed jobs",
    submit("a", { seconds: 8 }, {}, "queue 2"),
    completed("a", 2),
    cancelled("((ClusterId == {a} && member(ProcId,{0,1}))) && (JobStatus != 4)"),
    run(
      "condor_rm",
      "-long",
      "-reason",
      "output retrieved",
      "-constraint",
      "((ClusterId == {a} && member(ProcId,{0,1}))) && (JobStatus == 4)"
    ),
    gone("a"),
    lookBack("a", 2)
  ),
  situation(
    "condor_rm: -long by number",
    idle("a", "queue 2"),
    run("condor_rm", "-long", "{a}.0", "99999999.0"),
    run("condor_rm", "-long", "99999999.0"),
    run("condor_rm", "-long", "{a}"),
    gone("a")
  ),
  situation(
    "condor_rm: jobs of another identity",
    idle("a", "queue 2", "other"),
    idle("b"),
    run("condor_rm", "{a}.0"),
    run("condor_rm", "{a}"),
    run("condor_rm", "-constraint", "ClusterId == {a}"),
    cancelled("((ClusterId == {a} && ProcId == 0)) && (JobStatus != 4)"),
    run("condor_rm", "-long", "{a}.0"),
    run("condor_rm", "{b}.0", "{a}.0"),
    run("condor_q", "-allusers", "{a}", "-json", "-attributes", "ProcId,JobStatus"),
    runAs("other", "condor_rm", "{a}.0"),
    runAs("other", "condor_rm", "{a}"),
    gone("a")
  ),
  situation(
    "condor_rm: command lines that it refuses",
    run("condor_rm", "notanid"),
    run("condor_rm", "99999999.x"),
    run("condor_rm", "-constraint"),
    run("condor_rm", "-nosuchoption"),
    run("condor_rm", "-reason", "x", "99999999.0")
  ),
  situation("condor_rm: without a number", run("condor_rm"))
]

export const edits = [
  situation(
    "condor_qedit: by constraint",
    idle("a", "queue 2"),
    run("condor_qedit", "-constraint", "ClusterId == {a}", "Stamp", "\"one\""),
    run(
      "condor_qedit",
      "-constraint",
      "((ClusterId == {a} && member(ProcId,{0,1}))) && (JobStatus == 1)",
      "Stamp",
      "\"two\"",
      "SUBMIT_Iwd",
      "strcat(\"/x/\",string(ClusterId),\".\",string(ProcId))",
      "Missing",
      "undefined"
    ),
    run("condor_q", "{a}", "-json", "-attributes", "ProcId,Stamp,Missing"),
    run("condor_q", "{a}", "-af:r", "ProcId", "Stamp", "SUBMIT_Iwd", "Missing"),
    run("condor_qedit", "-constraint", "ClusterId == {a} && ProcId == 1", "Stamp", "42"),
    run("condor_qedit", "-constraint", "ClusterId == {a} && ProcId == 7", "Stamp", "1"),
    run("condor_qedit", "-constraint", "ClusterId == ", "Stamp", "1"),
    run("condor_q", "{a}", "-af:r", "ProcId", "Stamp")
  ),
  situation(
    "condor_qedit: by number",
    idle("a", "queue 2"),
    run("condor_qedit", "{a}.0", "Stamp", "\"one\""),
    run("condor_qedit", "{a}.0", "Stamp", "\"two\"", "Other", "3"),
    run("condor_qedit", "{a}", "Stamp", "\"three\""),
    run("condor_qedit", "99999999.0", "Stamp", "1"),
    run("condor_qedit", "99999999", "Stamp", "1"),
    run("condor_q", "{a}", "-af:r", "ProcId", "Stamp", "Other")
  ),
  situation(
    "condor_qedit: jobs of another identity",
    idle("a", "queue 2", "other"),
    run("condor_qedit", "{a}.0", "Stamp", "1"),
    run("condor_qedit", "{a}", "Stamp", "1"),
    run("condor_qedit", "-constraint", "ClusterId == {a}", "Stamp", "1"),
    run("condor_q", "-allusers", "{a}", "-af:j", "Stamp")
  ),
  situation(
    "condor_qedit: what it refuses",
    idle("a"),
    run("condor_qedit", "{a}.0", "Stamp", "1 +"),
    run("condor_qedit", "{a}.0", "Stamp", "\"open"),
    run("condor_qedit", "{a}.0", "Stamp", "\"two\nlines\""),
    run("condor_qedit", "{a}.0", "Good", "1", "Bad", "1 +"),
    run("condor_qedit", "-constraint", "ClusterId == {a}", "Good", "1", "Bad", "1 +"),
    run("condor_qedit", "{a}.0", "ClusterId", "7"),
    run("condor_qedit", "{a}.0", "ProcId", "7"),
    run("condor_qedit", "{a}.0", "Owner", "\"other\""),
    run("condor_qedit", "{a}.0", "1Stamp", "7"),
    run("condor_qedit", "{a}.0", "Stamp"),
    run("condor_qedit", "{a}.0"),
    run("condor_qedit"),
    run("condor_q", "{a}.0", "-af", "ProcId", "Stamp", "Good", "Bad", "Owner")
  ),
  situation(
    "condor_qedit: more numbers than a gateway bears",
    idle("a", "queue 2"),
    run("condor_qedit", "-constraint", `ClusterId == {a} && (${terms(300)})`, "Stamp", "1"),
    run("condor_qedit", "-constraint", `ClusterId == {a} && (${terms(450)})`, "Stamp", "2"),
    run("condor_qedit", "-constraint", `ClusterId == {a} && member(ProcId,{${range(5000).join(",")}})`, "Stamp", "3"),
    run("condor_q", "{a}", "-af", "ProcId", "Stamp")
  ),
  situation(
    "condor_qedit: a running job, a held one and a completed one",
    submit("a", { seconds: 600 }),
    submit("b", { seconds: 8 }),
    idle("c"),
    site("hold", "{c}.0", "for the test"),
    heldBySite("c"),
    running("a"),
    completed("b"),
    run("condor_qedit", "{a}.0", "Stamp", "1"),
    run("condor_qedit", "{b}.0", "Stamp", "1"),
    run("condor_qedit", "{c}.0", "Stamp", "1"),
    run("condor_q", "{a}", "{b}", "{c}", "-af", "JobStatus", "Stamp")
  )
]
