/**
 * What a CE knows of a submission, by its key alone.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Constraint from "../condor/Constraint.ts"
import * as HoldReason from "../condor/HoldReason.ts"
import type { JobAd } from "../condor/JobAd.ts"
import { JobId } from "../condor/JobId.ts"
import type { BackendError } from "../contract/BackendError.ts"
import { JobHandle } from "../contract/JobHandle.ts"
import type { SubmissionKey } from "../contract/SubmissionKey.ts"
import * as Lookup from "./Lookup.ts"
import type { Session } from "./Session.ts"

/**
 * - `Nothing`: no job carries the key
 * - `Spooling`: jobs that wait for their input, perhaps for ever
 * - `Complete`: the cluster, and how many copies it was submitted with (absent where the ads do not say)
 *
 * @category models
 * @since 0.1.0
 */
export type Known =
  | { readonly _tag: "Nothing" }
  | { readonly _tag: "Spooling" }
  | { readonly _tag: "Complete"; readonly clusters: ReadonlyArray<number>; readonly copies: number | undefined }

/**
 * The reason that is given to a schedd for the removal of half a submission.
 *
 * @category constants
 * @since 0.1.0
 */
export const abandonedReason = "submission abandoned"

// Such jobs never had their input: they do not count as submitted. (Reasons of the schedd, src/condor_schedd.V6.)
const neverStaged = (ad: JobAd): boolean =>
  ad.JobStatus === 3 && ad.LastJobStatus === 5 &&
  [abandonedReason, "Staging of job files failed", "Spooling is taking too long"].some((reason) =>
    ad.RemoveReason?.startsWith(reason)
  )

const isSpooling = (ad: JobAd): boolean => ad.JobStatus === 5 && ad.HoldReasonCode === HoldReason.spoolingInput

// How far back in the history a submission is looked for, in jobs: the history ends a submission's protection, and a
// whole one takes the schedd seconds to read.
const historyDepth = 10_000

/**
 * Picks the jobs of a submission that wait for their input.
 *
 * @category constructors
 * @since 0.1.0
 */
export const spooling = (key: SubmissionKey): string =>
  Constraint.all(Lookup.hasKey(key), `JobStatus == 5 && HoldReasonCode == ${HoldReason.spoolingInput}`)

/**
 * Asks the queue, and the newest part of the history if the queue knows nothing.
 *
 * **Details**
 *
 * One transaction puts all copies into the queue, so that one job of a cluster proves that all of them were there.
 *
 * @category queries
 * @since 0.1.0
 */
export const known = Effect.fnUntraced(function*(
  session: Session,
  key: SubmissionKey
): Effect.fn.Return<Known, BackendError> {
  const ads = (printed: Effect.Success<ReturnType<typeof Lookup.ownQueue>>) =>
    printed.flatMap(({ ad }) => Result.isSuccess(ad) ? [ad.success] : [])
  const queued = ads(yield* Lookup.ownQueue(session, Lookup.hasKey(key)))
    .filter((ad) => !(ad.JobStatus === 3 && ad.LastJobStatus === 5))
  if (queued.some(isSpooling)) return { _tag: "Spooling" }
  const jobs = queued.length > 0
    ? queued
    : ads(yield* Lookup.history(session, Lookup.hasKey(key), 1_000, historyDepth)).filter((ad) => !neverStaged(ad))
  const [first] = jobs
  return first === undefined ? { _tag: "Nothing" } : {
    _tag: "Complete",
    clusters: Array.from(new Set(jobs.map((ad) => ad.ClusterId))),
    copies: first.EffectCECopies
  }
})

/**
 * Removes the jobs of a submission that wait for their input, within 10 seconds, and says which are left. Never fails:
 * where the CE does not answer, `printed` is what may be left.
 *
 * @category operations
 * @since 0.1.0
 */
export const abandon = (
  session: Session,
  key: SubmissionKey,
  printed: ReadonlyArray<JobId>
): Effect.Effect<ReadonlyArray<string>> => {
  const unknown = Effect.succeed(printed.map(String))
  return Effect.gen(function*() {
    yield* session.run("condor_rm", [
      ...Lookup.address(session),
      "-reason",
      abandonedReason,
      "-constraint",
      spooling(key)
    ])
    const left = yield* Lookup.ownQueue(session, spooling(key))
    return left.map(({ id }) => String(id))
  }).pipe(
    Effect.timeoutOrElse({ duration: "10 seconds", orElse: () => unknown }),
    Effect.catch(() => unknown)
  )
}

/**
 * Waits for jobs that are being spooled: `Spooling` only if they still are when `spoolingGrace` is over.
 *
 * @category queries
 * @since 0.1.0
 */
export const settled = (session: Session, key: SubmissionKey): Effect.Effect<Known, BackendError> =>
  Effect.repeat(known(session, key), {
    schedule: Schedule.spaced("500 millis").pipe(Schedule.upTo({ duration: session.settings.spoolingGrace })),
    until: (state: Known) => state._tag !== "Spooling"
  })

/**
 * The handles of a submission whose copies are the procs of one cluster, in order.
 *
 * @category constructors
 * @since 0.1.0
 */
export const handles = (session: Session, key: SubmissionKey, cluster: number, copies: number): Array<JobHandle> =>
  Array.from({ length: copies }, (_, copy) =>
    new JobHandle({
      backend: Lookup.backend,
      endpoint: session.endpoint.address,
      scheduler: session.endpoint.schedd,
      job: String(new JobId({ cluster: JobId.fields.cluster.make(cluster), proc: JobId.fields.proc.make(copy) })),
      key,
      copy
    }))
