/**
 * Whether a batch may have sent jobs. If so, jobs with its key are its own, also if a later attempt finds that they have another
 * payload.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as DurableDeferred from "effect/workflow/DurableDeferred"
import { WorkflowEngine } from "effect/workflow/WorkflowEngine"
import * as Handover from "./Handover.ts"

/** Completed immediately before jobs of a batch are sent for the first time. */
const Sent = DurableDeferred.make("sent")

/** The name by which the owner of the compute element completes it. */
export const token = DurableDeferred.token(Sent)

/** Whether the batch of this workflow may have sent jobs. */
export const wasSent = Handover.delivered(
  Effect.flatMap(WorkflowEngine, (engine) => Effect.map(engine.deferredResult(Sent), Option.isSome))
)

/** The owner's side: records it for the batch of a token. */
export const recorder =
  (engine: Option.Option<WorkflowEngine["Service"]>) =>
  (token: DurableDeferred.Token): Effect.Effect<void, { readonly message: string }> =>
    Option.isNone(engine) ?
      Effect.void :
      DurableDeferred.succeed(Sent, { token, value: undefined }).pipe(
        Effect.provideService(WorkflowEngine, engine.value),
        Effect.catchCauseIf(Cause.hasDies, (cause) =>
          Effect.andThen(
            Effect.logWarning("the database did not record a submission, which waits", cause),
            Effect.fail({ message: "the database did not record the submission" })
          ))
      )
