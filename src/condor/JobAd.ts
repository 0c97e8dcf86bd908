/**
 * The attributes of a job that this library queries, as the tools print them in JSON.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { ClusterId, ProcId } from "./JobId.ts"
import { names } from "./OwnAttributes.ts"

const optionalText = Schema.optionalKey(Schema.String)
const optionalInt = Schema.optionalKey(Schema.Int)
const optionalEpoch = Schema.optionalKey(Schema.Natural)
const optionalAmount = Schema.optionalKey(Schema.Finite)

/**
 * The part of a job's ad that this library reads. Times are seconds since 1970. (Manual: "Job ClassAd Attributes".)
 *
 * **Details**
 *
 * Only the number and the status are required. An attribute that was cleared, or that has the wrong type, is absent.
 * Otherwise a user who may edit a job's ad could make the job unreadable. The status may be any number, because each release
 * may add new ones. `ExitStatus` is not used: it stays 0 whatever the exit code was.
 *
 * @category models
 * @since 0.1.0
 */
export const JobAd = Schema.Struct({
  ClusterId,
  ProcId,
  /** The state of the job: 1 idle, 2 running, 3 removed, 4 completed, 5 held, 6 transferring output, 7 suspended. */
  JobStatus: Schema.Int,
  /** The state before the present one. */
  LastJobStatus: optionalInt,
  /** The owner with a domain: `pilot@example.org`. */
  User: optionalText,
  /** The owner without a domain. */
  Owner: optionalText,
  /** The time at which the job entered its state. For a completed job it is the start of the run. */
  EnteredCurrentStatus: optionalEpoch,
  /** The start of the current or last run. */
  JobCurrentStartDate: optionalEpoch,
  /** The clock of the schedd when it answered. Absent in the history. */
  ServerTime: optionalEpoch,
  /** The end of the payload. 0 before, and for a job that was removed before it completed. */
  CompletionDate: optionalEpoch,
  /** Whether a signal ended the payload. */
  ExitBySignal: Schema.optionalKey(Schema.Boolean),
  /** The exit code of the payload. A batch system behind the CE may leave a negative one. */
  ExitCode: optionalInt,
  /** The signal that ended the payload. */
  ExitSignal: optionalInt,
  /** The reason of the hold. After a restart of the schedd it reappears on jobs that are not held. */
  HoldReason: optionalText,
  /** The code of the hold: see `HoldReason`. */
  HoldReasonCode: optionalInt,
  /** The subcode of the hold, for example the `errno` of a failed transfer. */
  HoldReasonSubCode: optionalInt,
  /** Whether the JobRouter copied the hold from the job in the batch system. */
  HoldCopiedFromTargetJob: Schema.optionalKey(Schema.Boolean),
  /** The reason of the removal. */
  RemoveReason: optionalText,
  /** The time at which the transfer of the input to the spool began. */
  StageInStart: optionalEpoch,
  /** The time at which all input was in the spool. */
  StageInFinish: optionalEpoch,
  /** The time at which a transfer of the output to a client began. */
  StageOutStart: optionalEpoch,
  /** The time at which a transfer of the output to a client ended. */
  StageOutFinish: optionalEpoch,
  /** The number of starts. It is updated late. */
  NumJobStarts: optionalInt,
  /** The bytes that the batch system transferred back. */
  BytesSent: Schema.optionalKey(Schema.Finite),
  /** The path of the standard output. */
  Out: optionalText,
  /** The path of the standard error. */
  Err: optionalText,
  /** The path of the event log. */
  UserLog: optionalText,
  /** The outputs: names, separated by commas. */
  TransferOutput: optionalText,
  /** The URLs of outputs: `name=URL`, separated by semicolons. */
  TransferOutputRemaps: optionalText,
  /** The number of the JobRouter's copy of the job. Absent until a route takes the job. */
  RoutedToJobId: optionalText,
  /** `External` while the JobRouter or a gridmanager manages the job. */
  Managed: optionalText,
  /** The CE to which a submit host hands the job over: `condor <schedd> <pool>`. Only for the grid universe. */
  GridResource: optionalText,
  /** The number of the job at that CE. Absent until the CE has accepted the job. */
  GridJobId: optionalText,
  /** The state of the job at that CE, as its schedd names it: `COMPLETED`. */
  GridJobStatus: optionalText,
  /** The time since which the gridmanager cannot reach that CE. Absent if it can. */
  GridResourceUnavailableTime: optionalEpoch,
  /** The number of jobs of the cluster. */
  TotalSubmitProcs: optionalInt,
  /** The time of the submission. */
  QDate: optionalEpoch,
  /** The start of the first run. */
  JobStartDate: optionalEpoch,
  /** The time at which the output became ready to fetch. */
  JobFinishedHookDone: optionalEpoch,
  /**
   * The duration of the last run in seconds, with the transfer of its input. 0 while the job runs, and if it was removed while it
   * ran.
   */
  RemoteWallClockTime: optionalAmount,
  /** The user CPU time in seconds. */
  RemoteUserCpu: optionalAmount,
  /** The system CPU time in seconds. */
  RemoteSysCpu: optionalAmount,
  /** The largest sampled resident set in KiB, rounded. The peak may be higher by up to a tenth. */
  ResidentSetSize: optionalAmount,
  /** The size of the working directory in KiB. Until the job ends, it is the size of the input. */
  DiskUsage: optionalAmount,
  /** The bytes that the batch system transferred to the job. */
  BytesRecvd: optionalAmount,
  /** The requested cores. Absent if it is an expression. */
  RequestCpus: optionalAmount,
  /** The requested memory in MiB. Absent if it is an expression. */
  RequestMemory: optionalAmount,
  /** The requested disk space in KiB. Absent if it is an expression. */
  RequestDisk: optionalAmount,
  /** The cores of the slot. */
  CpusProvisioned: optionalAmount,
  /** The memory of the slot in MiB. */
  MemoryProvisioned: optionalAmount,
  /** The disk space of the slot in KiB. */
  DiskProvisioned: optionalAmount,
  /** The number of holds by their reason. */
  NumHoldsByReason: Schema.optionalKey(Schema.Record(Schema.String, Schema.Natural)),
  [names.key]: optionalText,
  [names.copy]: optionalInt,
  [names.copies]: optionalInt,
  [names.tag]: optionalText,
  [names.fetch]: optionalText,
  [names.format]: optionalInt,
  [names.payload]: optionalText,
  [names.gridKey]: optionalText
})

/**
 * @category models
 * @since 0.1.0
 */
export type JobAd = typeof JobAd.Type

/**
 * The origin of a job: its owner, its submission and its copy.
 *
 * @category models
 * @since 0.1.0
 */
export const Origin = Schema.Struct({
  ClusterId,
  ProcId,
  /** The owner with a domain: `pilot@example.org`. */
  User: optionalText,
  /** The owner without a domain. */
  Owner: optionalText,
  /** The number of jobs of the cluster. */
  TotalSubmitProcs: optionalInt,
  [names.key]: optionalText,
  [names.copy]: optionalInt,
  [names.copies]: optionalInt,
  [names.format]: optionalInt,
  [names.payload]: optionalText,
  [names.gridKey]: optionalText
})

/**
 * @category models
 * @since 0.1.0
 */
export type Origin = typeof Origin.Type

/**
 * The attributes that a release needs, in addition to those of the state.
 *
 * @category constants
 * @since 0.1.0
 */
export const releaseAttributes = ["User", "NumJobStarts", "Managed"] as const satisfies ReadonlyArray<keyof JobAd>

/**
 * The attributes of a record of a job's times and usage, in addition to those of the state.
 *
 * @category constants
 * @since 0.1.0
 */
export const recordAttributes = [
  "QDate",
  "StageInFinish",
  "JobStartDate",
  "JobFinishedHookDone",
  "RemoteWallClockTime",
  "RemoteUserCpu",
  "RemoteSysCpu",
  "ResidentSetSize",
  "DiskUsage",
  "BytesRecvd",
  "BytesSent",
  "RequestCpus",
  "RequestMemory",
  "RequestDisk",
  "CpusProvisioned",
  "MemoryProvisioned",
  "DiskProvisioned",
  "NumJobStarts",
  "NumHoldsByReason"
] as const satisfies ReadonlyArray<keyof JobAd>

// Attributes that only queries for records, lists and releases ask for. A fetch also queries a record.
const unasked: ReadonlySet<string> = new Set(
  [...recordAttributes, names.tag, "Managed"].filter((name) =>
    !["StageInFinish", "BytesSent", "NumJobStarts"].includes(name)
  )
)

/**
 * The attributes of most queries, in the spelling of {@link JobAd}: the tools answer in the case of the query.
 *
 * @category constants
 * @since 0.1.0
 */
export const attributes: ReadonlyArray<string> = Object.keys(JobAd.fields).filter((name) =>
  name !== "TransferOutputRemaps" && !unasked.has(name)
)

/**
 * The attributes that a fetch queries: {@link attributes}, those of a record, and `TransferOutputRemaps`, which may be long.
 *
 * @category constants
 * @since 0.1.0
 */
export const outputAttributes: ReadonlyArray<string> = Object.keys(JobAd.fields).filter((name) =>
  name !== names.tag && name !== "Managed"
)

const required: ReadonlyArray<string> = ["ClusterId", "ProcId", "JobStatus"]

const fits: ReadonlyMap<string, (value: unknown) => boolean> = new Map(
  Object.entries(JobAd.fields).map(([name, field]) => [name, Schema.is(field)])
)

// Removes attributes that were cleared, that have the wrong type, or that were not queried.
const sound = (record: { readonly [name: PropertyKey]: unknown }): Readonly<Record<string, unknown>> => {
  const present: Record<string, unknown> = {}
  for (const name of Object.keys(record)) {
    const value = record[name]
    if (value !== null && (required.includes(name) || fits.get(name)?.(value) === true)) present[name] = value
  }
  return present
}

// Expects the result of `sound`, in which all other attributes are valid.
const isJobAd = (record: Readonly<Record<string, unknown>>): record is JobAd =>
  required.every((name) => fits.get(name)?.(record[name]) === true)

const decode = Schema.decodeUnknownResult(JobAd)

const decodeOrigin = Schema.decodeUnknownResult(Origin)

/**
 * Reads one ad from the tools' JSON, in which a cleared attribute is `null`.
 *
 * **Details**
 *
 * It checks each attribute separately, because the schema of the whole ad takes three times as long. The error says why an ad
 * is unreadable.
 *
 * **Example** (Reading the ad of a job)
 *
 * ```ts
 * import { Result } from "effect"
 * import { JobAd, JobState } from "effect-htcondor-ce/condor"
 * import * as assert from "node:assert"
 *
 * const record = { ClusterId: 12, ProcId: 0, JobStatus: 4, ExitBySignal: false, ExitCode: 3, HoldReason: null }
 * const ad = Result.getOrThrow(JobAd.fromJson(record))
 * assert.deepStrictEqual(JobState.fromAd(ad), { _tag: "Completed", termination: { _tag: "Code", code: 3 } })
 * ```
 *
 * @category converting
 * @since 0.1.0
 */
export const fromJson = (record: unknown): Result.Result<JobAd, Schema.SchemaError> => {
  if (!Predicate.isReadonlyObject(record)) return decode(record)
  const ad = sound(record)
  return isJobAd(ad) ? Result.succeed(ad) : decode(ad)
}

/**
 * Reads the origin of a job from an ad that cannot be read as a whole, so that its owner and submission are still known. Only
 * the number is required. An attribute with the wrong type is absent.
 *
 * @category converting
 * @since 0.1.0
 */
export const originFromJson = (
  record: { readonly [name: PropertyKey]: unknown }
): Result.Result<Origin, Schema.SchemaError> => decodeOrigin(sound(record))
