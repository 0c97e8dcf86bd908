/**
 * Submits jobs.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { BackendError, SubmitError, UnsupportedFormat } from "./BackendError.ts"
import { JobHandle } from "./JobHandle.ts"
import type { Copy, Submission, SubmissionSpec, SubmissionState } from "./Submission.ts"
import { SubmissionKey } from "./SubmissionKey.ts"

/**
 * - `key`: the name of the submission
 * - `onConflict`: what to do when the key has jobs with another payload. `Fail` (default): `SubmissionConflict`. `Adopt`: take
 *   them over, if they are as many as the copies. An incomplete set with another payload is a conflict in any case
 * - `onHiddenHistory`: what to do if jobs of the key may have left the queue without the history telling so. `"Warn"`
 *   (default) submits, with a warning; `"Fail"` fails with `HistoryHidden` and submits nothing
 * - `isNew`: the key was generated for this call, so that nobody can have submitted with it. `true` asks only the queue for
 *   the key, and not the history: no job can have left the queue since. Where it is not so, a payload may run twice
 * - `fence`: runs immediately before jobs are sent, each time: after all waits, when the credentials and files are ready. A
 *   submission of several clusters sends several times, some of them at once. If the fence fails, nothing is sent from then on, and
 *   `submit` fails with `SubmissionFenced`, which has the error's message. It does not run if all jobs are there already. Use it where
 *   the right to submit can be lost, such as a lock, and keep it short: it has the place of a tool
 *
 * @category models
 * @since 0.1.0
 */
export interface SubmitOptions {
  readonly key: SubmissionKey
  readonly onConflict?: "Fail" | "Adopt" | undefined
  readonly onHiddenHistory?: "Warn" | "Fail" | undefined
  readonly isNew?: boolean | undefined
  readonly fence?: Effect.Effect<void, { readonly message: string }> | undefined
}

// A job whose ad does not say which copy it is has no handle.
const withdrawn = { job: Schema.String, handle: Schema.optionalKey(JobHandle) }

/**
 * What became of a job that was to be withdrawn. `job` is its number at the scheduler.
 *
 * - `Cancelled`: it had not completed, and the compute element has removed it. By way of a submit host see `CancelOutcome`
 * - `Purged`: it had completed, and its output is given up
 * - `AlreadyGone`: somebody else was removing it, or it has gone without an answer to this call
 * - `Left`: it is still there. `detail` says why
 *
 * @category models
 * @since 0.1.0
 */
export const WithdrawnJob = Schema.TaggedUnion({
  Cancelled: withdrawn,
  Purged: withdrawn,
  AlreadyGone: withdrawn,
  Left: { ...withdrawn, detail: Schema.String }
})

/**
 * @category models
 * @since 0.1.0
 */
export type WithdrawnJob = typeof WithdrawnJob.Type

/**
 * What became of the jobs of a key that were in the queue, each once. Those that had left before are not in it.
 *
 * **Details**
 *
 * `complete` says that nothing of the key was left at the last look, but for what was being removed. Where it is not, `jobs` has those
 * that are `Left`: withdraw again later.
 *
 * @category models
 * @since 0.1.0
 */
export const Withdrawal = Schema.Struct({
  key: SubmissionKey,
  jobs: Schema.Array(WithdrawnJob),
  complete: Schema.Boolean
})

/**
 * @category models
 * @since 0.1.0
 */
export type Withdrawal = typeof Withdrawal.Type

/**
 * Submits one payload in many copies.
 *
 * **Details**
 *
 * - `submit` is idempotent in its key: again with the same key, after any crash, it answers with the jobs that are there
 *   and submits only if there are none. Only the jobs of the identity that the compute element takes the caller for count.
 * - A key knows its payload. Jobs with the same key that run something else are a conflict.
 * - Any number of fibres and processes may submit with one key at one instant: each copy is there once, and all of them
 *   get the same handles.
 * - `reconcile`: what the compute element knows of a key, for a caller that has lost what `submit` answered. It changes
 *   nothing.
 * - `withdraw`: cancels the jobs of a key that are live, and purges those that have completed, by the key alone: also jobs that wait
 *   for their input, and jobs that were submitted twice. It waits for a `submit` of this backend with the key that is under way, and
 *   looks for jobs that others submit meanwhile. It is safe to interrupt, and to repeat. Jobs of other identities, and of
 *   another format, stay.
 *
 * A key that was withdrawn stays used: `submit` with it returns the handles of the withdrawn jobs, as it does after `cancel` and
 * `purge`, and no payload runs.
 *
 * **Gotchas**
 *
 * `withdraw` destroys output that nobody has fetched. A fetch that is under way loses nothing that it has put into place; what it has
 * not, is lost. A client elsewhere that submits with the key may come after the last look: end it first, or withdraw once more.
 *
 * A key is safe to repeat for as long as its jobs are in the queue, or within the part of the history that is searched. After
 * that `submit` cannot know of them: it warns with `HistoryHidden`, or fails if `onHiddenHistory` is `"Fail"`.
 *
 * @category services
 * @since 0.1.0
 */
export class Submitter extends Context.Service<Submitter, {
  submit(
    spec: SubmissionSpec,
    copies: ReadonlyArray<Copy>,
    options: SubmitOptions
  ): Effect.Effect<Submission, SubmitError>
  reconcile(key: SubmissionKey): Effect.Effect<SubmissionState, BackendError | UnsupportedFormat>
  withdraw(key: SubmissionKey): Effect.Effect<Withdrawal, BackendError>
}>()("effect-htcondor-ce/contract/Capability/Submitter") {}
