import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as JobAd from "../../src/condor/JobAd.ts"
import * as JobState from "../../src/condor/JobState.ts"

const { cases } = JobState.JobState
const code = (code: number) => JobState.Termination.cases.Code.make({ code })
const unknown = JobState.Termination.cases.Unknown.make({})
const signal = (signal: number) => JobState.Termination.cases.Signal.make({ signal })

const state = (record: Readonly<Record<string, unknown>>) =>
  JobState.fromAd(
    Result.getOrThrow(JobAd.fromJson({ ClusterId: 1, ProcId: 0, ExitBySignal: false, ExitStatus: 0, ...record }))
  )

interface Row {
  readonly what: string
  readonly ad: Readonly<Record<string, unknown>>
  readonly is: JobState.JobState
}

const spooling = { HoldReasonCode: 16, HoldReason: "Spooling input data files" }
const missing = "Transfer output files failure at execution point slot1_4@vm while sending files to access point vm."

// Measured ads, from the queue and from the history.
const rows: ReadonlyArray<Row> = [
  { what: "spooling", ad: { JobStatus: 5, ...spooling }, is: cases.Spooling.make({}) },
  {
    what: "spooled and released",
    ad: { JobStatus: 1, HoldReason: null, HoldReasonCode: null, LastJobStatus: 5 },
    is: cases.Idle.make({})
  },
  { what: "idle and routed", ad: { JobStatus: 1, CompletionDate: 0 }, is: cases.Idle.make({}) },
  {
    what: "idle for half an hour, and not routed",
    ad: { JobStatus: 1, EnteredCurrentStatus: 1_795_687_881, ServerTime: 1_795_687_881 + 1_801 },
    is: cases.Idle.make({ delay: JobState.Delay.cases.Unrouted.make({ since: 1_795_687_881 }) })
  },
  {
    what: "idle, not routed, and not for so long",
    ad: { JobStatus: 1, EnteredCurrentStatus: 1_795_687_881, ServerTime: 1_795_687_881 + 1_800 },
    is: cases.Idle.make({})
  },
  {
    what: "idle for an hour in the batch system",
    ad: { JobStatus: 1, EnteredCurrentStatus: 1_795_687_881, ServerTime: 1_795_687_881 + 3_600, RoutedToJobId: "3.0" },
    is: cases.Idle.make({})
  },
  {
    what: "idle, and nothing says since when",
    ad: { JobStatus: 1, ServerTime: 1_795_687_881 },
    is: cases.Idle.make({})
  },
  {
    what: "idle, and nothing says what time it is",
    ad: { JobStatus: 1, EnteredCurrentStatus: 1_795_687_881 },
    is: cases.Idle.make({})
  },
  { what: "running", ad: { JobStatus: 2, CompletionDate: 0 }, is: cases.Running.make({}) },
  {
    what: "running again after exit 3, with max_retries",
    ad: { JobStatus: 2, ExitCode: 3, CompletionDate: 0 },
    is: cases.Running.make({})
  },
  {
    what: "running again after a signal",
    ad: { JobStatus: 2, ExitBySignal: true, ExitSignal: 9 },
    is: cases.Running.make({})
  },
  { what: "running after a restart of the schedd", ad: { JobStatus: 2, ...spooling }, is: cases.Running.make({}) },
  { what: "idle after a restart of the schedd", ad: { JobStatus: 1, ...spooling }, is: cases.Idle.make({}) },
  {
    what: "completed after a restart of the schedd",
    ad: { JobStatus: 4, ExitCode: 0, ...spooling },
    is: cases.Completed.make({ termination: code(0) })
  },
  {
    what: "exit 0",
    ad: { JobStatus: 4, ExitCode: 0, CompletionDate: 1_795_331_539 },
    is: cases.Completed.make({ termination: code(0) })
  },
  {
    what: "exit 3, ExitStatus says 0",
    ad: { JobStatus: 4, ExitCode: 3, ExitStatus: 0 },
    is: cases.Completed.make({ termination: code(3) })
  },
  {
    what: "killed by signal 9, no ExitCode",
    ad: { JobStatus: 4, ExitBySignal: true, ExitSignal: 9 },
    is: cases.Completed.make({ termination: signal(9) })
  },
  {
    what: "killed by signal 11 after an attempt that exited with 3",
    ad: { JobStatus: 4, ExitBySignal: true, ExitSignal: 11, ExitCode: 3 },
    is: cases.Completed.make({ termination: signal(11) })
  },
  {
    what: "exit 3 after an attempt that was killed",
    ad: { JobStatus: 4, ExitBySignal: false, ExitSignal: 11, ExitCode: 3 },
    is: cases.Completed.make({ termination: code(3) })
  },
  {
    what: "history: left by a fetch",
    ad: { JobStatus: 4, LastJobStatus: 2, ExitCode: 0 },
    is: cases.Completed.make({ termination: code(0) })
  },
  {
    what: "history: removed after it had completed",
    ad: { JobStatus: 3, LastJobStatus: 4, ExitCode: 0, RemoveReason: "via condor_rm (by user pilot)" },
    is: cases.CompletedThenRemoved.make({ termination: code(0), reason: "via condor_rm (by user pilot)" })
  },
  {
    what: "history: removed after it had completed by a signal",
    ad: { JobStatus: 3, LastJobStatus: 4, ExitBySignal: true, ExitSignal: 9 },
    is: cases.CompletedThenRemoved.make({ termination: signal(9), reason: "" })
  },
  {
    what: "history: removed while it ran",
    ad: { JobStatus: 3, LastJobStatus: 2, CompletionDate: 0, RemoveReason: "via condor_rm (by user pilot)" },
    is: cases.Removed.make({ reason: "via condor_rm (by user pilot)" })
  },
  {
    what: "history: removed while it ran for the second time",
    ad: { JobStatus: 3, LastJobStatus: 2, ExitCode: 3 },
    is: cases.Removed.make({ reason: "" })
  },
  {
    what: "history: removed while idle",
    ad: { JobStatus: 3, LastJobStatus: 1 },
    is: cases.Removed.make({ reason: "" })
  },
  {
    what: "history: removed while held, the hold reason is lost",
    ad: { JobStatus: 3, LastJobStatus: 5 },
    is: cases.Removed.make({ reason: "" })
  },
  {
    what: "history: its input never arrived",
    ad: { JobStatus: 3, LastJobStatus: 5, RemoveReason: "Staging of job files failed" },
    is: cases.Removed.make({ reason: "Staging of job files failed" })
  },
  {
    what: "held by the user",
    ad: { JobStatus: 5, HoldReasonCode: 1, HoldReasonSubCode: 7, HoldReason: "client hold reason (by user pilot)" },
    is: cases.Held.make({ code: 1, subcode: 7, reason: "client hold reason (by user pilot)" })
  },
  {
    what: "held by the pool, the payload was stopped with SIGTERM",
    ad: {
      JobStatus: 5,
      HoldReasonCode: 1,
      HoldReasonSubCode: 9,
      HoldReason: "site admin says no (by user condor)",
      ExitBySignal: true,
      ExitSignal: 15
    },
    is: cases.Held.make({ code: 1, subcode: 9, reason: "site admin says no (by user condor)" })
  },
  {
    what: "held by the pool for a missing output, and then by the user",
    ad: {
      JobStatus: 5,
      HoldReasonCode: 1,
      HoldReasonSubCode: 0,
      HoldReason: "via condor_hold (by user pilot)",
      HoldCopiedFromTargetJob: true
    },
    is: cases.Held.make({ code: 1, subcode: 0, reason: "via condor_hold (by user pilot)", copied: true })
  },
  {
    what: "held by its own policy",
    ad: { JobStatus: 5, HoldReasonCode: 3, HoldReasonSubCode: 42, HoldReason: "payload exit 3", ExitCode: 3 },
    is: cases.Held.make({ code: 3, subcode: 42, reason: "payload exit 3" })
  },
  {
    what: "held for a missing output",
    ad: { JobStatus: 5, HoldReasonCode: 12, HoldReasonSubCode: 2, HoldReason: missing },
    is: cases.Held.make({ code: 12, subcode: 2, reason: missing })
  },
  {
    what: "held with code 0 for a macro",
    ad: { JobStatus: 5, HoldReasonCode: 0, HoldReason: "Cannot expand $$ expression (x)." },
    is: cases.Held.make({ code: 0, subcode: 0, reason: "Cannot expand $$ expression (x)." })
  },
  {
    what: "held, and nothing says why",
    ad: { JobStatus: 5, HoldReason: null, HoldReasonCode: null, HoldReasonSubCode: null },
    is: cases.Held.make({ code: 0, subcode: 0, reason: "" })
  },
  {
    what: "transferring output",
    ad: { JobStatus: 6, ExitCode: 0 },
    is: cases.TransferringOutput.make({})
  },
  { what: "suspended", ad: { JobStatus: 7 }, is: cases.Suspended.make({}) },
  { what: "blocked", ad: { JobStatus: 9, JobCurrentStartDate: 1_795_687_881 }, is: cases.Blocked.make({}) },
  { what: "preparing", ad: { JobStatus: 10 }, is: cases.Preparing.make({}) },
  ...[-1, 0, 8, 11, 4_711].flatMap((JobStatus): ReadonlyArray<Row> => [
    {
      what: `in state ${JobStatus}, never started`,
      ad: { JobStatus, CompletionDate: 0 },
      is: cases.Other.make({ status: JobStatus, begun: false })
    },
    {
      what: `in state ${JobStatus}, started`,
      ad: { JobStatus, JobCurrentStartDate: 1_795_687_881 },
      is: cases.Other.make({ status: JobStatus, begun: true })
    },
    {
      what: `in state ${JobStatus}, with the date of an end`,
      ad: { JobStatus, CompletionDate: 1_795_687_881 },
      is: cases.Other.make({ status: JobStatus, begun: true })
    }
  ])
]

const { cases: delays } = JobState.Delay
const gone = "Job disappeared from remote schedd"
const atCE = { GridResource: "condor ce@local ce.example.org:9619" }
const handedOn = { ...atCE, GridJobId: "condor ce@local ce.example.org:9619 2.0" }

// Measured ads of a submit host.
const gridRows: ReadonlyArray<Row> = [
  { what: "spooling to the submit host", ad: { JobStatus: 5, ...atCE, ...spooling }, is: cases.Spooling.make({}) },
  {
    what: "idle, and not handed over yet",
    ad: { JobStatus: 1, ...atCE, EnteredCurrentStatus: 1_795_687_881, HoldReason: null },
    is: cases.Idle.make({ delay: delays.Unsubmitted.make({ since: 1_795_687_881 }) })
  },
  {
    what: "idle at a submit host, which routes nothing",
    ad: { JobStatus: 1, ...handedOn, EnteredCurrentStatus: 1_795_687_881, ServerTime: 1_795_697_881 },
    is: cases.Idle.make({})
  },
  {
    what: "idle, and the CE does not answer",
    ad: { JobStatus: 1, ...atCE, EnteredCurrentStatus: 1_795_687_881, GridResourceUnavailableTime: 1_795_687_884 },
    is: cases.Idle.make({ delay: delays.ResourceUnavailable.make({ since: 1_795_687_884 }) })
  },
  {
    what: "idle at a CE that has gone away since",
    ad: { JobStatus: 1, ...handedOn, GridJobStatus: "IDLE", GridResourceUnavailableTime: 1_795_687_884 },
    is: cases.Idle.make({ delay: delays.ResourceUnavailable.make({ since: 1_795_687_884 }) })
  },
  {
    what: "handed over, and the CE has answered again",
    ad: { JobStatus: 1, ...handedOn, GridResourceUnavailableTime: null },
    is: cases.Idle.make({})
  },
  { what: "idle at the CE", ad: { JobStatus: 1, ...handedOn, GridJobStatus: "IDLE" }, is: cases.Idle.make({}) },
  {
    what: "released here, and still held at the CE",
    ad: { JobStatus: 1, ...handedOn, GridJobStatus: "HELD" },
    is: cases.Idle.make({})
  },
  ...["COMPLETED", "TRANSFERRING_OUTPUT"].map((GridJobStatus) => ({
    what: `${GridJobStatus} at the CE before the gridmanager saw it run`,
    ad: { JobStatus: 1, ...handedOn, GridJobStatus },
    is: cases.TransferringOutput.make({})
  })),
  {
    what: "to be handed over once more, after it was at its end",
    ad: { JobStatus: 1, ...atCE, GridJobStatus: "COMPLETED", EnteredCurrentStatus: 1_795_687_881 },
    is: cases.Idle.make({ delay: delays.Unsubmitted.make({ since: 1_795_687_881 }) })
  },
  { what: "running", ad: { JobStatus: 2, ...handedOn, GridJobStatus: "RUNNING" }, is: cases.Running.make({}) },
  {
    what: "running when the CE was last heard of",
    ad: { JobStatus: 2, ...handedOn, GridJobStatus: "RUNNING", GridResourceUnavailableTime: 1_795_687_883 },
    is: cases.Running.make({})
  },
  {
    what: "suspended at the CE",
    ad: { JobStatus: 2, ...handedOn, GridJobStatus: "SUSPENDED" },
    is: cases.Suspended.make({})
  },
  {
    what: "its output is on the way to the CE",
    ad: { JobStatus: 2, ...handedOn, GridJobStatus: "TRANSFERRING_OUTPUT" },
    is: cases.TransferringOutput.make({})
  },
  {
    what: "completed at the CE, its output is on the way to the submit host",
    ad: { JobStatus: 2, ...handedOn, GridJobStatus: "COMPLETED", ExitCode: 3 },
    is: cases.TransferringOutput.make({})
  },
  {
    what: "completed",
    ad: { JobStatus: 4, ...handedOn, GridJobStatus: "COMPLETED", ExitCode: 3 },
    is: cases.Completed.make({ termination: code(3) })
  },
  {
    what: "held by the site",
    ad: {
      JobStatus: 5,
      ...handedOn,
      GridJobStatus: "HELD",
      HoldReasonCode: 1,
      HoldReasonSubCode: 9,
      HoldReason: "held by the site (by user condor)"
    },
    is: cases.Held.make({ code: 1, subcode: 9, reason: "held by the site (by user condor)" })
  },
  {
    what: "held by the gridmanager, because the CE has lost it",
    ad: { JobStatus: 5, ...atCE, GridJobStatus: "RUNNING", HoldReasonCode: 0, HoldReasonSubCode: 0, HoldReason: gone },
    is: cases.Held.make({ code: 0, subcode: 0, reason: gone })
  },
  {
    what: "removed, and the CE does not know yet",
    ad: { JobStatus: 3, ...handedOn, GridJobStatus: "RUNNING", LastJobStatus: 2, RemoveReason: "via condor_rm" },
    is: cases.Removed.make({ reason: "via condor_rm" })
  }
]

describe("JobState", () => {
  it.each([...rows, ...gridRows])("$what", ({ ad, is }) => {
    assert.deepStrictEqual(state(ad), is)
  })

  it.each<readonly [Readonly<Record<string, unknown>>, JobState.Termination]>([
    [{}, unknown],
    [{ ExitCode: null }, unknown],
    [{ ExitBySignal: null, ExitCode: null }, unknown],
    [{ ExitBySignal: true }, unknown],
    [{ ExitBySignal: true, ExitCode: 0 }, unknown],
    [{ ExitBySignal: true, ExitSignal: -1 }, unknown],
    [{ ExitBySignal: true, ExitSignal: "9" }, unknown],
    [{ ExitSignal: 9 }, unknown],
    [{ ExitCode: "0" }, unknown],
    [{ ExitCode: "NaN" }, unknown],
    [{ ExitCode: "/Expr(real(\"NaN\"))/" }, unknown],
    [{ ExitCode: 1.5 }, unknown],
    [{ ExitCode: 1e300 }, unknown],
    [{ ExitBySignal: "true", ExitSignal: 9 }, unknown],
    [{ ExitBySignal: 1, ExitCode: 3 }, code(3)],
    [{ ExitCode: -1 }, code(-1)],
    [{ ExitCode: -11 }, code(-11)]
  ])("a completed job with %j has no invented exit", (ad, termination) => {
    assert.deepStrictEqual(state({ JobStatus: 4, ...ad }), cases.Completed.make({ termination }))
    assert.deepStrictEqual(
      state({ JobStatus: 3, LastJobStatus: 4, RemoveReason: "gone", ...ad }),
      cases.CompletedThenRemoved.make({ termination, reason: "gone" })
    )
  })

  it("the table has every status", () => {
    assert.deepStrictEqual(
      Array.from(new Set(rows.map(({ ad }) => ad["JobStatus"]))).toSorted(),
      [-1, 0, 1, 10, 11, 2, 3, 4, 4_711, 5, 6, 7, 8, 9]
    )
    assert.deepStrictEqual(
      Array.from(new Set(rows.map(({ is }) => is._tag))).toSorted(),
      Object.keys(JobState.JobState.cases).toSorted()
    )
  })

  it.prop("any ad has a state", [JobAd.JobAd], ([ad]) => {
    assert.isTrue(Schema.is(JobState.JobState)(JobState.fromAd(ad)))
  }, { arbitrary: { runs: 1_000 } })

  it.prop("any value of ExitCode, ExitSignal and ExitBySignal leaves a completed job readable", [
    Schema.Record(Schema.Literals(["ExitCode", "ExitSignal", "ExitBySignal"]), Schema.Unknown)
  ], ([exit]) => {
    assert.strictEqual(state({ JobStatus: 4, ...exit })._tag, "Completed")
  }, { arbitrary: { runs: 1_000 } })
})
