/**
 * The jobs that have left the queue of a CE, and how far back they are known.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Constraint from "../../../condor/Constraint.ts"
import * as JobAd from "../../../condor/JobAd.ts"
import type { JobId } from "../../../condor/JobId.ts"
import type { HistoryQuery as Query, PrintedAd } from "../../../condor/Schedd.ts"
import type { BackendError } from "../../../contract/BackendError.ts"
import type { Session } from "../credentials/Session.ts"
import * as Records from "./Records.ts"
import * as Tuning from "./tuning.ts"

type Keep = (ad: PrintedAd) => void

type Asked = Pick<Session, "history" | "owner" | "settings">

// A failure of the result is the words of a CE that does not show its history. Its success is how many records had no number.
const ask = (
  session: Asked,
  query: Omit<Query, "attributes">,
  keep: Keep,
  attributes = JobAd.attributes
): Effect.Effect<Result.Result<number, string>, BackendError> =>
  Records.each(session.history({ ...query, attributes }), keep).pipe(
    Effect.map(Result.succeed),
    Effect.catchTag("HistoryClosed", ({ detail }) => Effect.succeed(Result.fail(detail)))
  )

/**
 * Why the history does not tell what became of a job.
 */
export interface HistoryGap {
  readonly detail: string
  readonly temporary: boolean
}

/**
 * The caller's own jobs that are sought: those that satisfy a constraint, and `isSought`, which says the same of an ad: the
 * oldest job of the history is in the answer whatever it is. The search ends at `limit` of them, the newest. It reads
 * `beyond` more jobs than `historyDepth`.
 */
export interface Sought {
  readonly constraint: string
  readonly isSought: (ad: PrintedAd) => boolean
  readonly limit: number
  readonly beyond?: number | undefined
}

/**
 * Gives the jobs that are sought to `keep`. The answer is why others that satisfy the constraint may have left the queue.
 */
export type Search = (sought: Sought, keep: Keep) => Effect.Effect<HistoryGap | undefined, BackendError>

const timeOf = ({ ad }: PrintedAd): number | undefined =>
  Result.isSuccess(ad) ? ad.success.EnteredCurrentStatus : undefined

/**
 * The oldest job of a history. A search from the newest on that comes to it has read the whole history.
 *
 * - `Found`: its number, and when it was removed or held last
 * - `Unnamed`: its record has no number
 * - `Empty`: there is no job
 * - `Closed`: the history is shown to nobody, in the schedd's words
 */
export type Oldest =
  | { readonly _tag: "Found"; readonly id: JobId; readonly time: number | undefined }
  | { readonly _tag: "Unnamed" }
  | { readonly _tag: "Empty" }
  | { readonly _tag: "Closed"; readonly detail: string }

/**
 * Looks for the oldest job of the history.
 */
export const findOldest = Effect.fnUntraced(function*(session: Asked): Effect.fn.Return<Oldest, BackendError> {
  let oldest: PrintedAd | undefined
  const first = yield* ask(session, { oldestFirst: true, limit: 1 }, (ad) => {
    oldest = ad
  })
  if (Result.isFailure(first)) return { _tag: "Closed", detail: first.failure }
  const end: PrintedAd | undefined = oldest
  if (end === undefined) return { _tag: first.success === 0 ? "Empty" : "Unnamed" }
  return { _tag: "Found", id: end.id, time: timeOf(end) }
})

/**
 * A constraint that the oldest job satisfies, too.
 */
export const withOldest = (constraint: string, oldest: Oldest): string =>
  oldest._tag !== "Found" ? `(${constraint})` : [
    constraint,
    Constraint.all(
      Constraint.jobs([oldest.id]),
      ...(oldest.time === undefined ? [] : [`EnteredCurrentStatus == ${oldest.time}`])
    )
  ].map((one) => `(${one})`).join(" || ")

/**
 * Whether an ad is that of the oldest job. Numbers are given again when a schedd is installed anew.
 */
export const isOldestOf = (oldest: Oldest, one: PrintedAd): boolean =>
  oldest._tag === "Found" && String(one.id) === String(oldest.id) && timeOf(one) === oldest.time

/**
 * A search that reads no more than the newest `historyDepth` jobs for what it does not find, however long the history
 * is: 20,000 jobs are a second's work for a schedd, and 100,000 are five. (Measured, 23.9 and 25.14.)
 *
 * **Details**
 *
 * A search that was cut short looks as one that found nothing: the oldest job of the history, which is the first from the
 * other end, is therefore sought along with the others. Where it comes up, the whole history was read.
 *
 * `attributes` are those that are asked for of what is sought.
 *
 * A schedd shows the history of all users to everybody. Only the caller's own jobs are found, whatever others say of theirs.
 */
export const openHistory = Effect.fnUntraced(function*(
  session: Asked,
  attributes = JobAd.attributes
): Effect.fn.Return<Search, BackendError> {
  const { historyDepth } = session.settings
  const oldest = yield* findOldest(session)
  if (oldest._tag === "Closed") return () => Effect.succeed({ detail: oldest.detail, temporary: false })
  if (oldest._tag === "Empty") return () => Effect.succeed(undefined)

  const owner = yield* session.owner
  return Effect.fnUntraced(function*({ beyond = 0, constraint, isSought, limit }, keep) {
    const depth = historyDepth + beyond
    let isWhole = false
    let taken = 0
    const query = {
      constraint: withOldest(Constraint.all(constraint, owner.condition), oldest),
      // The oldest comes last, and does not end the search before those who are sought.
      limit,
      depth
    }
    const answer = yield* ask(session, query, (one) => {
      // Of an oldest job that cannot be read, and does not say it, nobody knows whose it is.
      const isOldest = isOldestOf(oldest, one)
      if (isOldest && Result.isSuccess(one.ad)) isWhole = true
      const isUnsaid = Result.isFailure(one.ad) && !isOldest && !owner.isOther(one.origin)
      if (!isSought(one) || !(owner.owns(one.origin) || isUnsaid)) return
      // More than were asked for are not kept. A tool may be run twice.
      if (++taken <= Math.min(2 * limit, Tuning.mostJobs)) keep(one)
    }, attributes)
    if (Result.isFailure(answer)) return { detail: answer.failure, temporary: false }
    if (isWhole && answer.success === 0) return undefined
    const depths = `it is not among the ${depth} jobs that left the queue last`
    return {
      // A record that was cut off, by a full disk for example, has no number.
      detail: answer.success > 0
        ? `it has records without a number (${answer.success})`
        : oldest._tag === "Unnamed"
        ? `${depths}, and its oldest record has no number`
        : depths,
      temporary: false
    }
  })
})
