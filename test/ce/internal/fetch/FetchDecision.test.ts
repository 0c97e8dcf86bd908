import { assert, it } from "@effect/vitest"
import { DateTime, Effect, Result } from "effect"
import * as FetchDecision from "../../../../src/ce/internal/fetch/FetchDecision.ts"
import type { LookupResult } from "../../../../src/ce/internal/query/LookupResult.ts"
import { JobAd, JobId } from "../../../../src/condor/index.ts"
import { completedAd, handle } from "../../Scripted.ts"

const job = "7.1"
const id = JobId.JobId.make({ cluster: JobId.ClusterId.make(7), proc: JobId.ProcId.make(1) })

const decide = (place: "Queue" | "History", attributes: Record<string, unknown>, own = true) =>
  Effect.map(Effect.fromResult(JobAd.fromJson(completedAd(job, attributes))), (ad) => {
    const found: LookupResult = place === "Queue" ? { _tag: "Queue", ad, own } : { _tag: "History", ad }
    return FetchDecision.decide(handle(job), id, found)
  })

const rows: ReadonlyArray<
  readonly [situation: string, place: "Queue" | "History", attributes: Record<string, unknown>, answer: string]
> = [
  ["completed", "Queue", {}, "candidate"],
  ["completed, and transferred before by a client that then died", "Queue", {
    StageOutStart: 2_000,
    StageOutFinish: 2_001
  }, "candidate"],
  ["waiting for input", "Queue", { JobStatus: 5, HoldReasonCode: 16 }, "NotFinished"],
  ["held", "Queue", { JobStatus: 5, HoldReasonCode: 12 }, "NotFinished"],
  ["running, with the exit code of an earlier attempt", "Queue", { JobStatus: 2 }, "NotFinished"],
  ["running, with the hold reason of its spooling after a restart of the schedd", "Queue", {
    JobStatus: 2,
    HoldReasonCode: 16
  }, "NotFinished"],
  ["on its way out, and why is not known yet", "Queue", { JobStatus: 3, LastJobStatus: 4 }, "TransferFailed"],
  ["on its way out after it was fetched", "Queue", {
    JobStatus: 3,
    LastJobStatus: 4,
    RemoveReason: "output retrieved (by user pilot)"
  }, "AlreadyRetrieved"],
  [
    "fetched",
    "History",
    { JobStatus: 3, LastJobStatus: 4, RemoveReason: "output retrieved (by user pilot)" },
    "AlreadyRetrieved"
  ],
  [
    "fetched by another tool, on a client of 25.8 or later",
    "History",
    { StageOutStart: 2_000, StageOutFinish: 2_000 },
    "AlreadyRetrieved"
  ],
  ["fetched and removed by another tool", "History", {
    JobStatus: 3,
    LastJobStatus: 4,
    StageOutFinish: 2_000,
    RemoveReason: "via condor_rm (by user pilot)"
  }, "AlreadyRetrieved"],
  ["expired", "History", {}, "OutputMissing"],
  [
    "transferred by this library, and expired before it was acknowledged",
    "History",
    { StageOutStart: 2_000, StageOutFinish: 2_000, EffectCEFetch: "k-1" },
    "OutputMissing"
  ],
  [
    "transferred by this library, rejected, and purged",
    "History",
    {
      JobStatus: 3,
      LastJobStatus: 4,
      StageOutFinish: 2_000,
      EffectCEFetch: "k-1",
      RemoveReason: "output purged (by user pilot)"
    },
    "OutputMissing"
  ],
  [
    "fetched by another tool while it ran, and expired",
    "History",
    { EnteredCurrentStatus: 947, StageOutStart: 951, StageOutFinish: 951, CompletionDate: 961 },
    "OutputMissing"
  ],
  [
    "fetched by another tool, at a CE that noted a new status since",
    "History",
    { EnteredCurrentStatus: 3_000, StageOutStart: 2_000, StageOutFinish: 2_000, CompletionDate: 1_900 },
    "AlreadyRetrieved"
  ],
  ["a transfer that failed, then expired", "History", { StageOutStart: 2_000 }, "OutputMissing"],
  [
    "purged",
    "History",
    { JobStatus: 3, LastJobStatus: 4, RemoveReason: "output purged (by user pilot)" },
    "OutputMissing"
  ],
  ["removed by the site after completion", "History", {
    JobStatus: 3,
    LastJobStatus: 4,
    RemoveReason: "CE job removed"
  }, "OutputMissing"],
  [
    "removed while it ran",
    "History",
    { JobStatus: 3, LastJobStatus: 2, RemoveReason: "cancelled (by user pilot)" },
    "OutputMissing"
  ],
  ["completed without any exit", "Queue", { ExitCode: null, ExitBySignal: null }, "candidate"],
  ["completed with an exit of the batch system's own", "Queue", { ExitCode: -11 }, "candidate"],
  ["completed by a signal that nobody knows", "Queue", { ExitCode: null, ExitBySignal: true }, "candidate"],
  ["completed with an exit that is no number", "Queue", { ExitCode: "NaN" }, "candidate"],
  ["fetched, with no exit", "History", {
    JobStatus: 3,
    LastJobStatus: 4,
    RemoveReason: "output retrieved (by user pilot)",
    ExitCode: null
  }, "AlreadyRetrieved"],
  ["an output file that leads elsewhere", "Queue", { Out: "../../home/pilot/.profile" }, "TransferFailed"],
  ["an absolute log", "Queue", { UserLog: "/etc/passwd" }, "TransferFailed"],
  ["a promised file that leads elsewhere", "Queue", { TransferOutput: "fine.txt,../up" }, "TransferFailed"],
  ["no name for stdout", "Queue", { Out: null }, "TransferFailed"]
]

for (const [situation, place, attributes, answer] of rows) {
  it.effect(`${place}: ${situation} is ${answer}`, () =>
    Effect.gen(function*() {
      const result = yield* decide(place, attributes)
      assert.strictEqual(Result.isSuccess(result) ? "candidate" : result.failure._tag, answer)
    }))
}

it.effect("job of another identity: is NotOwner, in any state, and the error names its owner", () =>
  Effect.gen(function*() {
    const result = yield* decide("Queue", {}, false)
    assert.isTrue(Result.isFailure(result))
    if (Result.isFailure(result)) {
      assert.strictEqual(result.failure._tag, "NotOwner")
      assert.include(result.failure.message, "pilot@users.htcondor.org")
    }
  }))

it.effect("AlreadyRetrieved: has the time", () =>
  Effect.gen(function*() {
    const result = yield* decide("History", {
      JobStatus: 3,
      LastJobStatus: 4,
      RemoveReason: "output retrieved (by user pilot)",
      EnteredCurrentStatus: 1_795_332_000
    })
    assert.isTrue(Result.isFailure(result) && result.failure._tag === "AlreadyRetrieved")
    if (Result.isFailure(result) && result.failure._tag === "AlreadyRetrieved") {
      assert.strictEqual(DateTime.toEpochMillis(result.failure.retrievedAt), 1_795_332_000_000)
      assert.include(result.failure.message, "2026-11-22T")
    }
  }))

it.effect("output that went to a URL: is not expected back, and the count of 25.x for it is not believed", () =>
  Effect.gen(function*() {
    const candidate = (attributes: Record<string, unknown>) =>
      Effect.flatMap(decide("Queue", { NumJobStarts: 1, BytesSent: 1752, ...attributes }), Effect.fromResult)
    const ad = { TransferOutput: "kept.txt,sent.txt, it's$x" }
    const all = yield* candidate(ad)
    assert.deepStrictEqual([all.promised, all.bytes], [["kept.txt", "sent.txt", "it's$x"], 1752])
    const some = yield* candidate({
      ...ad,
      TransferOutputRemaps: "sent.txt = https://example.org/0/sent.txt;it's$x = osdf:///a"
    })
    assert.deepStrictEqual([some.promised, some.bytes], [["kept.txt"], undefined])
    const local = yield* candidate({ ...ad, TransferOutputRemaps: "sent.txt = d/sent.txt" })
    assert.deepStrictEqual([local.promised, local.bytes], [all.promised, all.bytes])
  }))

it("transfer: counts only if its end is not older than its beginning", () => {
  const counts = (StageOutStart: number, StageOutFinish?: number) =>
    Result.isSuccess(
      Result.map(JobAd.fromJson(completedAd(job, { StageOutStart, StageOutFinish: StageOutFinish ?? null })), (ad) => {
        assert.strictEqual(
          FetchDecision.transferCompleted(ad),
          StageOutFinish !== undefined && StageOutFinish >= StageOutStart && StageOutFinish >= 1_000
        )
        return ad
      })
    )
  assert.isTrue([counts(2_000), counts(2_000, 1_999), counts(2_000, 2_000), counts(500, 600)].every(Boolean))
})
