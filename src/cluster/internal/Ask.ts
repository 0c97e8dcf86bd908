/**
 * Requests to owners. Failures of the engine become failures of a backend.
 */
import * as Cause from "effect/Cause"
import * as ClusterError from "effect/cluster/ClusterError"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { BackendFailed } from "../../contract/BackendError.ts"
import { line } from "../../contract/Line.ts"
import * as Tuning from "./tuning.ts"

/** The failures of the engine. */
export type EngineError =
  | ClusterError.MailboxFull
  | ClusterError.AlreadyProcessingMessage
  | ClusterError.PersistenceError
  | ClusterError.EntityNotAssignedToRunner

/** Whether a value is a failure of the engine in this process. One that the engine has stored is another error. */
export const isEngineError = (error: unknown): error is EngineError =>
  error instanceof ClusterError.MailboxFull || error instanceof ClusterError.AlreadyProcessingMessage ||
  error instanceof ClusterError.PersistenceError || error instanceof ClusterError.EntityNotAssignedToRunner

const isOfEngine = <E>(error: E | EngineError): error is EngineError => isEngineError(error)

/** The text of a defect, without the user and the password of a URL: that of a database may be in it. */
export const textOf = (defect: unknown): string =>
  (defect instanceof Error ? defect.message : String(defect)).replace(/\/\/\S*@/g, "//")

const undelivered = (endpoint: string, error: EngineError) => {
  const cause = error._tag === "PersistenceError" ? `: ${textOf(error.cause)}` : ""
  return new BackendFailed({
    endpoint,
    detail: line`the cluster did not deliver the question: ${error._tag}${cause}`,
    retry: "Later"
  })
}

// An error of another process has its name, and not its class.
const unread = ["MalformedMessage", "SchemaError"]

const missing = /^Entity type '(?:Workflow\/)?(.+)' not registered$/

/** The entity or the workflow that no runner has, if a defect says so. */
export const missingIn = (defect: unknown): string | undefined =>
  Predicate.hasProperty(defect, "message") && Predicate.isString(defect.message)
    ? missing.exec(defect.message)?.[1]
    : undefined

const hasDefect = (test: (defect: unknown) => boolean) => <E>({ reasons }: Cause.Cause<E>): boolean =>
  reasons.some((reason) => Cause.isDieReason(reason) && test(reason.defect))

/** Whether the engine in this process did not deliver a request. Its defect is not stored. */
export const isUndelivered = hasDefect(isEngineError)

/** Whether the engine says that no runner has an entity or a workflow. */
export const isMissing = hasDefect((defect) => missingIn(defect) !== undefined)

/**
 * Runs a workflow. If its owner does not have the workflow, the request is stored and waits. The same request, `discarded`, dies then. So
 * it is sent too if there is no answer soon.
 */
export const unlessMissing = <A, E, R, E2, R2>(
  run: Effect.Effect<A, E, R>,
  discarded: Effect.Effect<unknown, E2, R2>
): Effect.Effect<A, E, R | R2> =>
  Effect.raceFirst(
    run,
    Effect.delay(discarded, Tuning.knownPause).pipe(
      Effect.catchCause((cause) => isMissing(cause) ? Effect.die(Cause.squash(cause)) : Effect.void),
      Effect.andThen(Effect.never)
    )
  )

const failureOf = (endpoint: string, defect: unknown): BackendFailed | undefined => {
  if (isEngineError(defect)) return undelivered(endpoint, defect)
  if (!(defect instanceof Error)) return undefined
  const { cause, message, name } = defect
  const entity = missingIn(defect)
  const detail = entity !== undefined
    ? `no runner answers for ${entity}`
    // The other process has another version, or seals with a key that this one does not have.
    : unread.some((one) => name.endsWith(one))
    ? line`a message of the cluster cannot be read: ${cause instanceof Error ? cause.message : message}`
    : undefined
  return detail === undefined ? undefined : new BackendFailed({ endpoint, detail, retry: "AfterRepair" })
}

const failureIn = (endpoint: string) => <E>(cause: Cause.Cause<E>): Result.Result<BackendFailed, Cause.Cause<E>> => {
  for (const reason of cause.reasons) {
    const failure = Cause.isDieReason(reason) ? failureOf(endpoint, reason.defect) : undefined
    if (failure !== undefined) return Result.succeed(failure)
  }
  return Result.fail(cause)
}

/** Turns failures of the engine into `BackendFailed`, also those that the engine makes defects. */
export const typed = (endpoint: string) =>
<A, E, R>(
  effect: Effect.Effect<A, E | EngineError, R>
): Effect.Effect<A, E | BackendFailed, R> =>
  effect.pipe(
    Effect.catchIf(
      isOfEngine<E>,
      (error) => Effect.fail(undelivered(endpoint, error))
    ),
    Effect.catchCauseFilter(failureIn(endpoint), Effect.fail)
  )

/**
 * A request to the owner of a compute element. If the engine does not deliver it, it fails with `BackendFailed`: `retry` is `Later`,
 * or `AfterRepair` if no process can read it.
 *
 * An owner that stops interrupts its open requests, and the engine gives that interrupt to the caller. A workflow would take it for
 * its own interrupt, and end. So `ask` asks the next owner.
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
  return typed(endpoint)(asked)
}

/**
 * The same for an answer that is a stream. The next owner begins the stream again.
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
    Stream.catchIf(
      isOfEngine<E>,
      (error) => Stream.fail(undelivered(endpoint, error))
    ),
    Stream.catchCauseFilter(failureIn(endpoint), Stream.fail)
  )
}
