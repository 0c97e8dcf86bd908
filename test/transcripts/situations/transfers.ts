/** Transfers of output. */
import {
  completed,
  files,
  gone,
  held,
  heldBySite,
  idle,
  library,
  look,
  lookBack,
  pass,
  run,
  runAs,
  running,
  satisfying,
  site,
  situation,
  submit,
  submitText
} from "../Steps.ts"

const payload = {
  seconds: 8,
  stdout: "to stdout\n",
  stderr: "to stderr\n",
  files: { "r.txt": "result\n", "s.txt": "second\n" },
  exit: 3
}

const staged = (cluster: string) =>
  run(
    "condor_q",
    "-constraint",
    `ClusterId == {${cluster}}`,
    "-json",
    "-attributes",
    "ProcId,JobStatus,StageOutStart,StageOutFinish"
  )

const redirected = (cluster: string) =>
  run(
    "condor_qedit",
    "-constraint",
    `((ClusterId == {${cluster}} && member(ProcId,{0,1}))) && (JobStatus == 4)`,
    "EffectCEFetch",
    "\"{key}\"",
    "SUBMIT_Iwd",
    "strcat(\"{directory}/fetched/\",string(ClusterId),\".\",string(ProcId))",
    "SUBMIT_UserLog",
    "strcat(\"{directory}/fetched/\",string(ClusterId),\".\",string(ProcId),\"/\",UserLog)",
    "SUBMIT_TransferOutputRemaps",
    "\"\""
  )

const fetchMine = (cluster: string) =>
  run(
    "condor_transfer_data",
    "-constraint",
    `((ClusterId == {${cluster}} && member(ProcId,{0,1}))) && (JobStatus == 4 && EffectCEFetch == "{key}")`
  )

export const transfers = [
  situation(
    "condor_transfer_data: as the library does",
    submitText("a", library("a.sh", [{}, {}], { outputs: ["r.txt", "s.txt"] }), payload),
    completed("a", 2),
    files({ "fetched/{a}.0/.here": "", "fetched/{a}.1/.here": "" }),
    redirected("a"),
    fetchMine("a"),
    pass(1),
    run(
      "condor_q",
      "-constraint",
      "((ClusterId == {a} && member(ProcId,{0,1}))) && (JobStatus == 4 && EffectCEFetch == \"{key}\")",
      "-json",
      "-attributes",
      "ClusterId,ProcId,StageOutStart,StageOutFinish,EffectCEFetch"
    ),
    run(
      "condor_rm",
      "-long",
      "-reason",
      "output retrieved",
      "-constraint",
      "((ClusterId == {a} && member(ProcId,{0,1}))) && (JobStatus == 4 && EffectCEFetch == \"{key}\")"
    ),
    gone("a"),
    lookBack("a", 2),
    fetchMine("a")
  ),
  situation(
    "condor_transfer_data: directories that are missing",
    submitText("a", library("a.sh", [{}, {}], { outputs: ["r.txt"] }), payload),
    completed("a", 2),
    files({ "fetched/.here": "" }),
    redirected("a"),
    fetchMine("a"),
    pass(1),
    staged("a")
  ),
  situation(
    "condor_transfer_data: into the directory of the submission, one job, twice",
    submit("a", payload, { transfer_output_files: "r.txt, s.txt" }),
    completed("a"),
    run("condor_transfer_data", "{a}.0"),
    pass(1),
    staged("a"),
    run("condor_transfer_data", "{a}.0"),
    pass(1),
    staged("a")
  ),
  situation(
    "condor_transfer_data: several jobs",
    submit("a", { seconds: 8, stdout: "x", stderr: "y" }, { log: "log.$(Process)" }, "queue 3"),
    completed("a", 3),
    run("condor_transfer_data", "{a}.1", "99999999.0", "{a}.0"),
    pass(1),
    staged("a"),
    run("condor_transfer_data", "{a}"),
    pass(1),
    staged("a"),
    run("condor_transfer_data", "-constraint", "ClusterId == {a} && ProcId == 2")
  ),
  situation(
    "condor_transfer_data: new files when nothing is said",
    submit("a", payload, { transfer_output_files: undefined }),
    completed("a"),
    run("condor_transfer_data", "{a}.0")
  ),
  situation(
    "condor_transfer_data: remapped",
    submit("a", payload, {
      transfer_output_files: "r.txt, s.txt",
      transfer_output_remaps: "\"r.txt = new.txt; s.txt = sub/s2.txt\"",
      output: "deep/out"
    }),
    completed("a"),
    run("condor_q", "{a}.0", "-json", "-attributes", "Out,TransferOutputRemaps,SUBMIT_TransferOutputRemaps"),
    run("condor_transfer_data", "{a}.0")
  ),
  situation(
    "condor_transfer_data: one of several fails",
    submit(
      "a",
      payload,
      { transfer_output_files: "$(outputs)", log: "log.$(Process)" },
      "queue outputs from (\nr.txt\nr.txt, missing.txt\ns.txt\n)"
    ),
    completed("a", 2),
    held("a"),
    look("a"),
    run("condor_transfer_data", "{a}"),
    pass(1),
    staged("a"),
    run("condor_transfer_data", "{a}.2", "{a}.1"),
    pass(1),
    staged("a"),
    run("condor_transfer_data", "-constraint", "ClusterId == {a} && JobStatus == 4"),
    pass(1),
    staged("a")
  ),
  situation(
    "condor_transfer_data: nothing that is there",
    run("condor_transfer_data", "99999999.0"),
    run("condor_transfer_data", "99999999"),
    run("condor_transfer_data", "-constraint", "ClusterId == 99999999"),
    run("condor_transfer_data", "-constraint", "ClusterId == "),
    run("condor_transfer_data", "notanid"),
    run("condor_transfer_data"),
    run("condor_transfer_data", "-nosuchoption")
  ),
  situation(
    "condor_transfer_data: a job that has left",
    submit("a", payload),
    completed("a"),
    run("condor_rm", "{a}.0"),
    gone("a"),
    run("condor_transfer_data", "{a}.0")
  ),
  situation(
    "condor_transfer_data: a running job",
    submit("a", { ...payload, seconds: 600 }),
    submit("b", { ...payload, seconds: 600 }, { transfer_output_files: undefined, log: "b.log" }),
    running("a"),
    running("b"),
    run("condor_transfer_data", "{a}.0"),
    run("condor_transfer_data", "{b}.0"),
    pass(1),
    staged("a"),
    staged("b")
  ),
  situation(
    "condor_transfer_data: an idle job and a held one",
    idle("a"),
    idle("b"),
    site("hold", "{b}.0", "for the test"),
    heldBySite("b"),
    run("condor_transfer_data", "{a}.0"),
    run("condor_transfer_data", "{b}.0"),
    pass(1),
    staged("a"),
    staged("b")
  ),
  situation(
    "condor_transfer_data: a job of another identity",
    submit("a", payload, {}, "queue", "other"),
    completed("a"),
    run("condor_transfer_data", "{a}.0"),
    run("condor_transfer_data", "-constraint", "ClusterId == {a}"),
    runAs("other", "condor_transfer_data", "{a}.0")
  ),
  situation(
    "condor_transfer_data: more numbers than a gateway bears",
    submit("a", { seconds: 8 }),
    completed("a"),
    run("condor_transfer_data", ...Array.from({ length: 450 }, (_, proc) => `{a}.${proc}`)),
    pass(1),
    staged("a")
  ),
  situation(
    "condor_transfer_data: leave_in_queue by default, a minute later",
    submit("a", payload, { leave_in_queue: undefined, transfer_output_files: "r.txt" }),
    submit("b", payload, { transfer_output_files: "r.txt", log: "b.log", output: "b.out", error: "b.err" }),
    submit("c", payload, { leave_in_queue: "False", transfer_output_files: "r.txt" }),
    gone("c"),
    completed("a"),
    completed("b"),
    run("condor_q", "{a}", "{b}", "-af:r", "LeaveJobInQueue"),
    run("condor_transfer_data", "{a}.0"),
    run("condor_transfer_data", "{b}.0"),
    pass(70),
    staged("a"),
    staged("b"),
    lookBack("a"),
    run("condor_transfer_data", "{a}.0"),
    run("condor_transfer_data", "{b}.0"),
    lookBack("c")
  ),
  situation(
    "condor_transfer_data: released and run again",
    idle("a"),
    site("hold", "{a}.0", "for the test"),
    heldBySite("a"),
    site("release", "{a}.0"),
    satisfying("ClusterId == {a} && JobStatus == 1"),
    run("condor_transfer_data", "{a}.0")
  )
]
