import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as ClassAd from "../../src/classad/ClassAd.ts"
import type * as Expr from "../../src/classad/Expr.ts"
import * as Parser from "../../src/classad/Parser.ts"
import * as Printer from "../../src/classad/Printer.ts"
import type { Job, Version } from "../../src/testing/fake/Job.ts"
import * as Machine from "../../src/testing/fake/Machine.ts"
import type { Payload, PayloadJob } from "../../src/testing/fake/Payload.ts"
import { played } from "../../src/testing/fake/Runner.ts"
import type { Settings } from "../../src/testing/fake/ScheddState.ts"

const start = 1_795_000_000_000

const expr = (text: string): Expr.Expr => Result.getOrThrow(Parser.parse(text))

const retained =
  "JobStatus == 4 && (CompletionDate =?= undefined || CompletionDate == 0 || (time() - CompletionDate) < 3600)"

const adOf = (attributes: Record<string, string>) =>
  ClassAd.make(
    Object.entries({
      Cmd: "\"job.sh\"",
      Out: "\"out\"",
      Err: "\"err\"",
      UserLog: "\"log\"",
      TransferOutput: "\"\"",
      JobUniverse: "5",
      LeaveJobInQueue: retained,
      ...attributes
    }).map(([name, text]) => [name, expr(text)] as const)
  )

const makeQueue = (
  options: Partial<Settings> & { readonly payload?: (job: PayloadJob) => Payload } = {}
) => {
  const { payload = () => ({ duration: "10 seconds" }), ...settings } = options
  const queue = Machine.make({
    version: "latest",
    endpoint: "ce.example.org:9619",
    schedd: "ce.example.org",
    now: start,
    slots: Infinity,
    handedOn: Infinity,
    spoolDelay: 1000,
    startDelay: 1000,
    sweepInterval: 60_000,
    containers: false,
    systemPolicies: true,
    runner: played(payload),
    ...settings
  })
  let now = start
  const pass = (seconds: number) => queue.advance(now += seconds * 1000)
  const submit = (attributes: Record<string, string> = {}, copies = 1): ReadonlyArray<Job> => {
    const cluster = queue.newCluster()
    const staging = queue.submit(
      "pilot@users.htcondor.org",
      cluster,
      Array.from({ length: copies }, () => adOf(attributes))
    )
    staging.began()
    staging.done([])
    return queue.jobs().filter((job) => job.cluster === cluster)
  }
  return { queue, pass, submit }
}

const show = (ad: ClassAd.ClassAd | undefined, ...names: ReadonlyArray<string>): string =>
  names.map((name) => {
    const value = ad === undefined ? undefined : ClassAd.get(ad, name)
    return value === undefined ? "-" : Printer.print(value)
  }).join(" ")

const first = (jobs: ReadonlyArray<Job>): Job => {
  const [job] = jobs
  if (job === undefined) throw new Error("no job")
  return job
}

const versions: ReadonlyArray<Version> = ["lts", "latest"]

describe("life of a job", () => {
  it("job: passes from spooling to its end, and stays until its retention is over", () => {
    const { pass, queue, submit } = makeQueue()
    const job = first(submit())
    assert.strictEqual(show(job.ad, "JobStatus", "HoldReasonCode", "HoldReason"), "5 16 \"Spooling input data files\"")
    pass(1)
    assert.strictEqual(show(job.ad, "JobStatus", "HoldReasonCode", "LastHoldReasonCode", "Managed"), "1 undefined 16 -")
    pass(0.5)
    assert.strictEqual(show(job.ad, "JobStatus", "Managed", "CompletionDate"), "1 \"External\" -")
    pass(0.5)
    assert.strictEqual(show(job.ad, "JobStatus", "LastJobStatus", "CompletionDate", "NumJobStarts"), "2 1 0 1")
    assert.deepStrictEqual(Array.from(job.outputs.keys()), ["log"])
    pass(10)
    assert.strictEqual(
      show(job.ad, "JobStatus", "LastJobStatus", "ExitCode", "CompletionDate", "Managed", "JobFinishedHookDone"),
      `4 2 0 ${start / 1000 + 12} "ScheddDone" -`
    )
    pass(1)
    assert.strictEqual(show(job.ad, "JobFinishedHookDone"), `${start / 1000 + 12}`)
    assert.deepStrictEqual(Array.from(job.outputs.keys()).toSorted(), ["err", "log", "out"])
    pass(3580)
    assert.strictEqual(queue.jobs().length, 1)
    pass(120)
    assert.strictEqual(queue.jobs().length, 0)
    assert.strictEqual(show(queue.history()[0], "JobStatus", "LastJobStatus", "ExitCode"), "4 2 0")
  })

  it("signal: the ad has its number", () => {
    const { pass, submit } = makeQueue({ payload: () => ({ exit: { signal: 9 } }) })
    const job = first(submit())
    pass(100)
    assert.strictEqual(
      show(job.ad, "JobStatus", "ExitBySignal", "ExitSignal", "ExitCode", "ExitReason"),
      "4 true 9 - \"died on signal 9 (Killed)\""
    )
  })

  it("on_exit_hold: holds the job with its own reason, or with that of the schedd", () => {
    const { pass, submit } = makeQueue({ payload: () => ({ exit: { code: 3 } }) })
    const plain = first(submit({ OnExitHold: "ExitCode =!= 0" }))
    const worded = first(
      submit({
        OnExitHold: "ExitCode =!= 0",
        OnExitHoldReason: "strcat(\"payload exit \", ExitCode)",
        OnExitHoldSubCode: "42"
      })
    )
    pass(100)
    assert.strictEqual(
      show(plain.ad, "JobStatus", "HoldReasonCode", "HoldReasonSubCode", "HoldReason", "ExitCode", "CompletionDate"),
      "5 3 0 \"The job attribute OnExitHold expression 'ExitCode =!= 0' evaluated to TRUE\" 3 0"
    )
    assert.strictEqual(
      show(worded.ad, "HoldReasonCode", "HoldReasonSubCode", "HoldReason", "NumHolds", "NumSystemHolds"),
      "3 42 \"payload exit 3\" 1 1"
    )
  })

  it("missing output: holds the job, which keeps its other output", () => {
    for (const version of versions) {
      const { pass, submit } = makeQueue({
        version,
        payload: () => ({ stdout: "hello", files: { "a.txt": "a" } })
      })
      const job = first(submit({ TransferOutput: "\"a.txt, nope.txt\"" }))
      pass(100)
      assert.strictEqual(show(job.ad, "JobStatus", "HoldReasonCode", "HoldReasonSubCode"), "5 12 2")
      assert.match(show(job.ad, "HoldReason"), /reading from file .*nope\.txt: \(errno 2\) No such file or directory"$/)
      assert.deepStrictEqual(Array.from(job.outputs.keys()).toSorted(), ["a.txt", "err", "log", "out"])
    }
  })

  it("job without a matching machine: waits until its requirements are edited", () => {
    const { pass, queue, submit } = makeQueue()
    const never = first(submit({ Requirements: "False" }))
    const large = first(submit({ RequestCpus: "5000" }))
    pass(3 * 86_400)
    assert.strictEqual(show(never.ad, "JobStatus", "Managed", "CompletionDate"), "1 \"External\" 0")
    assert.strictEqual(show(large.ad, "JobStatus"), "1")
    queue.edit(never, "Requirements", expr("TARGET.Cpus > 1"))
    pass(80)
    assert.strictEqual(show(never.ad, "JobStatus"), "4")
  })

  it("slots: limit the running jobs, which start in their order", () => {
    const { pass, submit } = makeQueue({ slots: 2 })
    const jobs = submit({}, 5)
    const states = () => jobs.map(({ ad }) => show(ad, "JobStatus")).join("")
    pass(2)
    assert.strictEqual(states(), "22111")
    pass(10)
    assert.strictEqual(states(), "44221")
    pass(20)
    assert.strictEqual(states(), "44444")
  })
})

describe("a payload that throws", () => {
  it("defect: is recorded, and no job changes", () => {
    const { pass, queue, submit } = makeQueue({
      slots: 1,
      payload: ({ id }) => {
        if (id === "1.0") throw new Error("a mistake")
        return { duration: "10 seconds" }
      }
    })
    const bad = first(submit())
    const good = first(submit())
    pass(5)
    assert.strictEqual(show(bad.ad, "JobStatus", "NumJobStarts"), "1 -")
    assert.strictEqual(show(good.ad, "JobStatus"), "2")
    assert.deepStrictEqual(queue.defect, { cause: new Error("a mistake") })
  })
})

describe("removal", () => {
  it("idle or running job: has the status removed for a moment, and then leaves", () => {
    const { pass, queue, submit } = makeQueue()
    const running = first(submit())
    const idle = first(submit({ Requirements: "False" }))
    pass(5)
    for (const job of [running, idle]) {
      assert.strictEqual(queue.remove(job, "pilot", "my reason"), "Done")
      assert.strictEqual(show(job.ad, "JobStatus"), "3")
      assert.strictEqual(queue.remove(job, "pilot"), "AlreadyDone")
    }
    pass(1)
    assert.strictEqual(queue.jobs().length, 2)
    pass(1)
    assert.strictEqual(queue.jobs().length, 0)
    assert.deepStrictEqual(
      queue.history().map((ad) => show(ad, "JobStatus", "LastJobStatus", "RemoveReason", "Managed")),
      ["3 1", "3 2"].map((states) => `${states} "my reason (by user pilot)" "Schedd"`)
    )
  })

  it("completed job: leaves at once, and the history shows that it had completed", () => {
    for (const version of versions) {
      const { pass, queue, submit } = makeQueue({ version })
      const job = first(submit())
      pass(20)
      assert.strictEqual(queue.remove(job, "pilot"), "Done")
      assert.strictEqual(queue.jobs().length, 0)
      assert.strictEqual(
        show(queue.history()[0], "JobStatus", "LastJobStatus", "ExitCode", "JobAbortEventLogged"),
        `3 4 0 ${version === "latest" ? "1" : "-"}`
      )
    }
  })

  it("job with leave_in_queue always true: stays removed in the queue until -forcex", () => {
    const { pass, queue, submit } = makeQueue()
    const job = first(submit({ LeaveJobInQueue: "true" }))
    pass(20)
    queue.remove(job, "pilot")
    pass(1_000)
    assert.strictEqual(show(queue.jobs()[0]?.ad, "JobStatus"), "3")
    assert.strictEqual(queue.forceRemoval(job), "Done")
    assert.strictEqual(queue.jobs().length, 0)
    assert.strictEqual(show(queue.history()[0], "JobStatus", "LeaveJobInQueue"), "3 false")
  })

  it("held job: moves the hold to the attributes of the last hold", () => {
    const { pass, queue, submit } = makeQueue()
    const job = first(submit())
    pass(5)
    assert.strictEqual(queue.hold(job, "condor", "for the test", { subcode: 7 }), "Done")
    assert.strictEqual(
      show(
        job.ad,
        "JobStatus",
        "HoldReason",
        "HoldReasonCode",
        "HoldReasonSubCode",
        "ReleaseReason",
        "LastReleaseReason"
      ),
      "5 \"for the test (by user condor)\" 1 7 - \"Data files spooled\""
    )
    assert.strictEqual(queue.hold(job, "condor", "again"), "AlreadyDone")
    queue.remove(job, "pilot")
    pass(5)
    assert.strictEqual(
      show(queue.history()[0], "JobStatus", "LastJobStatus", "HoldReason", "HoldReasonCode", "LastHoldReasonCode"),
      "3 5 undefined undefined 1"
    )
  })

  it("staging: one that fails or never begins removes the jobs", () => {
    const { pass, queue } = makeQueue()
    const broken = queue.newCluster()
    const staging = queue.submit("pilot@users.htcondor.org", broken, [adOf({}), adOf({})])
    staging.began()
    const orphan = queue.newCluster()
    queue.submit("pilot@users.htcondor.org", orphan, [adOf({})])
    staging.failed()
    pass(1)
    assert.strictEqual(queue.jobs().length, 3)
    const [job] = queue.jobs()
    assert.strictEqual(job === undefined ? "" : queue.release(job, "condor"), "BadStatus")
    pass(1)
    assert.strictEqual(queue.jobs().length, 1)
    assert.strictEqual(
      show(queue.history()[0], "JobStatus", "LastJobStatus", "RemoveReason"),
      "3 5 \"Staging of job files failed\""
    )
    pass(11.9 * 3600)
    assert.strictEqual(queue.jobs().length, 1)
    pass(3600)
    assert.strictEqual(show(queue.history()[0], "RemoveReason"), "\"Spooling is taking too long\"")
  })

  it("restart during spooling: the jobs wait for their input, and are removed in the end", () => {
    const { pass, queue, submit } = makeQueue()
    const job = first(submit())
    pass(0.5)
    queue.restart()
    pass(11.9 * 3600)
    assert.strictEqual(show(job.ad, "JobStatus", "HoldReasonCode"), "5 16")
    assert.strictEqual(queue.release(job, "condor"), "BadStatus")
    // Twelve hours after the submission, however often the schedd is restarted.
    queue.restart()
    pass(0.2 * 3600)
    assert.strictEqual(
      show(queue.history()[0], "JobStatus", "LastJobStatus", "RemoveReason"),
      "3 5 \"Spooling is taking too long\""
    )
  })
})

describe("policies", () => {
  it("job that waits for its input: has no policies", () => {
    const { pass, queue } = makeQueue({ payload: () => ({ duration: "1 hour" }) })
    const staging = queue.submit("pilot@users.htcondor.org", queue.newCluster(), [
      adOf({ PeriodicRemove: "time() - QDate > 60", PeriodicHold: "true" })
    ])
    pass(3_600)
    assert.strictEqual(show(queue.jobs()[0]?.ad, "JobStatus", "HoldReasonCode"), "5 16")
    staging.done([])
    pass(70)
    assert.strictEqual(show(queue.jobs()[0]?.ad, "JobStatus", "HoldReasonCode"), "5 3")
  })

  it("interval of zero: policies are evaluated all the time", () => {
    const { pass, queue, submit } = makeQueue({ sweepInterval: 0, payload: () => ({ duration: "1 hour" }) })
    submit({ PeriodicRemove: "JobStatus == 2 && time() - JobStartDate > 90" })
    pass(92)
    assert.strictEqual(queue.jobs().length, 1)
    pass(5)
    assert.strictEqual(queue.jobs().length, 0)
  })

  it("interval: policies are evaluated each minute", () => {
    const { pass, queue, submit } = makeQueue({ payload: () => ({ duration: "1 hour" }) })
    const held = first(
      submit({ PeriodicHold: "JobStatus == 2 && time() - JobStartDate > 90", PeriodicHoldSubCode: "9" })
    )
    submit({ PeriodicRemove: "JobStatus == 2 && time() - JobStartDate > 90" })
    pass(119)
    assert.strictEqual(queue.jobs().map(({ ad }) => show(ad, "JobStatus")).join(), "2,2")
    pass(3)
    assert.strictEqual(queue.jobs().map(({ ad }) => show(ad, "JobStatus")).join(), "5")
    assert.strictEqual(
      show(held.ad, "HoldReasonCode", "HoldReasonSubCode", "HoldReason"),
      "3 9 \"The job attribute PeriodicHold expression 'JobStatus == 2 && time() - JobStartDate > 90' evaluated to TRUE\""
    )
    assert.strictEqual(
      show(queue.history()[0], "JobStatus", "LastJobStatus", "RemoveReason"),
      "3 2 \"The job attribute PeriodicRemove expression 'JobStatus == 2 && time() - JobStartDate > 90' evaluated to TRUE\""
    )
  })

  it("periodic_release: releases jobs that no user holds", () => {
    const { pass, queue, submit } = makeQueue({ systemPolicies: false })
    const release = { PeriodicRelease: "NumHolds < 2" }
    const bySite = first(submit({ ...release, Requirements: "False" }))
    const byPolicy = first(submit({ ...release, Requirements: "False", PeriodicHold: "NumHolds =?= undefined" }))
    pass(5)
    queue.hold(bySite, "condor", "for the test")
    pass(600)
    assert.strictEqual(show(bySite.ad, "JobStatus"), "5")
    assert.strictEqual(show(byPolicy.ad, "JobStatus", "NumHolds"), "1 1")
  })

  it("policies of a CE: remove jobs that ran already, are held for a day, or exceed their wall time", () => {
    const { pass, queue, submit } = makeQueue({ payload: () => ({ duration: "30 days" }) })
    const again = first(submit())
    const held = first(submit())
    submit({ maxWallTime: "60" })
    pass(5)
    queue.hold(again, "condor", "for the test")
    queue.hold(held, "condor", "for the test")
    queue.release(again, "condor")
    pass(2 * 86_400)
    assert.deepStrictEqual(
      queue.history().map((ad) =>
        show(ad, "ProcId", "RemoveReason").slice(3).replace(/^CE.*due to /, "").replace(/"$/, "")
      ).toReversed(),
      [
        "disabled job retries",
        "job exceeded allowed walltime: 3600 minutes.",
        "being in the hold state for 24 hours."
      ]
    )
  })

  it("policies of a CE: the wall time in minutes overrides the one in seconds", () => {
    const { pass, queue, submit } = makeQueue({ payload: () => ({ duration: "1 day" }) })
    submit({ maxWallTime: "1", BatchRuntime: "7200" })
    submit({ BatchRuntime: "60" })
    submit({ maxWallTime: "120", BatchRuntime: "60" })
    pass(600)
    assert.deepStrictEqual(queue.jobs().length, 1)
    assert.deepStrictEqual(
      queue.history().map((ad) => show(ad, "RemoveReason").replaceAll(/^.*due to |"$/g, "")),
      ["job exceeded allowed walltime: 60 minutes.", "job exceeded allowed walltime: 60 minutes."]
    )
  })

  it("leave_in_queue: the default of each version decides after a fetch", () => {
    const defaults = {
      lts:
        "JobStatus == 4 && (CompletionDate =?= undefined || CompletionDate == 0 || ((time() - CompletionDate) < 864000))",
      latest:
        "JobStatus == 4 && (time() - (CompletionDate ?: time())) < 864000 && (StageOutFinish ?: 0) < EnteredCurrentStatus"
    }
    for (const version of versions) {
      const { pass, queue, submit } = makeQueue({ version })
      const job = first(submit({ LeaveJobInQueue: defaults[version] }))
      pass(600)
      assert.strictEqual(queue.jobs().length, 1)
      queue.stageOutBegan(job)
      queue.stageOutFinished(job)
      assert.strictEqual(queue.jobs().length, 1)
      pass(60)
      assert.strictEqual(queue.jobs().length, version === "lts" ? 1 : 0)
      pass(10 * 86_400 + 60)
      assert.strictEqual(queue.jobs().length, 0)
      assert.strictEqual(show(queue.history()[0], "JobStatus"), "4")
    }
  })

  it("transfer of a running job: is recorded only by 23.x", () => {
    for (const version of versions) {
      const { pass, queue, submit } = makeQueue({ version })
      const job = first(submit())
      pass(5)
      queue.stageOutBegan(job)
      assert.strictEqual(show(job.ad, "StageOutStart"), version === "lts" ? `${start / 1000 + 5}` : "-")
    }
  })

  it("on_exit_remove: runs the job again until it is true", () => {
    const { pass, submit } = makeQueue({
      systemPolicies: false,
      payload: () => ({ exit: { code: 3 }, duration: "50 seconds" })
    })
    const job = first(submit({ OnExitRemove: "NumJobStarts >= 3" }))
    pass(52)
    assert.strictEqual(show(job.ad, "JobStatus", "LastJobStatus", "ExitCode", "NumJobStarts"), "1 2 3 1")
    pass(52)
    assert.strictEqual(show(job.ad, "JobStatus", "ExitCode", "JobRunCount"), "2 3 3")
    pass(50)
    assert.strictEqual(show(job.ad, "JobStatus", "ExitCode", "JobRunCount"), "4 3 3")
  })

  it("max_retries: limits the runs of a job", () => {
    for (const most of [0, 1, 2]) {
      const { pass, submit } = makeQueue({ systemPolicies: false, payload: () => ({ exit: { code: 3 } }) })
      const job = first(
        submit({
          JobMaxRetries: `${most}`,
          NumJobCompletions: "0",
          OnExitRemove: "NumJobCompletions > JobMaxRetries || ExitCode =?= 0"
        })
      )
      pass(1_000)
      // The CE does not count completions.
      assert.strictEqual(
        show(job.ad, "JobStatus", "ExitCode", "NumJobStarts", "NumJobCompletions"),
        `4 3 ${most + 1} 0`
      )
    }
  })

  it("policies of a CE: remove a job that would run again, when it is idle or has started", () => {
    for (const startDelay of [1_000, 70_000]) {
      const { pass, queue, submit } = makeQueue({ startDelay, payload: () => ({ exit: { code: 3 } }) })
      submit({ OnExitRemove: "false" })
      pass(600)
      assert.strictEqual(
        show(queue.history()[0], "JobStatus", "RemoveReason"),
        "3 \"CE job removed by SYSTEM_PERIODIC_REMOVE due to disabled job retries\""
      )
    }
  })
})

describe("a long time", () => {
  it("ten days: cost little with jobs that wait and jobs that have completed", () => {
    const { pass, queue, submit } = makeQueue({ systemPolicies: false })
    submit({ LeaveJobInQueue: retained.replace("3600", "8640000") }, 20)
    submit({ Requirements: "False", PeriodicRemove: "JobStatus == 1 && time() - QDate > 99*86400" }, 20)
    const begin = performance.now()
    pass(10)
    for (let day = 0; day < 10; day++) pass(86_400)
    assert.isBelow(performance.now() - begin, 10_000)
    assert.strictEqual(queue.jobs().length, 40)
    pass(90 * 86_400)
    assert.strictEqual(queue.jobs().length, 20)
  })

  it("reinstall: numbers start at 1, and the history is empty", () => {
    const { pass, queue, submit } = makeQueue()
    submit()
    pass(10_000)
    assert.strictEqual(queue.history().length, 1)
    submit()
    queue.reinstall()
    assert.deepStrictEqual([queue.jobs(), queue.history()], [[], []])
    assert.strictEqual(first(submit()).cluster, 1)
  })
})
