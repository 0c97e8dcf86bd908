/**
 * Acts on jobs in the queue, guarded by what they must be at that very moment.
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

// Numbers alone are not enough: they are used again by a schedd that is installed anew.
const identityOf = (jobs: ReadonlyArray<Target>): (id: JobId.JobId) => string => {
  // What the copies of one submission have in common in a cluster, so that they make one term.
  const identities = new Map(
    jobs.map(({ handle, id }) => [
      handle.job,
      `${OwnAttributes.hasKey(handle.key)} && ${OwnAttributes.names.copy} - ProcId =?= ${handle.copy - id.proc}`
    ])
  )
  return (id) => identities.get(String(id)) ?? "false"
}

/**
 * - `results`: what the schedd did with each job. One that is not there did not satisfy the guard, or belongs to another identity
 * - `failed`: the jobs for which the act failed, while it did not for others. What has become of them is not known
 *
 * Both are by `"cluster.proc"`.
 */
export interface Acted {
  readonly results: ReadonlyMap<string, ActionResult>
  readonly failed: ReadonlyMap<string, BackendError>
}

/** A condition for all jobs, or one for each. */
type Guard = string | ((id: JobId.JobId) => string)

// Asks once for each chunk of the jobs, with a constraint that names them, their format and the guard.
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
 * Removes those of the jobs that satisfy the guard when the schedd looks at them. It fails only if no removal succeeds.
 *
 * **Details**
 *
 * With a list of numbers `condor_rm` would remove whatever the jobs have become since they were looked at. With a
 * constraint the schedd itself looks, and `-long` still gives a code for each job. (Manual: condor_rm.) It compares the
 * key, the copy and the format as well. Of jobs that share a number only one may be given. The guard is one for all, or one
 * for each.
 */
export const remove = (
  session: Session,
  jobs: ReadonlyArray<Target>,
  guard: Guard,
  reason: typeof OwnAttributes.reasons[keyof typeof OwnAttributes.reasons]
): Effect.Effect<Acted, BackendError> =>
  chunked(session, jobs, guard, (constraint) => session.act("Remove", constraint, reason))

/**
 * Releases those of the jobs that satisfy the guard, in the same way.
 */
export const release = (
  session: Session,
  jobs: ReadonlyArray<Target>,
  guard: Guard
): Effect.Effect<Acted, BackendError> =>
  chunked(session, jobs, guard, (constraint) => session.act("Release", constraint, OwnAttributes.released))

/**
 * Sets an attribute of those of the jobs that satisfy the guard, in the same way. Which they were the schedd does not tell:
 * there are no `results`, and to have found none is no failure.
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
 * Whether a job has gone, by what the schedd says that it did with it.
 */
export const hasGone = (answer: ActionResult | undefined): boolean => answer === "Done" || answer === "AlreadyDone"
