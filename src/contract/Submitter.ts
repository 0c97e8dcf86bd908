/**
 * Submits jobs.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { BackendError, SubmitError, UnsupportedFormat } from "./BackendError.ts"
import { handleOf, reason } from "./Fields.ts"
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
   * The action if the key has jobs with another payload. `"Fail"` (default) fails with `SubmissionConflict`. `"Adopt"`
   * returns those jobs, if there is one for each copy. An incomplete set with another payload is always a conflict.
   */
  readonly onConflict?: "Fail" | "Adopt" | undefined
  /**
   * The action if jobs of the key may have left the queue and the history cannot show it. `"Warn"` (default) submits,
   * with a warning. `"Fail"` fails with `HistoryHidden` and submits nothing.
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

// A job whose ad does not name its copy has no handle.
const withdrawn = {
  job: Schema.String.annotate({ description: "The number of the job at the scheduler, for example 12.0." }),
  handle: Schema.optionalKey(
    handleOf("The handle of the job. Absent if the ad of the job does not name its copy.")
  )
}

/**
 * The result of `withdraw` for one job. `job` is its number at the scheduler (`12.0`). `handle` is absent if the ad of
 * the job does not name its copy.
 *
 * @category models
 * @since 0.1.0
 */
export const WithdrawnJob = Schema.TaggedUnion({
  /** The job had not completed, and the compute element removed it. For a submit host see `CancelOutcome`. */
  Cancelled: withdrawn,
  /** The job had completed. It was removed, and its output was destroyed. */
  Purged: withdrawn,
  /** Somebody else was removing the job, or it left without an answer to this call. */
  AlreadyGone: withdrawn,
  /** The job is still at the compute element. `detail` says why. */
  Left: { ...withdrawn, detail: reason }
})

/**
 * The result of `withdraw` for one job.
 *
 * @category models
 * @since 0.1.0
 */
export type WithdrawnJob = typeof WithdrawnJob.Type

/**
 * The result of `withdraw`.
 *
 * @category models
 * @since 0.1.0
 */
export const Withdrawal = Schema.Struct({
  /** The key that was withdrawn. */
  key: SubmissionKey.annotate({ description: "The key that was withdrawn." }),
  /** The jobs of the key that were in the queue, each once. Jobs that had left the queue before are not listed. */
  jobs: Schema.Array(WithdrawnJob).annotate({ description: "The jobs of the key that were in the queue, each once." }),
  /**
   * `true` if the last query found no job of the key, except jobs that are being removed. Otherwise `jobs` names those
   * that are `Left`: withdraw again later.
   */
  complete: Schema.Boolean.annotate({
    description: "true if the last query found no job of the key, except jobs that are being removed."
  })
})

/**
 * The result of `withdraw`.
 *
 * @category models
 * @since 0.1.0
 */
export type Withdrawal = typeof Withdrawal.Type

/**
 * Submits one payload in many copies.
 *
 * **Details**
 *
 * A key that was withdrawn stays used: `submit` with it returns the handles of the withdrawn jobs, as it does after
 * `cancel` and `purge`, and no payload runs.
 *
 * **Gotchas**
 *
 * You can repeat a key safely as long as its jobs are in the queue, or in the part of the history that is searched.
 * After that `submit` cannot find them: it warns with `HistoryHidden`, or fails if `onHiddenHistory` is `"Fail"`.
 *
 * **Example** (Submitting again after a crash)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { reconcile, submit, withdraw } = yield* Capability.Submitter
 *   const key = SubmissionKey.SubmissionKey.make("task-42")
 *   const submitPilots = submit({ executable: "/bin/true" }, [{}, {}], { key })
 *   const first = yield* submitPilots
 *   const again = yield* submitPilots
 *   assert.deepStrictEqual(again.handles, first.handles)
 *   assert.strictEqual(again.adopted, true)
 *   assert.strictEqual((yield* reconcile(key))._tag, "Submitted")
 *   assert.strictEqual((yield* withdraw(key)).complete, true)
 * })
 * ```
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
   * rest. If a client elsewhere submits with the key, its jobs may arrive after the last query. End that client first,
   * or withdraw again.
   */
  withdraw(key: SubmissionKey): Effect.Effect<Withdrawal, BackendError>
}>()("effect-htcondor-ce/contract/Capability/Submitter") {}
