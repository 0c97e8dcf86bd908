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
 * The key of a submission, and what `submit` does where the key was used before.
 *
 * @category models
 * @since 0.1.0
 */
export interface SubmitOptions {
  /** The name of the submission. Store it before you submit: the same key finds the jobs again after a crash. */
  readonly key: SubmissionKey
  /**
   * What to do if the key has jobs with another payload. `"Fail"` (default) fails with `SubmissionConflict`. `"Adopt"`
   * takes them over, if there is one for each copy. An incomplete set with another payload is always a conflict.
   */
  readonly onConflict?: "Fail" | "Adopt" | undefined
  /**
   * What to do if jobs of the key may have left the queue, and the history does not show it. `"Warn"` (default)
   * submits, with a warning. `"Fail"` fails with `HistoryHidden` and submits nothing.
   */
  readonly onHiddenHistory?: "Warn" | "Fail" | undefined
  /**
   * The key was generated for this call, so nobody can have submitted with it. `true` skips the search of the history.
   * If the key was used before, a payload may run twice.
   */
  readonly isNew?: boolean | undefined
  /**
   * Runs immediately before each time that jobs are sent, when the credentials and files are ready. A submission of
   * several clusters sends several times, some of them concurrently. If the fence fails, nothing more is sent, and
   * `submit` fails with `SubmissionFenced`, which has the error's message. The fence does not run if all jobs exist
   * already. Use it where the right to submit can be lost, such as a lock. Keep it short: it occupies the place of a
   * tool.
   */
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
 * A key that was withdrawn stays used: `submit` with it returns the handles of the withdrawn jobs, as it does after `cancel` and
 * `purge`, and no payload runs.
 *
 * **Gotchas**
 *
 * A key is safe to repeat for as long as its jobs are in the queue, or within the part of the history that is searched. After
 * that `submit` cannot know of them: it warns with `HistoryHidden`, or fails if `onHiddenHistory` is `"Fail"`.
 *
 * @category services
 * @since 0.1.0
 */
export class Submitter extends Context.Service<Submitter, {
  /**
   * Submits `spec` once for each element of `copies`, and returns their handles: `handles[i]` belongs to `copies[i]`.
   *
   * It is idempotent in its key: after any crash, call it again with the same key. It returns the jobs that exist, and
   * submits only the missing copies. Only the jobs of the caller's identity at the compute element count. Jobs with the
   * same key and another payload are a `SubmissionConflict`.
   *
   * Any number of fibres and processes may submit with one key at once: each copy exists once, and all callers get the
   * same handles.
   */
  submit(
    spec: SubmissionSpec,
    copies: ReadonlyArray<Copy>,
    options: SubmitOptions
  ): Effect.Effect<Submission, SubmitError>
  /**
   * Returns the state of a key at the compute element, for a caller that has lost the answer of `submit`. It changes
   * nothing.
   */
  reconcile(key: SubmissionKey): Effect.Effect<SubmissionState, BackendError | UnsupportedFormat>
  /**
   * Cancels the live jobs of a key and purges the completed ones. It needs only the key, and includes jobs that wait
   * for their input and jobs that were submitted twice. It waits for a `submit` of this backend with the key, and looks
   * for jobs that others submit meanwhile. It is safe to interrupt, and to repeat. Jobs of other identities, and of
   * another format, stay.
   *
   * It destroys output that nobody has fetched. A concurrent fetch keeps the files that are in place, and loses the
   * rest. A client elsewhere that submits with the key may come after the last look: end it first, or withdraw again.
   */
  withdraw(key: SubmissionKey): Effect.Effect<Withdrawal, BackendError>
}>()("effect-htcondor-ce/contract/Capability/Submitter") {}
