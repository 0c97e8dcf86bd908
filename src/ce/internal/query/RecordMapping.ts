/**
 * Maps an ad to the contract's record of a job: its times and usage. Pure.
 */
import * as Result from "effect/Result"
import * as Epoch from "../../../condor/Epoch.ts"
import * as JobAd from "../../../condor/JobAd.ts"
import type { Rules } from "../../../condor/ReasonRules.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import type { JobRecord, JobResources, JobTimes, JobUsage } from "../../../contract/JobRecord.ts"
import type { JobStatus } from "../../../contract/JobStatus.ts"
import type { LookupResult, NotFound } from "./LookupResult.ts"
import * as StatusMapping from "./StatusMapping.ts"

/**
 * The attributes to query in the queue.
 */
export const attributes: ReadonlyArray<string> = [...StatusMapping.attributes, ...JobAd.recordAttributes]

/**
 * The attributes to query in the history. It has the jobs of all users, so the owner is queried, too.
 */
export const historyAttributes: ReadonlyArray<string> = Array.from(
  new Set([...JobAd.attributes, ...JobAd.recordAttributes])
)

// Drops the members that are undefined.
const known = <T extends object>(members: { readonly [K in keyof T]: T[K] | undefined }): Partial<T> => {
  const given: Partial<T> = {}
  for (const name in members) {
    const value = members[name]
    if (value !== undefined) given[name] = value
  }
  return given
}

// Undefined if no member is known.
const some = <T extends object>(members: T): T | undefined => Object.keys(members).length === 0 ? undefined : members

const kibibyte = 1_024
const mebibyte = 1_024 * kibibyte

// A CE also writes 0 if it does not know the value. A value that is no size, or is too large for a number, counts as unknown.
const amount = (value: number | undefined, unit = 1): number | undefined => {
  const whole = Math.round((value ?? 0) * unit)
  return whole > 0 && Number.isSafeInteger(whole) ? whole : undefined
}

const began = ({ JobCurrentStartDate }: JobAd.JobAd): boolean => (JobCurrentStartDate ?? 0) > 0

// The states in which a payload runs, or has just ended: running, transferring output, suspended.
const atWork: ReadonlySet<number | undefined> = new Set([2, 6, 7])

const timesOf = ({ _tag }: JobStatus, ad: JobAd.JobAd): JobTimes => {
  const isRemoved = ad.JobStatus === 3
  return known({
    submitted: Epoch.toDateTime(ad.QDate),
    staged: Epoch.toDateTime(ad.StageInFinish),
    firstStarted: Epoch.toDateTime(ad.JobStartDate),
    started: Epoch.toDateTime(ad.JobCurrentStartDate),
    // EnteredCurrentStatus of a completed job is the start of its run.
    ended: Epoch.toDateTime(
      _tag === "Completed"
        ? ad.CompletionDate
        : isRemoved && began(ad) && atWork.has(ad.LastJobStatus)
        ? ad.EnteredCurrentStatus
        : undefined
    ),
    available: Epoch.toDateTime(_tag === "Completed" ? ad.JobFinishedHookDone : undefined),
    removed: Epoch.toDateTime(isRemoved ? ad.EnteredCurrentStatus : undefined)
  })
}

// RemoteWallClockTime is 0 while a job runs. If the job is removed then, it stays 0.
const wallTimeOf = ({ RemoteWallClockTime = 0 }: JobAd.JobAd, { ended, started }: JobTimes): number | undefined => {
  if (RemoteWallClockTime > 0) return RemoteWallClockTime
  const seconds = ended === undefined || started === undefined
    ? -1
    : (ended.epochMilliseconds - started.epochMilliseconds) / 1_000
  return seconds >= 0 ? seconds : undefined
}

const usageOf = (status: JobStatus, ad: JobAd.JobAd, times: JobTimes): JobUsage | undefined =>
  some(known({
    wallTime: wallTimeOf(ad, times),
    cpu: amount((ad.RemoteUserCpu ?? 0) + (ad.RemoteSysCpu ?? 0)),
    memory: amount(ad.ResidentSetSize, kibibyte),
    // Until the job ends, the attribute has the size of the input.
    disk: status._tag === "Completed" ? amount(ad.DiskUsage, kibibyte) : undefined,
    bytesIn: amount(ad.BytesRecvd),
    bytesOut: amount(ad.BytesSent)
  }))

const requestedOf = (ad: JobAd.JobAd): JobResources | undefined =>
  some(known({
    cpus: amount(ad.RequestCpus),
    memory: amount(ad.RequestMemory, mebibyte),
    disk: amount(ad.RequestDisk, kibibyte)
  }))

const provisionedOf = (ad: JobAd.JobAd): JobResources | undefined =>
  some(known({
    cpus: amount(ad.CpusProvisioned),
    memory: amount(ad.MemoryProvisioned, mebibyte),
    disk: amount(ad.DiskProvisioned, kibibyte)
  }))

/**
 * The record of a job with a known status, from its ad.
 */
export const fromAd = (handle: JobHandle, status: JobStatus, ad: JobAd.JobAd): JobRecord => {
  const times = timesOf(status, ad)
  const isOver = status._tag === "Completed" || status._tag === "Removed"
  const hasEnded = isOver && began(ad)
  return {
    version: 1,
    handle,
    status,
    times,
    ...known({
      usage: hasEnded ? usageOf(status, ad, times) : undefined,
      requested: requestedOf(ad),
      provisioned: provisionedOf(ad),
      starts: hasEnded ? amount(ad.NumJobStarts) : undefined,
      holds: some(ad.NumHoldsByReason ?? {}),
      exit: status._tag === "Completed" ? status.exit : undefined
    })
  }
}

/**
 * The record of a job from its lookup.
 */
export const fromFound = (
  handle: JobHandle,
  found: LookupResult,
  rules?: Rules
): Result.Result<JobRecord, NotFound> =>
  Result.map(
    StatusMapping.fromFound(found, rules),
    (status) => "ad" in found ? fromAd(handle, status, found.ad) : { version: 1, handle, status, times: {} }
  )
