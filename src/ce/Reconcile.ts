/**
 * What becomes of half a submission, of one that is there twice, and of one that is whole.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Constraint from "../condor/Constraint.ts"
import * as HoldReason from "../condor/HoldReason.ts"
import { JobId } from "../condor/JobId.ts"
import * as OwnAttributes from "../condor/OwnAttributes.ts"
import type { BackendError } from "../contract/BackendError.ts"
import { JobHandle } from "../contract/JobHandle.ts"
import { SubmissionState } from "../contract/Submission.ts"
import type { SubmissionKey } from "../contract/SubmissionKey.ts"
import * as History from "./History.ts"
import * as Known from "./Known.ts"
import * as Lookup from "./Lookup.ts"
import * as Part from "./Part.ts"
import * as Question from "./Question.ts"
import type { Session } from "./Session.ts"

/**
 * What is left of an attempt in the queue; if the CE has not said so it is `unsure`, and `left` are the numbers that
 * `condor_submit` printed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Abandoned {
  readonly left: ReadonlyArray<string>
  readonly unsure: boolean
}

/**
 * Takes the copies of these numbers back that wait for their input, and whatever else is left of an attempt that did not end
 * well, in at most 10 seconds.
 *
 * @category operations
 * @since 0.1.0
 */
export const abandon = (
  session: Session,
  key: SubmissionKey,
  range: Part.Range,
  printed: ReadonlyArray<JobId>
): Effect.Effect<Abandoned> => {
  const unknown = Effect.succeed({ left: printed.map(String), unsure: true })
  return Effect.gen(function*() {
    yield* session.run("condor_rm", [
      ...Question.address(session),
      "-reason",
      Known.abandonedReason,
      "-constraint",
      Constraint.all(
        Known.within(key, [range]),
        `JobStatus == 5 && HoldReasonCode == ${HoldReason.spoolingInput}`,
        OwnAttributes.hasFormat
      )
    ])
    const left = yield* Lookup.ownQueue(session, Constraint.all(Known.within(key, [range]), "JobStatus =!= 3"))
    return { left: left.map(({ id }) => String(id)), unsure: false }
  }).pipe(
    Effect.timeoutOrElse({ duration: "10 seconds", orElse: () => unknown }),
    Effect.catch(() => unknown)
  )
}

/**
 * Removes from the queue what other clusters than the oldest hold of a submission, if none of their jobs has completed.
 *
 * **Details**
 *
 * A client that was killed while its `condor_submit` went on, and that submitted again in the meantime, has its jobs
 * twice. Whoever looks next decides as everybody would: the oldest cluster stays. False if any job of the others stays too,
 * or may have completed: a history that does not show all of them proves nothing.
 *
 * @category operations
 * @since 0.1.0
 */
export const removeYounger = Effect.fnUntraced(function*(
  session: Session,
  key: SubmissionKey,
  oldest: number,
  others: ReadonlyArray<Part.Part>
): Effect.fn.Return<boolean, BackendError> {
  const younger = Constraint.all(
    OwnAttributes.hasKey(key),
    Constraint.any(others.map(({ cluster }) => `ClusterId == ${cluster}`)),
    (yield* session.owner).condition
  )
  const submitted = others.reduce((sum, { count }) => sum + count, 0)
  const queue = yield* Lookup.ownQueue(session, younger)
  if (queue.some(({ ad }) => Result.isFailure(ad) || ad.success.JobStatus === 4)) return false
  // A job that is not in the queue has left it.
  if (queue.length < submitted) {
    const gone = yield* Known.past(yield* History.searcher(session), younger, submitted)
    if (gone.jobs.length > 0 || gone.hidden !== undefined) return false
  }
  yield* session.run("condor_rm", [
    ...Question.address(session),
    "-reason",
    `${Known.abandonedReason}, cluster ${oldest} has the same key`,
    "-constraint",
    Constraint.all(younger, "JobStatus =!= 4", OwnAttributes.hasFormat)
  ])
  return (yield* Lookup.ownQueue(session, Constraint.all(younger, "JobStatus =!= 3"))).length === 0
})

const handleOf = (session: Session, key: SubmissionKey, { copy, id }: Known.Member): JobHandle =>
  new JobHandle({
    ...session.identity,
    job: String(id),
    key,
    copy
  })

/**
 * The handles of the jobs of clusters, in the order of the copies.
 *
 * @category constructors
 * @since 0.1.0
 */
export const handles = (session: Session, key: SubmissionKey, parts: ReadonlyArray<Part.Part>): Array<JobHandle> =>
  parts.toSorted((a, b) => a.first - b.first || a.cluster - b.cluster).flatMap(({ cluster, count, first }) =>
    Array.from({ length: count }, (_, proc) =>
      handleOf(session, key, {
        id: new JobId({ cluster: JobId.fields.cluster.make(cluster), proc: JobId.fields.proc.make(proc) }),
        copy: first + proc
      }))
  )

const { cases } = SubmissionState

/**
 * What is known of a submission in the words of the contract.
 *
 * @category converting
 * @since 0.1.0
 */
export const state = (session: Session, key: SubmissionKey, known: Known.Known): SubmissionState => {
  switch (known._tag) {
    case "Nothing":
      return known.hidden === undefined ? cases.Absent.make({}) : cases.HistoryHidden.make({ detail: known.hidden })
    case "Spooling":
      return cases.Staging.make({ handles: known.jobs.map((job) => handleOf(session, key, job)) })
    case "Present": {
      if (known.submitted === undefined) {
        return cases.Submitted.make({ handles: known.jobs.map((job) => handleOf(session, key, job)) })
      }
      const { copies, parts } = known.submitted
      const all = { handles: handles(session, key, parts) }
      if (Part.overlap(parts)) return cases.Duplicated.make(all)
      if (Part.gaps(parts, copies).length === 0) return cases.Submitted.make(all)
      return cases.Incomplete.make(known.hidden === undefined ? all : { ...all, hidden: known.hidden })
    }
  }
}
