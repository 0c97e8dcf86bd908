/**
 * Waits until a submission has settled, and maps what is known of it to the contract's `SubmissionState`.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Epoch from "../../../condor/Epoch.ts"
import { JobId } from "../../../condor/JobId.ts"
import { type BackendError, SubmissionConflict, type UnsupportedFormat } from "../../../contract/BackendError.ts"
import { JobHandle } from "../../../contract/JobHandle.ts"
import { SubmissionState } from "../../../contract/Submission.ts"
import type { SubmissionKey } from "../../../contract/SubmissionKey.ts"
import type { Session } from "../credentials/Session.ts"
import * as CopyRange from "./CopyRange.ts"
import * as KnownJobs from "./KnownJobs.ts"
import * as TakeBack from "./TakeBack.ts"
import * as Tuning from "./tuning.ts"

/**
 * Waits for jobs that are being spooled. Removes those that wait for their input longer than `spoolingGrace`, except if the input
 * is being sent. Returns `Spooling` if that does not help. Fails with a conflict, after some repetitions, if the input is still
 * being sent, or if the removal would lose work.
 */
export const awaitSpooled = Effect.fnUntraced(function*(
  session: Session,
  key: SubmissionKey,
  expected: number,
  isNew = false
): Effect.fn.Return<KnownJobs.Known, BackendError | SubmissionConflict | UnsupportedFormat> {
  const waited = Tuning.spoolingLooks.pipe(Schedule.upTo({ duration: session.settings.spoolingGrace }))
  let state = yield* KnownJobs.reconcileState(session, key, expected, isNew)
  let refusals: ReadonlyArray<string | undefined> = []
  for (let waits = 0; waits < Tuning.maxWaits && state._tag === "Spooling"; waits++) {
    const before = clustersOf(state.jobs)
    state = yield* Effect.repeat(KnownJobs.reconcileState(session, key, expected), {
      schedule: waited,
      until: (one: KnownJobs.Known) => one._tag !== "Spooling"
    })
    if (state._tag !== "Spooling") return state
    // Only jobs that waited before: not those that were submitted in the meantime.
    const stuck = clustersOf(state.jobs).filter((cluster) => before.includes(cluster))
    if (stuck.length === 0) continue
    yield* Effect.logWarning(`submission ${key} is half spooled at ${session.endpoint.address}`)
    refusals = yield* Effect.forEach(stuck, (cluster) => TakeBack.removeStuck(session, key, cluster))
    state = yield* KnownJobs.reconcileState(session, key, expected)
  }
  const detail = refusals.find((one) => one !== undefined)
  if (state._tag === "Spooling" && detail !== undefined) {
    return yield* new SubmissionConflict({ key, reason: "Staging", detail })
  }
  return state
})

const clustersOf = (jobs: ReadonlyArray<KnownJobs.Member>): ReadonlyArray<number> =>
  Array.from(new Set(jobs.map(({ id }) => id.cluster)))

const handleOf = (session: Session, key: SubmissionKey, { copy, id }: KnownJobs.Member): JobHandle =>
  new JobHandle({
    ...session.identity,
    job: String(id),
    key,
    copy
  })

/**
 * The handles of the jobs of clusters, in the order of their copies.
 */
export const handles = (
  session: Session,
  key: SubmissionKey,
  parts: ReadonlyArray<CopyRange.ClusterRange>
): Array<JobHandle> =>
  parts.toSorted((a, b) => a.first - b.first || a.cluster - b.cluster).flatMap(({ cluster, count, first }) =>
    Array.from({ length: count }, (_, proc) =>
      handleOf(session, key, {
        id: new JobId({ cluster: JobId.fields.cluster.make(cluster), proc: JobId.fields.proc.make(proc) }),
        copy: first + proc
      }))
  )

const { cases } = SubmissionState

/**
 * The message if only grid jobs have the key.
 */
export const otherRoute = "a submit host has handed over jobs with it"

/**
 * The `SubmissionState` of the contract.
 */
export const state = (session: Session, key: SubmissionKey, known: KnownJobs.Known): SubmissionState => {
  switch (known._tag) {
    case "Nothing":
      return known.hidden === undefined ? cases.Absent.make({}) : cases.HistoryHidden.make({ detail: known.hidden })
    case "OtherRoute":
      return cases.OtherRoute.make({ detail: otherRoute, jobs: known.jobs.map(String) })
    case "Spooling": {
      const since = Epoch.toDateTime(known.since)
      return cases.Staging.make({
        handles: known.jobs.map((job) => handleOf(session, key, job)),
        ...(since === undefined ? {} : { since })
      })
    }
    case "Present": {
      if (known.submitted === undefined) {
        return cases.Submitted.make({ handles: known.jobs.map((job) => handleOf(session, key, job)) })
      }
      const { copies, parts } = known.submitted
      const all = { handles: handles(session, key, parts) }
      if (CopyRange.overlap(parts)) return cases.Duplicated.make(all)
      if (CopyRange.gaps(parts, copies).length === 0) return cases.Submitted.make(all)
      return cases.Incomplete.make(known.hidden === undefined ? all : { ...all, hidden: known.hidden })
    }
  }
}
