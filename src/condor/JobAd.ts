/**
 * The attributes of a job that this library asks for, as the tools print them in JSON.
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
 * A job ad, projected on the attributes named here. Times are seconds since 1970.
 *
 * **Details**
 *
 * `ServerTime` is the schedd's clock when `condor_q` was answered; the history has none. `ExitStatus` is left out on
 * purpose: it stays 0 whatever the exit code was. An attribute that was cleared, or that is not
 * of its type, is absent: whoever may edit a job's ad could otherwise make the job unreadable. Only the number and the
 * status are needed. The status may be any number: each release may have new ones.
 *
 * @category models
 * @since 0.1.0
 */
export const JobAd = Schema.Struct({
  ClusterId,
  ProcId,
  JobStatus: Schema.Int,
  LastJobStatus: optionalInt,
  User: optionalText,
  Owner: optionalText,
  EnteredCurrentStatus: optionalEpoch,
  JobCurrentStartDate: optionalEpoch,
  ServerTime: optionalEpoch,
  CompletionDate: optionalEpoch,
  ExitBySignal: Schema.optionalKey(Schema.Boolean),
  ExitCode: optionalInt,
  ExitSignal: optionalInt,
  HoldReason: optionalText,
  HoldReasonCode: optionalInt,
  HoldReasonSubCode: optionalInt,
  HoldCopiedFromTargetJob: Schema.optionalKey(Schema.Boolean),
  RemoveReason: optionalText,
  StageInStart: optionalEpoch,
  StageInFinish: optionalEpoch,
  StageOutStart: optionalEpoch,
  StageOutFinish: optionalEpoch,
  NumJobStarts: optionalInt,
  BytesSent: Schema.optionalKey(Schema.Finite),
  Out: optionalText,
  Err: optionalText,
  UserLog: optionalText,
  TransferOutput: optionalText,
  TransferOutputRemaps: optionalText,
  RoutedToJobId: optionalText,
  Managed: optionalText,
  GridResource: optionalText,
  GridJobId: optionalText,
  GridJobStatus: optionalText,
  GridResourceUnavailableTime: optionalEpoch,
  TotalSubmitProcs: optionalInt,
  QDate: optionalEpoch,
  JobStartDate: optionalEpoch,
  JobFinishedHookDone: optionalEpoch,
  RemoteWallClockTime: optionalAmount,
  RemoteUserCpu: optionalAmount,
  RemoteSysCpu: optionalAmount,
  ResidentSetSize: optionalAmount,
  DiskUsage: optionalAmount,
  BytesRecvd: optionalAmount,
  RequestCpus: optionalAmount,
  RequestMemory: optionalAmount,
  RequestDisk: optionalAmount,
  CpusProvisioned: optionalAmount,
  MemoryProvisioned: optionalAmount,
  DiskProvisioned: optionalAmount,
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
 * Whose a job is, and which copy of which submission.
 *
 * @category models
 * @since 0.1.0
 */
export const Origin = Schema.Struct({
  ClusterId,
  ProcId,
  User: optionalText,
  Owner: optionalText,
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
 * What a release has to know beside the state of a job.
 *
 * @category constants
 * @since 0.1.0
 */
export const releaseAttributes = ["User", "NumJobStarts", "Managed"] as const satisfies ReadonlyArray<keyof JobAd>

/**
 * What a record of a job's times and usage takes from its ad, beside its state.
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

// What other questions than those about times, usage, lists and releases have to do without. A fetch takes a record along.
const unasked: ReadonlySet<string> = new Set(
  [...recordAttributes, names.tag, "Managed"].filter((name) =>
    !["StageInFinish", "BytesSent", "NumJobStarts"].includes(name)
  )
)

/**
 * What to ask the tools for, in the spelling in which {@link JobAd} expects the answer: they echo the case of the
 * question.
 *
 * @category constants
 * @since 0.1.0
 */
export const attributes: ReadonlyArray<string> = Object.keys(JobAd.fields).filter((name) =>
  name !== "TransferOutputRemaps" && !unasked.has(name)
)

/**
 * The same with what only who fetches has to know: the URLs to which outputs went, which may be long, and what belongs to a record.
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

// Without attributes that were cleared, that are not of their type, or that nobody asked for.
const sound = (record: { readonly [name: PropertyKey]: unknown }): Readonly<Record<string, unknown>> => {
  const present: Record<string, unknown> = {}
  for (const name of Object.keys(record)) {
    const value = record[name]
    if (value !== null && (required.includes(name) || fits.get(name)?.(value) === true)) present[name] = value
  }
  return present
}

// Of a sound record: all that it has besides fits.
const isJobAd = (record: Readonly<Record<string, unknown>>): record is JobAd =>
  required.every((name) => fits.get(name)?.(record[name]) === true)

const decode = Schema.decodeUnknownResult(JobAd)

const decodeOrigin = Schema.decodeUnknownResult(Origin)

/**
 * Reads one ad out of the tools' JSON, where a cleared attribute is `null`.
 *
 * **Details**
 *
 * Each attribute is looked at by itself: the schema of all would take three times as long. It says what is wrong with an ad
 * that cannot be read.
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
 * Reads the origin of a job out of an ad that cannot be read as a whole: a broken state makes nobody forget whose job it is.
 * Only the number is needed; an attribute that is not of its type is absent.
 *
 * @category converting
 * @since 0.1.0
 */
export const originFromJson = (
  record: { readonly [name: PropertyKey]: unknown }
): Result.Result<Origin, Schema.SchemaError> => decodeOrigin(sound(record))
