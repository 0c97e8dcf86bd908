/**
 * The operations on submission keys at the owner of a compute element. Its process may have been frozen, and another one may own the
 * compute element now.
 */
import type * as ShardId from "effect/cluster/ShardId"
import * as Effect from "effect/Effect"
import type * as DurableDeferred from "effect/workflow/DurableDeferred"
import { WorkflowEngine } from "effect/workflow/WorkflowEngine"
import { BackendFailed } from "../../contract/BackendError.ts"
import type { SubmitOptions, Submitter } from "../../contract/Capability.ts"
import type { Copy, SubmissionSpec } from "../../contract/Submission.ts"
import type { SubmissionKey } from "../../contract/SubmissionKey.ts"
import * as Sent from "./Sent.ts"
import * as ShardLease from "./ShardLease.ts"
import * as Takeover from "./Takeover.ts"

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

  const submit = (submitter: Submitter["Service"], { copies, fenced, key, sent, spec, ...options }: Request) => {
    const takeBack = Effect.andThen(submitter.withdraw(key), Effect.fail(tooLate))
    return takeover.submit(
      submitter,
      key,
      fenced === undefined ? sending(sent) : Effect.fail({ message: fenced }),
      (fence) => submitter.submit(spec, copies, { ...options, key, fence })
    ).pipe(
      Effect.catchIf((error) => error._tag === "SubmissionFenced" && error.detail === Sent.tooLate, () => takeBack),
      // The process may have been frozen after the fence, while the batch was withdrawn.
      Effect.tap(() =>
        sent === undefined ? Effect.void : Effect.catch(
          batches.check(sent),
          (error) => error.message === Sent.tooLate ? takeBack : Effect.fail(later(error))
        )
      )
    )
  }

  const withdraw = (submitter: Submitter["Service"], key: SubmissionKey) =>
    Effect.tap(takeover.withdraw(submitter, key), Effect.mapError(fence, later))

  return { submit, withdraw }
})
