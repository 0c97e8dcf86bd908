/**
 * The first work of a new owner. Until its lock expires, a former owner may take itself for the owner, and submit.
 */
import type * as ShardId from "effect/cluster/ShardId"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { BackendError, SubmitError } from "../../contract/BackendError.ts"
import type { SubmitOptions, Submitter, Withdrawal } from "../../contract/Capability.ts"
import * as Retry from "../../contract/Retry.ts"
import type { Submission } from "../../contract/Submission.ts"
import type { SubmissionKey } from "../../contract/SubmissionKey.ts"
import { ShardLease } from "./ShardLease.ts"

type Fence = NonNullable<SubmitOptions["fence"]>

/**
 * The operations of an owner on a key, which are repeated when the lock of a former owner has expired.
 *
 * - `submit`: checks later whether the submission exists twice. Then it submits again, which removes the younger duplicate, behind a fence
 *   that fails: a batch that has been withdrawn meanwhile must not get new jobs
 * - `withdraw`: withdraws again at that time, and answers then
 */
export interface Takeover {
  readonly submit: (
    submitter: Submitter["Service"],
    key: SubmissionKey,
    fence: Fence,
    submit: (fence: Fence) => Effect.Effect<Submission, SubmitError>
  ) => Effect.Effect<Submission, SubmitError>
  readonly withdraw: (submitter: Submitter["Service"], key: SubmissionKey) => Effect.Effect<Withdrawal, BackendError>
}

// The outcome of the first withdrawal counts, unless it left the job.
const both = (first: Withdrawal, second: Withdrawal): Withdrawal => {
  const done = first.jobs.filter(({ _tag }) => _tag !== "Left")
  const jobs = new Map([...second.jobs, ...done].map((one) => [one.job, one]))
  return { ...second, jobs: Array.from(jobs.values()) }
}

/** For the owner of a shard, until the scope ends. */
export const make = Effect.fnUntraced(
  function*(shardId: ShardId.ShardId): Effect.fn.Return<Takeover, never, Scope.Scope> {
    const scope = yield* Effect.scope
    const { settledIn } = yield* ShardLease
    const left = settledIn(shardId)

    const resolve = Effect.fnUntraced(
      function*(
        submitter: Submitter["Service"],
        key: SubmissionKey,
        submit: (fence: Fence) => Effect.Effect<Submission, SubmitError>
      ) {
        const { _tag } = yield* submitter.reconcile(key)
        if (_tag !== "Duplicated") return
        yield* Effect.logWarning(`two owners have submitted ${key}: the younger jobs are removed`)
        const nothing = Effect.fail({ message: "nothing is submitted here" })
        yield* Effect.catchTag(submit(nothing), "SubmissionFenced", () => Effect.void)
      },
      Effect.retry(Retry.schedule),
      (resolved, _, key) =>
        Effect.catch(resolved, ({ message }) => Effect.logError(`submission ${key} may exist twice: ${message}`))
    )

    return {
      submit: (submitter, key, fence, submit) =>
        Effect.tap(submit(fence), ({ adopted }) =>
          Effect.flatMap(left, (millis) =>
            adopted || millis === 0
              ? Effect.void
              : Effect.forkIn(Effect.delay(resolve(submitter, key, submit), millis), scope))),
      withdraw: (submitter, key) =>
        Effect.gen(function*() {
          const isSettled = (yield* left) === 0
          const first = yield* submitter.withdraw(key)
          return isSettled ? first : both(first, yield* Effect.delay(submitter.withdraw(key), yield* left))
        })
    }
  }
)
