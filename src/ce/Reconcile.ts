/**
 * What becomes of half a submission, of one that is there twice, and of one that is whole.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Constraint from "../condor/Constraint.ts"
import * as GridUniverse from "../condor/GridUniverse.ts"
import * as HoldReason from "../condor/HoldReason.ts"
import { JobId } from "../condor/JobId.ts"
import * as OwnAttributes from "../condor/OwnAttributes.ts"
import type * as ToolOutput from "../condor/ToolOutput.ts"
import type { BackendError, UnsupportedFormat } from "../contract/BackendError.ts"
import { JobHandle } from "../contract/JobHandle.ts"
import { SubmissionState } from "../contract/Submission.ts"
import type { SubmissionKey } from "../contract/SubmissionKey.ts"
import * as History from "./History.ts"
import * as Known from "./Known.ts"
import * as Lookup from "./Lookup.ts"
import * as Part from "./Part.ts"
import * as Question from "./Question.ts"
import * as Remove from "./Remove.ts"
import type { Session } from "./Session.ts"

/**
 * What is left of an attempt in the queue; if the CE has not said so it is `unsure`, and `left` are the numbers that
 * `condor_submit` printed. `ads` are those of the jobs that are left.
 *
 * @category models
 * @since 0.1.0
 */
export interface Abandoned {
  readonly left: ReadonlyArray<string>
  readonly ads: ReadonlyArray<ToolOutput.PrintedAd>
  readonly unsure: boolean
}

/**
 * Removes those of some jobs that wait for their input, and says what is left of them, in at most 10 seconds.
 *
 * **Gotchas**
 *
 * `which` must tell these jobs from those of others who submit with the same key at this moment: jobs wait for their input
 * for a second after their `condor_submit` has ended well.
 *
 * @category operations
 * @since 0.1.0
 */
export const abandon = (
  session: Session,
  which: string,
  printed: ReadonlyArray<JobId>
): Effect.Effect<Abandoned> => {
  const unknown = Effect.succeed<Abandoned>({ left: printed.map(String), ads: [], unsure: true })
  return Effect.gen(function*() {
    yield* session.run("condor_rm", [
      ...Question.address(session),
      "-reason",
      Known.abandonedReason,
      "-constraint",
      Constraint.all(
        which,
        `JobStatus == 5 && HoldReasonCode == ${HoldReason.spoolingInput}`,
        OwnAttributes.hasFormat
      )
    ])
    const ads = yield* Lookup.ownQueue(session, Constraint.all(which, "JobStatus =!= 3"))
    return { left: ads.map(({ id }) => String(id)), ads, unsure: false }
  }).pipe(
    Effect.timeoutOrElse({ duration: "10 seconds", orElse: () => unknown }),
    Effect.catch(() => unknown)
  )
}

// A job that was removed before it had completed has given nobody its output, and runs no more.
const hasCompleted = ({ ad }: ToolOutput.PrintedAd): boolean =>
  Result.isFailure(ad) || ad.success.JobStatus === 4 || ad.success.LastJobStatus === 4

const isWithoutNumber = ({ ad }: ToolOutput.PrintedAd): boolean =>
  Result.isSuccess(ad) && GridUniverse.isWithoutNumber(ad.success)

/**
 * Removes from the queue what other clusters than the oldest hold of a submission, if none of their jobs has completed.
 *
 * **Details**
 *
 * Clients that submit with one key at one instant, or one that was killed while its `condor_submit` went on, have the jobs
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
    const isSought = ({ id }: ToolOutput.PrintedAd) => others.some(({ cluster }) => cluster === id.cluster)
    const gone = yield* Known.past(yield* History.searcher(session), { constraint: younger, isSought }, submitted)
    if (gone.jobs.some(hasCompleted) || gone.hidden !== undefined) return false
  }
  const removal = session.run("condor_rm", [
    ...Question.address(session),
    "-reason",
    `${Known.abandonedReason}, cluster ${oldest} has the same key`,
    "-constraint",
    Constraint.all(younger, "JobStatus =!= 4", OwnAttributes.hasFormat, `(${GridUniverse.handover}) =!= true`)
  ])
  const attempt = Effect.andThen(removal, Lookup.ownQueue(session, Constraint.all(younger, "JobStatus =!= 3")))
  let left = yield* attempt
  const until = (yield* Clock.currentTimeMillis) + Remove.handoverPatience
  while (left.some(isWithoutNumber) && (yield* Clock.currentTimeMillis) < until) {
    yield* Effect.sleep("1 second")
    left = yield* attempt
  }
  return left.length === 0
})

// Others may go on submitting with the key, and fail.
const maxWaits = 3

/**
 * Waits for jobs that are being spooled. What waits for its input for all of `spoolingGrace` is removed: nobody sends it.
 * `Spooling` if that does not help.
 *
 * @category queries
 * @since 0.1.0
 */
export const settled = Effect.fnUntraced(function*(
  session: Session,
  key: SubmissionKey,
  expected: number,
  isNew = false
): Effect.fn.Return<Known.Known, BackendError | UnsupportedFormat> {
  const waited = Schedule.spaced("500 millis").pipe(Schedule.upTo({ duration: session.settings.spoolingGrace }))
  let state = yield* Known.known(session, key, expected, isNew)
  for (let waits = 0; waits < maxWaits && state._tag === "Spooling"; waits++) {
    const before = clustersOf(state.jobs)
    state = yield* Effect.repeat(Known.known(session, key, expected), {
      schedule: waited,
      until: (one: Known.Known) => one._tag !== "Spooling"
    })
    if (state._tag !== "Spooling") return state
    // Not those that were submitted in the meantime.
    const stuck = clustersOf(state.jobs).filter((cluster) => before.includes(cluster))
    if (stuck.length === 0) continue
    yield* Effect.logWarning(`submission ${key} is half spooled at ${session.endpoint.address}: removing it`)
    const numbers = Constraint.any(stuck.map((cluster) => `ClusterId == ${cluster}`))
    yield* abandon(session, Constraint.all(OwnAttributes.hasKey(key), numbers), [])
    state = yield* Known.known(session, key, expected)
  }
  return state
})

const clustersOf = (jobs: ReadonlyArray<Known.Member>): ReadonlyArray<number> =>
  Array.from(new Set(jobs.map(({ id }) => id.cluster)))

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
 * Why a key is taken that only copies of grid jobs carry.
 *
 * @category constants
 * @since 0.1.0
 */
export const otherRoute = "a submit host has handed on jobs with it"

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
    case "OtherRoute":
      return cases.OtherRoute.make({ detail: otherRoute, jobs: known.jobs.map(String) })
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
