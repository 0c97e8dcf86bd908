/**
 * The jobs that have left the queue of a CE, and how far back they are known.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Constraint from "../../../condor/Constraint.ts"
import * as JobAd from "../../../condor/JobAd.ts"
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
  keep: Keep
): Effect.Effect<Result.Result<number, string>, BackendError> =>
  Records.each(session.history({ ...query, attributes: JobAd.attributes }), keep).pipe(
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
 * A search that reads no more than the newest `historyDepth` jobs for what it does not find, however long the history
 * is: 20,000 jobs are a second's work for a schedd, and 100,000 are five. (Measured, 23.9 and 25.14.)
 *
 * **Details**
 *
 * A search that was cut short looks as one that found nothing: the oldest job of the history, which is the first from the
 * other end, is therefore sought along with the others. Where it comes up, the whole history was read.
 *
 * A schedd shows the history of all users to everybody. Only the caller's own jobs are found, whatever others say of theirs.
 */
export const openHistory = Effect.fnUntraced(function*(
  session: Asked
): Effect.fn.Return<Search, BackendError> {
  const { historyDepth } = session.settings
  let oldest: PrintedAd | undefined
  const first = yield* ask(session, { oldestFirst: true, limit: 1 }, (ad) => {
    oldest = ad
  })
  if (Result.isFailure(first)) return () => Effect.succeed({ detail: first.failure, temporary: false })
  const end: PrintedAd | undefined = oldest
  if (end === undefined && first.success === 0) return () => Effect.succeed(undefined)

  const owner = yield* session.owner
  const time = end === undefined ? undefined : timeOf(end)
  // Numbers are given again when a schedd is installed anew.
  const isEnd = (one: PrintedAd) => end !== undefined && String(one.id) === String(end.id) && timeOf(one) === time
  const endOnly = end === undefined ? [] : [Constraint.all(
    Constraint.jobs([end.id]),
    ...(time === undefined ? [] : [`EnteredCurrentStatus == ${time}`])
  )]
  return Effect.fnUntraced(function*({ beyond = 0, constraint, isSought, limit }, keep) {
    const depth = historyDepth + beyond
    let isWhole = false
    let taken = 0
    const query = {
      constraint: [Constraint.all(constraint, owner.condition), ...endOnly].map((one) => `(${one})`).join(" || "),
      // The oldest comes last, and does not end the search before those who are sought.
      limit,
      depth
    }
    const answer = yield* ask(session, query, (one) => {
      // Of an oldest job that cannot be read, and does not say it, nobody knows whose it is.
      const isOldest = isEnd(one)
      if (isOldest && Result.isSuccess(one.ad)) isWhole = true
      const isUnsaid = Result.isFailure(one.ad) && !isOldest && !owner.isOther(one.origin)
      if (!isSought(one) || !(owner.owns(one.origin) || isUnsaid)) return
      // More than were asked for are not kept. A tool may be run twice.
      if (++taken <= Math.min(2 * limit, Tuning.mostJobs)) keep(one)
    })
    if (Result.isFailure(answer)) return { detail: answer.failure, temporary: false }
    if (isWhole && answer.success === 0) return undefined
    const depths = `it is not among the ${depth} jobs that left the queue last`
    return {
      // A record that was cut off, by a full disk for example, has no number.
      detail: answer.success > 0
        ? `it has records without a number (${answer.success})`
        : end === undefined
        ? `${depths}, and its oldest record has no number`
        : depths,
      temporary: false
    }
  })
})
