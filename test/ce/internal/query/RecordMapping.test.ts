import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Result, Schema } from "effect"
import * as RecordMapping from "../../../../src/ce/internal/query/RecordMapping.ts"
import { JobAd } from "../../../../src/condor/index.ts"
import { Capability, JobRecord, Outcomes } from "../../../../src/index.ts"
import { ad, backend, handle, past, printed } from "../../Scripted.ts"

const at = (second: number) => DateTime.makeUnsafe(second * 1_000)

/** Attributes at a CE of a job that has burnt ten seconds of CPU. (Measured on 23.9 and 25.14.) */
const burnt = {
  JobStatus: 4,
  LastJobStatus: 2,
  QDate: 212,
  StageInFinish: 213,
  JobStartDate: 214,
  JobCurrentStartDate: 214,
  EnteredCurrentStatus: 215,
  CompletionDate: 256,
  JobFinishedHookDone: 258,
  RemoteWallClockTime: 42,
  RemoteUserCpu: 2,
  RemoteSysCpu: 7,
  ResidentSetSize: 225_000,
  DiskUsage: 37_500,
  BytesRecvd: 5_000_445,
  BytesSent: 31_457_356,
  RequestCpus: 1,
  RequestMemory: 256,
  RequestDisk: "/Expr(DiskUsage)/",
  CpusProvisioned: 1,
  MemoryProvisioned: 512,
  DiskProvisioned: 2_048,
  NumJobStarts: 1,
  NumHoldsByReason: { TransferOutputError: 1 },
  ExitBySignal: false,
  ExitCode: 0
}

const recordOf = (attributes: Record<string, unknown>) =>
  Result.getOrThrow(RecordMapping.fromFound(handle("7.0"), {
    _tag: "History",
    ad: Result.getOrThrow(JobAd.fromJson(ad("7.0", attributes)))
  }))

describe("record of a job", () => {
  it("has the CE's measurements, in seconds and bytes", () => {
    assert.deepStrictEqual(recordOf(burnt), {
      version: 1,
      handle: handle("7.0"),
      status: { _tag: "Completed", since: at(256), exit: { _tag: "Code", code: 0 }, output: "Gone" },
      times: {
        submitted: at(212),
        staged: at(213),
        firstStarted: at(214),
        started: at(214),
        ended: at(256),
        available: at(258)
      },
      usage: {
        wallTime: 42,
        cpu: 9,
        memory: 230_400_000,
        disk: 38_400_000,
        bytesIn: 5_000_445,
        bytesOut: 31_457_356
      },
      requested: { cpus: 1, memory: 268_435_456 },
      provisioned: { cpus: 1, memory: 536_870_912, disk: 2_097_152 },
      starts: 1,
      holds: { TransferOutputError: 1 },
      exit: { _tag: "Code", code: 0 }
    })
  })

  it("has no usage, no starts and no end while the job runs, whatever is in the ad at that time", () => {
    const { exit, starts, times, usage } = recordOf({ ...burnt, JobStatus: 2, CompletionDate: 0 })
    assert.deepStrictEqual([exit, starts, usage, times.ended, times.available], [
      undefined,
      undefined,
      undefined,
      undefined,
      undefined
    ])
    assert.deepStrictEqual(times.started, at(214))
  })

  it("job that was removed while it ran: has the time until then, and none of the zeros", () => {
    const zeros = { CompletionDate: 0, RemoteWallClockTime: 0, RemoteUserCpu: 0, RemoteSysCpu: 0, BytesSent: 0 }
    const { exit, starts, times, usage } = recordOf({
      ...burnt,
      ...zeros,
      JobStatus: 3,
      EnteredCurrentStatus: 231,
      ResidentSetSize: null,
      DiskUsage: 5_000,
      NumJobStarts: 0
    })
    assert.deepStrictEqual([times.ended, times.removed, times.available], [at(231), at(231), undefined])
    assert.deepStrictEqual(usage, { wallTime: 17, bytesIn: 5_000_445 })
    assert.deepStrictEqual([exit, starts], [undefined, undefined])
  })

  it("job that was removed while it waited or was held: has no end of a run", () => {
    for (const LastJobStatus of [1, 5]) {
      const { times } = recordOf({ ...burnt, JobStatus: 3, LastJobStatus, EnteredCurrentStatus: 300 })
      assert.deepStrictEqual([times.ended, times.removed], [undefined, at(300)])
    }
    const { times, usage } = recordOf({ JobStatus: 3, LastJobStatus: 1, QDate: 212, EnteredCurrentStatus: 300 })
    assert.deepStrictEqual([times, usage], [{ submitted: at(212), removed: at(300) }, undefined])
  })

  it("completed job that was removed then: has both times", () => {
    const { times } = recordOf({ ...burnt, JobStatus: 3, LastJobStatus: 4, EnteredCurrentStatus: 300 })
    assert.deepStrictEqual([times.ended, times.removed], [at(256), at(300)])
  })

  it("survives a round trip through JSON, whatever is in the ad", () => {
    const json = Schema.fromJsonString(JobRecord.JobRecord)
    for (const wrong of [-1, 0, 1.5, 1e300, "7", null, {}]) {
      const record = recordOf(Object.fromEntries(
        Object.entries(burnt).map(([name, value]) => [name, name.endsWith("Status") ? value : wrong])
      ))
      assert.deepStrictEqual(Schema.decodeSync(json)(Schema.encodeSync(json)(record)), record)
    }
  })
})

describe("describe: queries", () => {
  const describeJobs = (jobs: ReadonlyArray<string>) =>
    Effect.flatMap(Capability.StatusReporter, (reporter) => reporter.describe(jobs.map((job) => handle(job))))

  it.effect("the queue once, and no other daemon, for jobs that are in the queue", () => {
    const { calls, layer } = backend(() => printed(ad("7.0", burnt), ad("7.1", burnt)))
    return Effect.gen(function*() {
      const records = yield* describeJobs(["7.0", "7.1"])
      assert.deepStrictEqual(Outcomes.successes(records).map(([, { usage }]) => usage?.cpu), [9, 9])
      assert.deepStrictEqual(calls.map(({ tool }) => tool), ["condor_q"])
      assert.deepStrictEqual(yield* describeJobs([]), Outcomes.fromIterable([]))
      assert.strictEqual(calls.length, 1)
    }).pipe(Effect.provide(layer))
  })

  it.effect("the history for jobs that have left, as far as it has them", () => {
    const { layer } = backend((call) => call.tool === "condor_q" ? printed() : past(call, [ad("7.0", burnt)]))
    return Effect.gen(function*() {
      const records = yield* describeJobs(["7.0"])
      assert.deepStrictEqual(Outcomes.successes(records).map(([, { usage }]) => usage?.cpu), [9])
    }).pipe(Effect.provide(layer))
  })
})
