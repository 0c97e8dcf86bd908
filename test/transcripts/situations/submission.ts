/** Submissions that succeed, and submissions that fail. */
import {
  at,
  bare,
  description,
  files,
  gone,
  idle,
  library,
  look,
  lookBack,
  pass,
  run,
  situation,
  submit,
  submitArguments,
  submitText,
  waiting
} from "../Steps.ts"

const never = { requirements: "False" }

const ids = (cluster: string) =>
  run(
    "condor_q",
    "-constraint",
    `ClusterId == {${cluster}}`,
    "-json",
    "-attributes",
    "ClusterId,ProcId,Out,Args,Stamp,Environment"
  )

const queued = (name: string, queue: string, commands: Record<string, string> = {}) =>
  situation(`submit: ${name}`, submit("a", {}, { ...never, ...commands }, queue), ids("a"))

const refused = (name: string, commands: Record<string, string | undefined>, queue = "queue") =>
  situation(`submit: ${name}`, submit("a", {}, { ...never, ...commands }, queue))

export const submissions = [
  situation(
    "submit: as the library does, with inputs and secrets of each copy",
    files({ "inputs/data.txt": "data\n", "inputs/$odd(name)": "odd\n" }),
    files({ "copies/0/secret": "zero\n", "copies/1/secret": "one\n", "copies/2/secret": "two\n" }, 0o600),
    submitText(
      "a",
      library("a.sh", [{ A: "1", B: "two words" }, { A: "it's", "C_D": "$(x) \"q\"" }, {}], {
        arguments: ["plain", "two words", "it's", "say \"hi\"", "$(x)", "$$(y)", ""],
        inputs: ["data.txt", "$odd(name)"],
        copyInputs: true,
        outputs: ["r.txt", "sub dir"],
        requests: { cpus: 1, memoryMiB: 64, diskMiB: 10, wallTimeSeconds: 3601, queue: "long" }
      }),
      { seconds: 600 }
    ),
    run(
      "condor_q",
      "-constraint",
      "(ClusterId == {a})",
      "-json",
      "-attributes",
      "ClusterId,ProcId,Args,Arguments,Environment,TransferInput,TransferOutput,Out,Err,UserLog,Cmd,SUBMIT_Iwd,SUBMIT_UserLog,SUBMIT_Cmd,SUBMIT_TransferInput,SUBMIT_TransferOutputRemaps,TransferOutputRemaps,RequestCpus,RequestMemory,RequestDisk,xcount,maxMemory,maxWallTime,BatchRuntime,remote_queue,EffectCEKey,EffectCECopy,EffectCECopies,LeaveJobInQueue,JobUniverse,ShouldTransferFiles,WhenToTransferOutput,JobNotification,User,Owner,TotalSubmitProcs"
    )
  ),
  queued("queue", "queue"),
  queued("queue 3", "queue 3"),
  queued("queue in", "queue Stamp in (x, y, z)", { "My.Stamp": "\"$(Stamp)\"" }),
  queued("queue from", "queue stamp,file from (\nx one.txt\ny two words\n)", { "My.Stamp": "\"$(stamp) $(file)\"" }),
  queued("queue 0", "queue 0"),
  queued("no queue statement", ""),
  queued("queue over an empty list", "queue stamp in ()"),
  refused("a list that does not end", {}, "queue stamp in (x, y"),
  refused("text after the queue statement", {}, "queue 1\noutput = other\nqueue 1"),
  queued("an unknown command", "queue", { transfer_input_file: "x" }),
  queued("an attribute with a plus", "queue", { "+Stamp": "\"plus\"" }),
  situation(
    "submit: a description on stdin",
    files({ "job.sh": "#!/bin/sh\n" }, 0o755),
    bare("condor_submit", submitArguments("-"), { stdin: description(never, "queue 2"), cluster: "a" }),
    ids("a")
  ),
  situation(
    "submit: without -terse",
    files({ "job.sh": "#!/bin/sh\n" }, 0o755),
    files({ "a.sub": description(never) }),
    bare("condor_submit", ["-pool", "{pool}", "-remote", "{schedd}", "a.sub"], { cluster: "a" })
  ),
  refused("an executable that is missing", { executable: "missing.sh" }),
  situation(
    "submit: an input with a name that leads out of the spool",
    files({ "d/x.txt": "x\n", "in.txt": "in\n" }),
    submit("a", {}, { ...never, preserve_relative_paths: "True", transfer_input_files: "d/../in.txt" })
  ),
  situation(
    "submit: an input that is missing",
    submit("a", {}, { ...never, transfer_input_files: "missing.txt" }),
    gone("a"),
    lookBack("a")
  ),
  situation(
    "submit: as the library does, an input that is missing",
    submitText("a", library("a.sh", [{}, {}], { inputs: ["missing.txt"] })),
    gone("a"),
    run(
      "condor_rm",
      "-reason",
      "submission abandoned",
      "-constraint",
      "(EffectCEKey == \"{key}\") && (JobStatus == 5 && HoldReasonCode == 16)"
    ),
    lookBack("a", 2)
  ),
  situation(
    "submit: an input that is missing, of the second job",
    files({ "in.0": "zero\n" }),
    submit("a", {}, { ...never, transfer_input_files: "in.$(Process)" }, "queue 2"),
    gone("a"),
    lookBack("a", 2)
  ),
  refused("requirements that are no expression", { requirements: "1 +" }),
  refused("hold", { hold: "True" }),
  refused("an attribute that is no expression", { "My.Stamp": "1 +" }),
  refused("a universe that is none", { universe: "nowhere" }),
  situation("submit: a description that is missing", bare("condor_submit", submitArguments("missing.sub"))),
  situation("submit: an empty description", files({ "a.sub": "" }), bare("condor_submit", submitArguments("a.sub"))),
  situation(
    "submit: a line that is no command",
    files({ "job.sh": "#!/bin/sh\n" }, 0o755),
    files({ "a.sub": `this is no command\n${description(never)}` }),
    bare("condor_submit", submitArguments("a.sub"))
  ),
  situation(
    "submit: as another user",
    idle("a", "queue 2", "other"),
    look("a"),
    bare("condor_q", [...at, "-constraint", "ClusterId == {a}", "-json", "-attributes", "ClusterId,ProcId,User"], {
      as: "other"
    })
  ),
  situation(
    "submit: removed while it waits",
    submit("a", {}, never),
    waiting("a"),
    run("condor_rm", "{a}"),
    gone("a"),
    pass(1),
    lookBack("a")
  )
]
