/**
 * Submissions of a new owner, while its predecessor may still submit.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { SubmitError } from "../../contract/BackendError.ts"
import type { Submitter } from "../../contract/Capability.ts"
import * as Retry from "../../contract/Retry.ts"
import type { Submission } from "../../contract/Submission.ts"
import type { SubmissionKey } from "../../contract/SubmissionKey.ts"
import { ShardLease } from "./ShardLease.ts"

/** Submits, and later checks whether the submission exists twice. */
type Watched = (
  submitter: Submitter["Service"],
  key: SubmissionKey,
  submit: Effect.Effect<Submission, SubmitError>
) => Effect.Effect<Submission, SubmitError>

/**
 * For one activation of the entity. A former owner that was frozen may submit until its lock expires. So this checks the submissions of
 * that time again afterwards. Submitting again with the same key removes the younger duplicate.
 */
export const make: Effect.Effect<Watched, never, Scope.Scope> = Effect.gen(function*() {
  const { expiration } = yield* ShardLease
  if (expiration === undefined) return (_submitter, _key, submit) => submit
  const scope = yield* Effect.scope
  const end = (yield* Clock.currentTimeMillis) + Duration.toMillis(expiration)
  return (submitter, key, submit) => {
    const resolve = Effect.gen(function*() {
      const { _tag } = yield* submitter.reconcile(key)
      if (_tag !== "Duplicated") return
      yield* Effect.logWarning(`two owners have submitted ${key}: the younger jobs are removed`)
      yield* submit
    }).pipe(
      Effect.retry(Retry.schedule),
      Effect.catch(({ message }) => Effect.logError(`submission ${key} may exist twice: ${message}`))
    )
    return Effect.tap(
      submit,
      ({ adopted }) =>
        Effect.flatMap(
          Clock.currentTimeMillis,
          (now) => adopted || now >= end ? Effect.void : Effect.forkIn(Effect.delay(resolve, end - now), scope)
        )
    )
  }
})
