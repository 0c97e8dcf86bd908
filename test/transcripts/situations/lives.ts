/** The lives of jobs, as the queue and then the history show them. */
import type { Payload, Step } from "../Situation.ts"
import {
  completed,
  gone,
  held,
  heldBySite,
  idle,
  look,
  lookBack,
  pass,
  run,
  running,
  satisfying,
  site,
  situation,
  submit
} from "../Steps.ts"

const fetched = (
  cluster: string
): ReadonlyArray<Step> => [run("condor_transfer_data", `{${cluster}}.0`), pass(1), look(cluster)]

const removed = (
  cluster: string
): ReadonlyArray<Step> => [run("condor_rm", `{${cluster}}.0`), ...gone(cluster), ...lookBack(cluster)]

const ends = (name: string, payload: Payload, commands: Record<string, string> = {}) =>
  situation(
    `life: ${name}`,
    submit("a", { seconds: 8, ...payload }, commands),
    completed("a"),
    look("a"),
    fetched("a"),
    removed("a")
  )

const whole = (cluster: string): Step => run("condor_q", "-constraint", `ClusterId == {${cluster}}`, "-long")

const holds = (name: string, payload: Payload, commands: Record<string, string>) =>
  situation(
    `life: ${name}`,
    submit("a", { seconds: 8, ...payload }, commands),
    held("a"),
    pass(2),
    look("a"),
    removed("a")
  )

export const lives = [
  ends("exit code 0", {}),
  ends("exit code 3", { exit: 3 }),
  ends("killed by a signal", { signal: 9 }),
  ends("an on_exit_hold that does not hold", { exit: 0 }, { on_exit_hold: "ExitCode =!= 0" }),
  holds("held by on_exit_hold", { exit: 3 }, { on_exit_hold: "ExitCode =!= 0" }),
  holds("held by on_exit_hold, with code and reason", { exit: 3 }, {
    on_exit_hold: "ExitCode =!= 0",
    on_exit_hold_subcode: "42",
    on_exit_hold_reason: "strcat(\"payload exit \", ExitCode)"
  }),
  holds("held by on_exit_hold after a signal", { signal: 9 }, { on_exit_hold: "ExitCode =!= 0" }),
  holds("an output that is missing", {}, { transfer_output_files: "missing.txt" }),
  situation(
    "life: the whole ad, idle and completed",
    idle("a"),
    pass(2),
    whole("a"),
    submit("b", { seconds: 8, files: { "result.txt": "x" } }, { transfer_output_files: "result.txt" }),
    completed("b"),
    pass(2),
    whole("b")
  ),
  // A CE does not run a job twice.
  situation(
    "life: an exit code that is to be tried again",
    submit("a", { seconds: 8, exit: 3 }, { max_retries: "1" }),
    running("a"),
    gone("a"),
    run("condor_history", "{a}", "-limit", "1", "-af", "JobStatus", "ExitCode", "RemoveReason")
  ),
  situation("life: idle", idle("a"), look("a"), removed("a")),
  situation("life: running", submit("a", { seconds: 600 }), running("a"), pass(3), look("a"), removed("a")),
  situation(
    "life: held by the site and released, idle",
    idle("a"),
    site("hold", "{a}.0", "held by the site"),
    heldBySite("a"),
    pass(2),
    look("a"),
    site("release", "{a}.0", "released by the site"),
    satisfying("ClusterId == {a} && JobStatus == 1 && Managed =?= \"External\""),
    pass(2),
    look("a"),
    removed("a")
  ),
  situation(
    "life: held by the site, running",
    submit("a", { seconds: 600 }),
    running("a"),
    pass(2),
    site("hold", "{a}.0"),
    heldBySite("a"),
    pass(3),
    look("a"),
    removed("a")
  ),
  situation("life: removed by the site", idle("a"), site("remove", "{a}.0", "not here"), gone("a"), lookBack("a")),
  situation(
    "life: periodic_remove",
    submit("a", { seconds: 600 }, { periodic_remove: "JobStatus == 2" }),
    gone("a"),
    lookBack("a")
  ),
  situation(
    "life: several jobs with different ends",
    submit("a", { seconds: 8, exit: 3 }, {}, "queue 2"),
    completed("a", 2),
    run("condor_rm", "{a}.1"),
    satisfying("ClusterId == {a}"),
    look("a"),
    lookBack("a", 2)
  )
]
