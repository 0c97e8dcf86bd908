/**
 * Jobs that are looked for, and what is told of those that are not found.
 */
import * as Arr from "effect/Array"
import * as Constraint from "../../../condor/Constraint.ts"
import type * as JobId from "../../../condor/JobId.ts"
import type { BackendError } from "../../../contract/BackendError.ts"
import { HistoryUnavailable, StatusUnavailable, UnreadableJob } from "../../../contract/JobError.ts"
import type * as HistoryQuery from "./HistoryQuery.ts"
import type { LookupResult, Target } from "./LookupResult.ts"
import * as Tuning from "./tuning.ts"

/**
 * A question about some jobs for all users.
 */
export interface Control {
  readonly constraint: string
  readonly isAbout: (target: Target) => boolean
}

/**
 * The questions for what another one has left out. A few jobs of great clusters are asked for by themselves.
 */
export const controls = (targets: ReadonlyArray<Target>): ReadonlyArray<Control> => {
  if (targets.length === 0) return []
  if (targets.length <= Tuning.suspectsAtOnce) {
    return [{ constraint: Constraint.jobs(targets.map((target) => target.id)), isAbout: () => true }]
  }
  const clusters = Array.from(new Set(targets.map((target) => target.id.cluster)))
  return Arr.chunksOf(clusters, Constraint.maxClusters).map((some) => {
    const asked = new Set(some)
    return {
      constraint: Constraint.any(some.map((cluster) => `ClusterId == ${cluster}`)),
      isAbout: ({ id }) => asked.has(id.cluster)
    }
  })
}

/**
 * A job that is looked for.
 *
 * - `lost`: what failed the question for it, and in which of the two places
 * - `isBlurred`: the queue has shown a record without a number, which may be its
 */
export interface Sought {
  readonly target: Target
  isFound: boolean
  isBlurred: boolean
  lost?: { readonly error: BackendError; readonly place: "Queue" | "History" }
}

/**
 * Who seeks the job with a number. The numbers themselves are looked up: as text they take four times as long.
 */
export const byNumbers = (all: ReadonlyArray<Sought>): (id: JobId.JobId) => ReadonlyArray<Sought> => {
  const clusters = new Map<number, Map<number, Array<Sought>>>()
  for (const one of all) {
    const { cluster, proc } = one.target.id
    let procs = clusters.get(cluster)
    if (procs === undefined) clusters.set(cluster, procs = new Map())
    const others = procs.get(proc)
    if (others === undefined) procs.set(proc, [one])
    else others.push(one)
  }
  const nobody: ReadonlyArray<Sought> = []
  return ({ cluster, proc }) => clusters.get(cluster)?.get(proc) ?? nobody
}

/**
 * What to tell of a job that neither the queue nor the history has shown.
 */
export const notFound = (
  { isBlurred, lost, target: { handle } }: Sought,
  untold: HistoryQuery.Untold | undefined
): LookupResult => {
  if (lost?.place === "Queue") {
    return { _tag: "Failed", error: new StatusUnavailable({ handle, error: lost.error }) }
  }
  if (isBlurred) {
    const detail = "the queue has a record without a number, which may be its"
    return { _tag: "Failed", error: new UnreadableJob({ handle, detail }) }
  }
  const reason = lost === undefined ? untold : { detail: lost.error.message, temporary: true }
  return reason === undefined
    ? { _tag: "Absent" }
    : { _tag: "Failed", error: new HistoryUnavailable({ handle, ...reason }) }
}
