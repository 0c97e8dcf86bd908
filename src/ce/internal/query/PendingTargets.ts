/**
 * The jobs of one lookup, until each has its result.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as JobAd from "../../../condor/JobAd.ts"
import type * as JobId from "../../../condor/JobId.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { PrintedAd } from "../../../condor/Schedd.ts"
import type { BackendError } from "../../../contract/BackendError.ts"
import {
  HistoryUnavailable,
  StatusUnavailable,
  UnreadableJob,
  UnsupportedJobFormat
} from "../../../contract/JobError.ts"
import type * as HistoryQuery from "./HistoryQuery.ts"
import type { LookupResult, Target } from "./LookupResult.ts"

/**
 * A job that is being looked up.
 *
 * - `lost`: the failure of the query about it, and in which of the two places
 * - `isBlurred`: the queue has shown a record without a job id, which may belong to this job
 * - `gap`: why the history does not show what became of it
 */
export interface Pending extends Target {
  readonly target: Target
  isFound: boolean
  isBlurred: boolean
  lost?: { readonly error: BackendError; readonly place: "Queue" | "History" }
  gap?: HistoryQuery.HistoryGap
}

/**
 * - `match`: passes an ad to the jobs with its id, key and copy
 * - `named`: the jobs with these ids
 * - `missing`: the jobs without a result whose query has not failed
 * - `isMissing`: whether one of the missing jobs has that id
 * - `finish`: passes the results of the jobs that were not found. Fails if the queries for all jobs have failed.
 */
export interface PendingTargets {
  match(printed: PrintedAd, resultOf: (ad: JobAd.JobAd) => LookupResult): void
  named(ids: ReadonlyArray<JobId.JobId>): ReadonlyArray<Pending>
  missing(): ReadonlyArray<Pending>
  isMissing(id: JobId.JobId): boolean
  readonly finish: Effect.Effect<void, BackendError>
}

// Finds jobs by id. The keys are numbers: a lookup by text takes four times as long.
const byNumbers = (all: ReadonlyArray<Pending>): (id: JobId.JobId) => ReadonlyArray<Pending> => {
  const clusters = new Map<number, Map<number, Array<Pending>>>()
  for (const one of all) {
    const { cluster, proc } = one.id
    let procs = clusters.get(cluster)
    if (procs === undefined) clusters.set(cluster, procs = new Map())
    const others = procs.get(proc)
    if (others === undefined) procs.set(proc, [one])
    else others.push(one)
  }
  const nobody: ReadonlyArray<Pending> = []
  return ({ cluster, proc }) => clusters.get(cluster)?.get(proc) ?? nobody
}

// The result from an ad with the id of a job. Undefined if it belongs to another job.
const resultIn = (
  { handle }: Pending,
  { ad }: PrintedAd,
  resultOf: (ad: JobAd.JobAd) => LookupResult
): LookupResult | undefined => {
  if (Result.isFailure(ad)) return { _tag: "Failed", error: new UnreadableJob({ handle, detail: ad.failure }) }
  const { EffectCECopy: copy, EffectCEFormat: format, EffectCEKey: key } = ad.success
  if (key !== handle.key) return undefined
  // This version does not know the meaning of other attributes in another format.
  if (format !== OwnAttributes.format) {
    const error = new UnsupportedJobFormat({ handle, ...(format === undefined ? {} : { format }) })
    return { _tag: "Failed", error }
  }
  return copy === handle.copy ? resultOf(ad.success) : undefined
}

// The result of a job that is in neither the queue nor the history.
const notFound = ({ gap, handle, isBlurred, lost }: Pending): LookupResult => {
  if (lost?.place === "Queue") {
    return { _tag: "Failed", error: new StatusUnavailable({ handle, error: lost.error }) }
  }
  if (isBlurred) {
    const detail = "the queue has a record without a number, which may be its"
    return { _tag: "Failed", error: new UnreadableJob({ handle, detail }) }
  }
  const reason = lost === undefined ? gap : { detail: lost.error.message, temporary: true }
  return reason === undefined
    ? { _tag: "Absent" }
    : { _tag: "Failed", error: new HistoryUnavailable({ handle, ...reason }) }
}

/**
 * Notes that the query for some jobs failed. Their results so far are dropped: only a complete answer counts.
 */
export const lose = (some: Iterable<Pending>, error: BackendError, place: "Queue" | "History"): void => {
  for (const one of some) {
    one.isFound = false
    one.lost = { error, place }
  }
}

/**
 * Begins with no job found. `onResult` gets the result of each job as soon as it is known, so that a caller does not have to hold
 * tens of thousands of ads. After {@link lose}, a job gets a second result.
 */
export const make = (
  targets: ReadonlyArray<Target>,
  onResult: (target: Target, result: LookupResult) => void
): PendingTargets => {
  const all = targets.map((target): Pending => ({
    target,
    handle: target.handle,
    id: target.id,
    isFound: false,
    isBlurred: false
  }))
  const withId = byNumbers(all)
  const isMissing = ({ isFound, lost }: Pending) => !isFound && lost === undefined
  return {
    match: (printed, resultOf) => {
      for (const one of withId(printed.id)) {
        const result = one.isFound ? undefined : resultIn(one, printed, resultOf)
        if (result === undefined) continue
        one.isFound = true
        onResult(one.target, result)
      }
    },
    named: (ids) => ids.flatMap(withId),
    missing: () => all.filter(isMissing),
    isMissing: (id) => withId(id).some(isMissing),
    finish: Effect.suspend(() => {
      const [first] = all
      if (first?.lost !== undefined && all.every(({ lost }) => lost !== undefined)) return Effect.fail(first.lost.error)
      for (const one of all) if (!one.isFound) onResult(one.target, notFound(one))
      return Effect.void
    })
  }
}
