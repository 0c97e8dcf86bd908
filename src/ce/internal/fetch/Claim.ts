/**
 * A fetched job to release from the CE, and the result of that.
 */
import type * as Effect from "effect/Effect"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { BackendError } from "../../../contract/BackendError.ts"
import type { Session } from "../credentials/Session.ts"
import * as GuardedActs from "../query/GuardedActs.ts"
import type { LookupResult, Target } from "../query/LookupResult.ts"

/**
 * A job whose output is complete at its place.
 *
 * - `guard`: the condition on its ad under which the schedd removes it
 * - `mark`: the mark of the fetch that transferred it, if it was this fetch
 * - `directory`: has its output and its manifest
 */
export interface Claim extends Target {
  readonly guard: string
  readonly mark: string | undefined
  readonly directory: string
}

/**
 * - `Released`: the job has left the CE
 * - `TakenOver`: another process has marked the job as its own in the meantime, or has released it
 * - `Kept`: the job is still at the CE, as far as is known
 */
export type Answer = "Released" | "TakenOver" | "Kept"

/**
 * The answer for each job.
 */
export type Answers = ReadonlyMap<Claim, Answer>

/**
 * The jobs that are still at the CE.
 */
export const keptOf = (answers: Answers): ReadonlyArray<Claim> =>
  Array.from(answers).flatMap(([claim, answer]) => answer === "Kept" ? [claim] : [])

/**
 * Removes some jobs from the CE, each under its guard.
 */
export const remove = (
  session: Session,
  claims: ReadonlyArray<Claim>
): Effect.Effect<GuardedActs.Acted, BackendError> => {
  const guards = new Map(claims.map(({ guard, id }) => [String(id), guard]))
  const [first = "false", ...others] = new Set(guards.values())
  return GuardedActs.remove(
    session,
    claims,
    others.length === 0 ? first : (id) => guards.get(String(id)) ?? "false",
    OwnAttributes.reasons.retrieved
  )
}

/**
 * The answer of the schedd about one job. Undefined if the job did not satisfy its guard.
 */
export const answerOf = ({ failed, results }: GuardedActs.Acted, { id }: Claim): "Released" | "Kept" | undefined => {
  const job = String(id)
  if (failed.has(job)) return "Kept"
  const result = results.get(job)
  return result === undefined ? undefined : GuardedActs.hasGone(result) ? "Released" : "Kept"
}

/**
 * The answer for a job that did not satisfy its guard, from what the CE knows of it. `wasLost`: the answer of an earlier attempt
 * was lost, so that this attempt may have removed the job. If no answer was lost and the CE does not say, another process has
 * marked the job in the meantime.
 */
export const found = ({ mark }: Claim, what: LookupResult, wasLost: boolean): Answer => {
  const gone = mark === undefined || wasLost ? "Released" : "TakenOver"
  if (what._tag === "Absent") return gone
  if (what._tag === "Failed") return what.error._tag === "HistoryUnavailable" ? gone : "Kept"
  if (mark !== undefined && what.ad.EffectCEFetch !== mark) return "TakenOver"
  return what._tag === "History" || what.ad.JobStatus === 3 ? "Released" : "Kept"
}
