/**
 * Makes the stream of a listing.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import type { BackendError } from "../../../contract/BackendError.ts"
import type { Session, Sessions } from "../credentials/Session.ts"
import * as Operation from "../metrics/Operation.ts"

/**
 * Reads from the CE when the stream is pulled. `read` passes elements as they arrive, each with a name. If the operation is
 * repeated with other credentials, an element with the same name is not emitted again. The elements that `read` returns come
 * last.
 */
export const stream = <A>(
  sessions: Sessions,
  operation: "list" | "departed",
  read: (session: Session, give: (name: string, one: A) => void) => Effect.Effect<ReadonlyArray<A>, BackendError>
): Stream.Stream<A, BackendError> =>
  Stream.callback<A, BackendError>((into) => {
    const seen = new Set<string>()
    const give = (name: string, one: A) => {
      if (seen.has(name)) return
      seen.add(name)
      Queue.offerUnsafe(into, one)
    }
    return Effect.flatMap(
      Operation.timed(sessions.endpoint, operation)(sessions.use("read", (session) => read(session, give))),
      (last) => {
        Queue.offerAllUnsafe(into, last)
        return Effect.andThen(Effect.annotateCurrentSpan({ "htcondor.jobs": seen.size }), Queue.end(into))
      }
    )
  }).pipe(Stream.withSpan(`Enumerable.${operation}`))
