/**
 * What the engine says instead of the entity, as failures of a backend.
 */
import * as Cause from "effect/Cause"
import * as ClusterError from "effect/cluster/ClusterError"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { BackendFailed } from "../../contract/BackendError.ts"
import { line } from "../../contract/Line.ts"
import * as Tuning from "./tuning.ts"

/** What the engine may say. */
export type EngineError =
  | ClusterError.MailboxFull
  | ClusterError.AlreadyProcessingMessage
  | ClusterError.PersistenceError
  | ClusterError.EntityNotAssignedToRunner

const isEngineError = <E>(error: E | EngineError): error is EngineError =>
  error instanceof ClusterError.MailboxFull || error instanceof ClusterError.AlreadyProcessingMessage ||
  error instanceof ClusterError.PersistenceError || error instanceof ClusterError.EntityNotAssignedToRunner

const failed = (endpoint: string) => ({ _tag }: EngineError) =>
  new BackendFailed({ endpoint, detail: `the cluster did not deliver the question: ${_tag}`, retry: "Later" })

// From another process it comes as an error of this name.
const unread = ["MalformedMessage", "SchemaError"]

/** What one of the two processes cannot read: the other has another version, or seals with a key that is not known there. */
const detailOf = <E>(cause: Cause.Cause<E>): Result.Result<string, Cause.Cause<E>> => {
  for (const reason of cause.reasons) {
    if (!Cause.isDieReason(reason) || !(reason.defect instanceof Error)) continue
    const { cause: inner, message, name } = reason.defect
    if (unread.some((one) => name.endsWith(one))) {
      return Result.succeed(inner instanceof Error ? inner.message : message)
    }
  }
  return Result.fail(cause)
}

const notRead = (endpoint: string, detail: string) =>
  new BackendFailed({
    endpoint,
    detail: line`a message of the cluster cannot be read: ${detail}`,
    retry: "AfterRepair"
  })

/**
 * A question to the owner of a compute element. Where the engine does not deliver it the answer is `BackendFailed`, to be
 * repeated later, or when somebody has mended why it cannot be read.
 *
 * An owner that stops interrupts its open questions, and the engine gives that interrupt to the caller as the answer. A workflow
 * would take it for its own interrupt, and end. So `ask` asks the next owner.
 */
export const ask = (endpoint: string) =>
<A, E, R>(
  question: Effect.Effect<A, E | EngineError, R>
): Effect.Effect<A, E | BackendFailed, R> => {
  const asked: Effect.Effect<A, E | EngineError, R> = Effect.catchCauseIf(
    question,
    Cause.hasInterruptsOnly,
    () => Effect.delay(asked, Tuning.stoppedPause)
  )
  return asked.pipe(
    Effect.catchIf(isEngineError<E>, (error) => Effect.fail(failed(endpoint)(error))),
    Effect.catchCauseFilter(detailOf, (detail) => Effect.fail(notRead(endpoint, detail)))
  )
}

/**
 * The same for an answer in parts, which the next owner begins anew.
 */
export const follow = (endpoint: string) =>
<A, E, R>(
  answer: Stream.Stream<A, E | EngineError, R>
): Stream.Stream<A, E | BackendFailed, R> => {
  const followed: Stream.Stream<A, E | EngineError, R> = Stream.catchCauseIf(
    answer,
    Cause.hasInterruptsOnly,
    () => Stream.unwrap(Effect.as(Effect.sleep(Tuning.stoppedPause), followed))
  )
  return followed.pipe(
    Stream.catchIf(isEngineError<E>, (error) => Stream.fail(failed(endpoint)(error))),
    Stream.catchCauseFilter(detailOf, (detail) => Stream.fail(notRead(endpoint, detail)))
  )
}
