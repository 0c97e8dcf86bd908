/**
 * Records in the database that connect a batch and the owner of its compute element. Either may be frozen, and wake up when another
 * process has continued its work.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as DurableDeferred from "effect/workflow/DurableDeferred"
import * as Workflow from "effect/workflow/Workflow"
import { WorkflowEngine, WorkflowInstance } from "effect/workflow/WorkflowEngine"
import { PilotBatch } from "./Batch.ts"
import * as Handover from "./Handover.ts"
import * as Tuning from "./tuning.ts"

/**
 * Completed immediately before jobs of a batch are sent for the first time. Then jobs with its key are its own, also if a later attempt
 * finds that they have another payload.
 */
export const Sent = DurableDeferred.make("sent")

/** Completed before a batch withdraws its jobs. A request to submit that an earlier process of the batch has sent comes too late. */
export const Withdrawn = DurableDeferred.make("withdrawn")

const resultOf = (deferred: typeof Sent) => Effect.flatMap(WorkflowEngine, (engine) => engine.deferredResult(deferred))

/** The name by which the owner of the compute element completes `Sent`. */
export const token = DurableDeferred.token(Sent)

/** Whether the batch of this workflow may have sent jobs. */
export const wasSent = Handover.delivered(Effect.map(resultOf(Sent), Option.isSome))

/** Records that the batch of this workflow withdraws its jobs. An owner that submits nevertheless removes its jobs. */
export const withdraws = Handover.step(
  Effect.flatMap(
    DurableDeferred.token(Withdrawn),
    (token) => DurableDeferred.succeed(Withdrawn, { token, value: undefined })
  )
)

/** The engine completes it when a workflow is interrupted. It is the engine's own, and `Unrecorded.test.ts` fails without it. */
const InterruptSignal = DurableDeferred.make("Workflow/InterruptSignal")

/**
 * Suspends the workflow if it is interrupted. The engine then finds the interrupt. Without that a workflow that fails first waits without
 * end, because the engine starts no activity of its compensation.
 */
export const suspendIfInterrupted = Effect.gen(function*() {
  const signal = yield* Handover.delivered(resultOf(InterruptSignal))
  if (Option.isSome(signal)) return yield* Workflow.suspend(yield* WorkflowInstance)
})

/** Runs an attempt of a step that is repeated, unless the workflow is interrupted. Then the step is not repeated again. */
export const unlessInterrupted = <A, E, R>(attempt: Effect.Effect<A, E, R>) =>
  Effect.andThen(suspendIfInterrupted, attempt)

/** The message of an owner that is asked to submit for a batch that has been withdrawn. */
export const tooLate = "the batch has been withdrawn"

const check = Effect.fnUntraced(function*(token: DurableDeferred.Token) {
  const { executionId } = DurableDeferred.TokenParsed.fromString(token)
  const withdrawn = yield* Effect.provideService(
    resultOf(Withdrawn),
    WorkflowInstance,
    WorkflowInstance.initial(PilotBatch, executionId)
  )
  if (Option.isSome(withdrawn)) return yield* Effect.fail({ message: tooLate })
})

/**
 * The owner's side, for the batch of a token.
 *
 * - `record`: records `Sent`, and fails if the batch has been withdrawn
 * - `check`: fails if it has been withdrawn
 *
 * Both also fail if the database does not answer in time.
 */
export const make = (engine: Option.Option<WorkflowEngine["Service"]>) => {
  const answered = (
    ask: Effect.Effect<void, { readonly message: string }, WorkflowEngine>
  ): Effect.Effect<void, { readonly message: string }> =>
    Option.match(engine, {
      onNone: () => Effect.fail({ message: "its runner has no workflow engine, which records submissions" }),
      onSome: (engine) =>
        ask.pipe(
          Effect.provideService(WorkflowEngine, engine),
          Effect.timeoutOrElse({
            duration: Tuning.recordedWithin,
            orElse: () => Effect.fail({ message: "the database did not answer in time" })
          }),
          Effect.catchCauseIf(Cause.hasDies, (cause) =>
            Effect.andThen(
              Effect.logWarning("the database did not record a submission, which waits", cause),
              Effect.fail({ message: "the database did not record the submission" })
            ))
        )
    })
  return {
    record: (token: DurableDeferred.Token) =>
      answered(Effect.andThen(DurableDeferred.succeed(Sent, { token, value: undefined }), check(token))),
    check: (token: DurableDeferred.Token) => answered(check(token))
  }
}
