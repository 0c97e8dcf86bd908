/**
 * A fetched job that is to leave the CE, and what became of it there.
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
 * - `guard`: what must hold of it when the schedd removes it
 * - `mark`: of the fetch that transferred it, if it was this one
 * - `directory`: where its output and its manifest are
 */
export interface Claim extends Target {
  readonly guard: string
  readonly mark: string | undefined
  readonly directory: string
}

/**
 * - `Released`: the job has left the CE
 * - `TakenOver`: another process has marked the job as its own since, or has released it
 * - `Kept`: the job is at the CE as far as anybody knows
 */
export type Answer = "Released" | "TakenOver" | "Kept"

/**
 * What became of some jobs.
 */
export type Answers = ReadonlyMap<Claim, Answer>

/**
 * What is left.
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
 * What the schedd's answer says of one of them. Undefined if the job did not satisfy its guard.
 */
export const answerOf = ({ failed, results }: GuardedActs.Acted, { id }: Claim): "Released" | "Kept" | undefined => {
  const job = String(id)
  if (failed.has(job)) return "Kept"
  const result = results.get(job)
  return result === undefined ? undefined : GuardedActs.hasGone(result) ? "Released" : "Kept"
}

/**
 * What became of a job that did not satisfy its guard, by what the CE knows of it. An earlier try may have removed it whose
 * answer `wasLost`. Where none was, and nobody tells, it was the process that has marked it since.
 */
export const found = ({ mark }: Claim, what: LookupResult, wasLost: boolean): Answer => {
  const gone = mark === undefined || wasLost ? "Released" : "TakenOver"
  if (what._tag === "Absent") return gone
  if (what._tag === "Failed") return what.error._tag === "HistoryUnavailable" ? gone : "Kept"
  if (mark !== undefined && what.ad.EffectCEFetch !== mark) return "TakenOver"
  return what._tag === "History" || what.ad.JobStatus === 3 ? "Released" : "Kept"
}
