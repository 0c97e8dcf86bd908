/**
 * The jobs that have left the queue of a CE, and how far back they are known.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Constraint from "../condor/Constraint.ts"
import * as JobAd from "../condor/JobAd.ts"
import type { JobId } from "../condor/JobId.ts"
import * as ToolFailure from "../condor/ToolFailure.ts"
import type * as ToolOutput from "../condor/ToolOutput.ts"
import type { BackendError } from "../contract/BackendError.ts"
import * as Question from "./Question.ts"
import type { Session } from "./Session.ts"

type Take = (ad: ToolOutput.PrintedAd) => void

// A failure of the result is the words of a CE that does not show its history.
const ask = Effect.fnUntraced(function*(
  session: Session,
  args: ReadonlyArray<string>,
  take: Take
): Effect.fn.Return<Result.Result<void, string>, BackendError> {
  const result = yield* session.ads("condor_history", Question.ads(session, args, JobAd.attributes), take)
  if (result.exitCode === 0) return Result.void
  const error = yield* session.explain("condor_history", result)
  // Who may read the queue, which was asked before, may be kept from the history.
  return ToolFailure.classify(result) === "NoHistory" || error._tag === "AuthorizationDenied"
    ? Result.fail(ToolFailure.words({ ...result, stdout: "" }))
    : yield* Effect.fail(error)
})

const upTo = (constraint: string, limit: number, scanLimit: number): ReadonlyArray<string> => [
  "-constraint",
  constraint,
  "-limit",
  String(limit),
  "-scanlimit",
  String(scanLimit)
]

/**
 * The jobs that left the queue and satisfy a constraint, newest first; the search ends at `limit` of them, or after
 * `scanLimit` jobs. A failure of the result is the words of a CE that does not show its history.
 *
 * @category queries
 * @since 0.1.0
 */
export const newest = Effect.fnUntraced(function*(
  session: Session,
  constraint: string,
  limit: number,
  scanLimit: number
): Effect.fn.Return<Result.Result<ReadonlyArray<ToolOutput.PrintedAd>, string>, BackendError> {
  const ads = new Map<string, ToolOutput.PrintedAd>()
  const answer = yield* ask(session, upTo(constraint, limit, scanLimit), (ad) => ads.set(String(ad.id), ad))
  return Result.map(answer, () => Array.from(ads.values()))
})

/**
 * Why the history does not tell what became of a job.
 *
 * @category models
 * @since 0.1.0
 */
export interface Untold {
  readonly detail: string
  readonly temporary: boolean
}

/**
 * Searches the history for jobs, each of which satisfies the condition that goes with its number.
 *
 * @category models
 * @since 0.1.0
 */
export type Search = (
  ids: ReadonlyArray<JobId>,
  condition: (id: JobId) => string,
  take: Take
) => Effect.Effect<Untold | undefined, BackendError>

const timeOf = ({ ad }: ToolOutput.PrintedAd): number | undefined =>
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
 * @category constructors
 * @since 0.1.0
 */
export const searcher = Effect.fnUntraced(function*(session: Session): Effect.fn.Return<Search, BackendError> {
  const { historyDepth } = session.settings
  let oldest: ToolOutput.PrintedAd | undefined
  const first = yield* ask(session, ["-forwards", "-limit", "1"], (ad) => {
    oldest = ad
  })
  if (Result.isFailure(first)) return () => Effect.succeed({ detail: first.failure, temporary: false })
  if (oldest === undefined) return () => Effect.succeed(undefined)

  const end = oldest
  const time = timeOf(end)
  // Numbers are given again when a schedd is installed anew.
  const isEnd = (one: ToolOutput.PrintedAd) => String(one.id) === String(end.id) && timeOf(one) === time
  const endOnly = Constraint.all(
    Constraint.jobs([end.id]),
    ...(time === undefined ? [] : [`EnteredCurrentStatus == ${time}`])
  )
  return Effect.fnUntraced(function*(ids, condition, take) {
    let isWhole = false
    const sought = `${Constraint.jobs(ids, condition)} || (${endOnly})`
    // The oldest comes last, and does not end the search before those who are sought.
    const answer = yield* ask(session, upTo(sought, ids.length, historyDepth), (one) => {
      if (isEnd(one)) isWhole = true
      take(one)
    })
    if (Result.isFailure(answer)) return { detail: answer.failure, temporary: false }
    return isWhole
      ? undefined
      : { detail: `it is not among the ${historyDepth} jobs that left the queue last`, temporary: false }
  })
})
