/**
 * The operations on submission keys at the owner of a compute element. Its process may have been frozen, and another one may own the
 * compute element now.
 */
import type * as ShardId from "effect/cluster/ShardId"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import type * as DurableDeferred from "effect/workflow/DurableDeferred"
import { WorkflowEngine } from "effect/workflow/WorkflowEngine"
import { BackendFailed } from "../../contract/BackendError.ts"
import type { SubmitOptions, Submitter } from "../../contract/Capability.ts"
import type { Copy, SubmissionSpec } from "../../contract/Submission.ts"
import type { SubmissionKey } from "../../contract/SubmissionKey.ts"
import * as Sent from "./Sent.ts"
import * as ShardLease from "./ShardLease.ts"
import * as Takeover from "./Takeover.ts"
import * as Tuning from "./tuning.ts"

/**
 * A request to submit. `fenced` is the message of the caller's fence, if that has failed. `sent` belongs to a batch.
 */
interface Request extends Omit<SubmitOptions, "fence"> {
  readonly spec: SubmissionSpec
  readonly copies: ReadonlyArray<Copy>
  readonly fenced?: string | undefined
  readonly sent?: DurableDeferred.Token | undefined
}

interface Message {
  readonly message: string
}

/** For the owner of a shard, until the scope ends. */
export const make = Effect.fnUntraced(function*(endpoint: string, shardId: ShardId.ShardId) {
  const fence = ShardLease.fence(shardId)
  const batches = Sent.make(yield* Effect.serviceOption(WorkflowEngine))
  const takeover = yield* Takeover.make(shardId)
  const later = ({ message }: Message) => new BackendFailed({ endpoint, detail: message, retry: "Later" })
  const tooLate = new BackendFailed({ endpoint, detail: Sent.tooLate, retry: "Never" })

  // The lock is checked again, because the database may be slow.
  const sending = (sent: DurableDeferred.Token | undefined): Effect.Effect<void, Message> =>
    sent === undefined ? fence : fence.pipe(Effect.andThen(batches.record(sent)), Effect.andThen(fence))

  const takeBack = (submitter: Submitter["Service"], key: SubmissionKey) =>
    Effect.andThen(submitter.withdraw(key), Effect.fail(tooLate))

  // The handler ends without an answer, for example because this process was frozen and has lost the caller.
  const lastLook = (submitter: Submitter["Service"], key: SubmissionKey, sent: DurableDeferred.Token) =>
    batches.check(sent).pipe(
      Effect.catch((error) =>
        error.message === Sent.tooLate ? Effect.asVoid(submitter.withdraw(key)) : Effect.fail(error)
      ),
      Effect.retry(Schedule.spaced(Tuning.fencedPause)),
      Effect.timeout(Tuning.lastLook),
      Effect.catch(({ message }) => Effect.logWarning(`submission ${key} may have left jobs: ${message}`))
    )

  const submit = (submitter: Submitter["Service"], { copies, fenced, key, sent, spec, ...options }: Request) =>
    Effect.suspend(() => {
      let mayBeSent = false
      const fence = Effect.tap(sending(sent), () =>
        Effect.sync(() => {
          mayBeSent = true
        }))
      return takeover.submit(
        submitter,
        key,
        fenced === undefined ? fence : Effect.fail({ message: fenced }),
        (fence) => submitter.submit(spec, copies, { ...options, key, fence })
      ).pipe(
        Effect.catchIf(
          (error) => error._tag === "SubmissionFenced" && error.detail === Sent.tooLate,
          () => takeBack(submitter, key)
        ),
        // This process may have been frozen after the fence, while the batch was withdrawn.
        Effect.tap(() =>
          sent === undefined ? Effect.void : Effect.catch(
            batches.check(sent),
            (error) => error.message === Sent.tooLate ? takeBack(submitter, key) : Effect.fail(later(error))
          )
        ),
        Effect.onExit((exit) =>
          sent !== undefined && mayBeSent && Exit.isFailure(exit) ? lastLook(submitter, key, sent) : Effect.void
        )
      )
    })

  const withdraw = (submitter: Submitter["Service"], key: SubmissionKey) =>
    Effect.tap(takeover.withdraw(submitter, key), Effect.mapError(fence, later))

  return { submit, withdraw }
})
