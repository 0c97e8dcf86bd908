/**
 * Acts on jobs in the queue, with a guard that the schedd checks at the moment of the act.
 */
import * as Effect from "effect/Effect"
import { isString } from "effect/Predicate"
import * as Constraint from "../../../condor/Constraint.ts"
import type * as JobId from "../../../condor/JobId.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { ActionResult } from "../../../condor/Schedd.ts"
import type { BackendError } from "../../../contract/BackendError.ts"
import type { Session } from "../credentials/Session.ts"
import * as Chunks from "./Chunks.ts"
import type { Target } from "./LookupResult.ts"
import * as Tuning from "./tuning.ts"

// Job ids are not enough: a reinstalled schedd uses them again.
const identityOf = (jobs: ReadonlyArray<Target>): (id: JobId.JobId) => string => {
  // The same text for all copies of one submission in a cluster, so that they make one term of the constraint.
  const identities = new Map(
    jobs.map(({ handle, id }) => [
      handle.job,
      `${OwnAttributes.hasKey(handle.key)} && ${OwnAttributes.names.copy} - ProcId =?= ${handle.copy - id.proc}`
    ])
  )
  return (id) => identities.get(String(id)) ?? "false"
}

/**
 * - `results`: what the schedd did with each job. A job without a result did not satisfy the guard, or belongs to another
 *   identity.
 * - `failed`: the jobs for which the act failed, if it did not fail for all. Whether the schedd acted on them is not known.
 *
 * The keys of both are job ids, `"cluster.proc"`.
 */
export interface Acted {
  readonly results: ReadonlyMap<string, ActionResult>
  readonly failed: ReadonlyMap<string, BackendError>
}

/** A condition for all jobs, or one for each. */
type Guard = string | ((id: JobId.JobId) => string)

// One query for each chunk of the jobs, with a constraint on their ids, keys, copies, format and the guard.
const chunked = Effect.fnUntraced(function*(
  session: Session,
  jobs: ReadonlyArray<Target>,
  guard: Guard,
  ask: (constraint: string) => Effect.Effect<ReadonlyMap<string, ActionResult>, BackendError>
): Effect.fn.Return<Acted, BackendError> {
  const identity = identityOf(jobs)
  const condition = (id: JobId.JobId) => isString(guard) ? identity(id) : `${identity(id)} && ${guard(id)}`
  const results = new Map<string, ActionResult>()
  const chunks = Constraint.chunks(jobs.map((job) => job.id), condition, Tuning.removedAtOnce)
  const failed = yield* Chunks.ask(session.settings, chunks, (chunk) =>
    Effect.map(
      ask(
        Constraint.all(
          Constraint.jobs(chunk, condition),
          OwnAttributes.hasFormat,
          ...(isString(guard) ? [guard] : [])
        )
      ),
      (some) => some.forEach((result, job) => results.set(job, result))
    ))
  const [first] = failed
  if (first !== undefined && failed.length === chunks.length) return yield* Effect.fail(first[1])
  return { results, failed: new Map(failed.flatMap(([ids, error]) => ids.map((id) => [String(id), error] as const))) }
})

/**
 * Removes the jobs that satisfy the guard when the schedd looks at them. Fails only if no removal succeeds.
 *
 * **Details**
 *
 * With a list of ids, `condor_rm` would also remove jobs whose state has changed in the meantime. With a constraint, the schedd
 * itself checks it, and `-long` still returns a code for each job. (Manual: condor_rm.) The schedd also compares the key, the
 * copy and the format. Pass only one of several jobs with the same id. The guard is one for all jobs, or one for each.
 */
export const remove = (
  session: Session,
  jobs: ReadonlyArray<Target>,
  guard: Guard,
  reason: typeof OwnAttributes.reasons[keyof typeof OwnAttributes.reasons]
): Effect.Effect<Acted, BackendError> =>
  chunked(session, jobs, guard, (constraint) => session.act("Remove", constraint, reason))

/**
 * Releases the jobs that satisfy the guard, in the same way.
 */
export const release = (
  session: Session,
  jobs: ReadonlyArray<Target>,
  guard: Guard
): Effect.Effect<Acted, BackendError> =>
  chunked(session, jobs, guard, (constraint) => session.act("Release", constraint, OwnAttributes.released))

/**
 * Sets an attribute of the jobs that satisfy the guard, in the same way. The schedd does not say which jobs it has edited: there
 * are no `results`, and it is not a failure if no job matches.
 */
export const edit = (
  session: Session,
  jobs: ReadonlyArray<Target>,
  guard: Guard,
  edit: readonly [name: string, expression: string]
): Effect.Effect<Acted, BackendError> =>
  chunked(session, jobs, guard, (constraint) =>
    session.edit(constraint, [edit]).pipe(
      Effect.catchTag("JobsRefused", () => Effect.void),
      Effect.as(new Map<string, ActionResult>())
    ))

/**
 * Whether a job has left the queue, by the schedd's answer.
 */
export const hasGone = (answer: ActionResult | undefined): boolean => answer === "Done" || answer === "AlreadyDone"
