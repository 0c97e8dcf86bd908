/**
 * Jobs that are looked up, until each has its result.
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
 * A job that is looked up.
 *
 * - `lost`: what failed the question for it, and in which of the two places
 * - `isBlurred`: the queue has shown a record without a number, which may be its
 * - `gap`: why the history does not tell what became of it
 */
export interface Pending extends Target {
  readonly target: Target
  isFound: boolean
  isBlurred: boolean
  lost?: { readonly error: BackendError; readonly place: "Queue" | "History" }
  gap?: HistoryQuery.HistoryGap
}

/**
 * - `match`: gives an ad to those that have its number, its key and its copy
 * - `named`: those that have one of these numbers
 * - `missing`: those of which nothing is known, and whose question has not failed
 * - `isMissing`: whether one of these has that number
 * - `finish`: gives their results to those that were not found. It fails if the questions for all of them have failed
 */
export interface PendingTargets {
  match(printed: PrintedAd, resultOf: (ad: JobAd.JobAd) => LookupResult): void
  named(ids: ReadonlyArray<JobId.JobId>): ReadonlyArray<Pending>
  missing(): ReadonlyArray<Pending>
  isMissing(id: JobId.JobId): boolean
  readonly finish: Effect.Effect<void, BackendError>
}

// Those that have a number. The numbers themselves are looked up: as text they take four times as long.
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

// What an ad with the number of a job says of it; undefined if it is another job's.
const resultIn = (
  { handle }: Pending,
  { ad }: PrintedAd,
  resultOf: (ad: JobAd.JobAd) => LookupResult
): LookupResult | undefined => {
  if (Result.isFailure(ad)) return { _tag: "Failed", error: new UnreadableJob({ handle, detail: ad.failure }) }
  const { EffectCECopy: copy, EffectCEFormat: format, EffectCEKey: key } = ad.success
  if (key !== handle.key) return undefined
  // What the other attributes of another format mean nobody knows.
  if (format !== OwnAttributes.format) {
    const error = new UnsupportedJobFormat({ handle, ...(format === undefined ? {} : { format }) })
    return { _tag: "Failed", error }
  }
  return copy === handle.copy ? resultOf(ad.success) : undefined
}

// What to say of a job that neither the queue nor the history has shown.
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
 * Notes that the question for some jobs failed. An answer counts when it is whole: what it has shown of them is forgotten.
 */
export const lose = (some: Iterable<Pending>, error: BackendError, place: "Queue" | "History"): void => {
  for (const one of some) {
    one.isFound = false
    one.lost = { error, place }
  }
}

/**
 * None is found yet. `onResult` has the result of each as soon as it is known, so that nobody has to keep tens of thousands of
 * ads. After {@link lose} a job has another one.
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
