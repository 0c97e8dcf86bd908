/**
 * Submits jobs.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { BackendError, SubmitError, UnsupportedFormat } from "./BackendError.ts"
import type { Copy, Submission, SubmissionSpec, SubmissionState } from "./Submission.ts"
import type { SubmissionKey } from "./SubmissionKey.ts"

/**
 * - `key`: the name of the submission
 * - `onConflict`: what to do when the key has jobs with another payload. `Fail` (default): `SubmissionConflict`. `Adopt`: take
 *   them over, if they are as many as the copies. An incomplete set with another payload is a conflict in any case
 * - `onHiddenHistory`: what to do if jobs of the key may have left the queue without the history telling so. `"Warn"`
 *   (default) submits, with a warning; `"Fail"` fails with `HistoryHidden` and submits nothing
 * - `isNew`: the key was generated for this call, so that nobody can have submitted with it. `true` asks only the queue for
 *   the key, and not the history: no job can have left the queue since. Where it is not so, a payload may run twice
 *
 * @category models
 * @since 0.1.0
 */
export interface SubmitOptions {
  readonly key: SubmissionKey
  readonly onConflict?: "Fail" | "Adopt" | undefined
  readonly onHiddenHistory?: "Warn" | "Fail" | undefined
  readonly isNew?: boolean | undefined
}

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
  submit(
    spec: SubmissionSpec,
    copies: ReadonlyArray<Copy>,
    options: SubmitOptions
  ): Effect.Effect<Submission, SubmitError>
  reconcile(key: SubmissionKey): Effect.Effect<SubmissionState, BackendError | UnsupportedFormat>
}>()("effect-htcondor-ce/contract/Capability/Submitter") {}
