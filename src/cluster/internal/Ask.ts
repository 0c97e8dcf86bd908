/**
 * What the engine says instead of the entity, as failures of a backend.
 */
import * as ClusterError from "effect/cluster/ClusterError"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { BackendFailed } from "../../contract/BackendError.ts"

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

/**
 * A question to the owner of a compute element. Where the engine does not deliver it the answer is `BackendFailed`, to be
 * repeated later.
 */
export const ask = (endpoint: string) =>
<A, E, R>(
  question: Effect.Effect<A, E | EngineError, R>
): Effect.Effect<A, E | BackendFailed, R> =>
  Effect.catchIf(question, isEngineError<E>, (error) => Effect.fail(failed(endpoint)(error)))

/**
 * The same for an answer in parts.
 */
export const follow = (endpoint: string) =>
<A, E, R>(
  answer: Stream.Stream<A, E | EngineError, R>
): Stream.Stream<A, E | BackendFailed, R> =>
  Stream.catchIf(answer, isEngineError<E>, (error) => Stream.fail(failed(endpoint)(error)))
