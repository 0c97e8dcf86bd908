/**
 * The status of one job, asked together with that of the jobs that others ask for.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HashMap from "effect/HashMap"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import * as Request from "effect/Request"
import * as RequestResolver from "effect/RequestResolver"
import * as Result from "effect/Result"
import * as Constraint from "../condor/Constraint.ts"
import type { BackendError } from "../contract/BackendError.ts"
import type { StatusReporter } from "../contract/Capability.ts"
import type { StatusError } from "../contract/JobError.ts"
import type { JobHandle } from "../contract/JobHandle.ts"
import type { JobStatus } from "../contract/JobStatus.ts"

type Reporter = StatusReporter["Service"]

class StatusOf extends Request.Class<{ readonly handle: JobHandle }, JobStatus, StatusError | BackendError> {}

// Who asks within this time shares a question.
const gathering = "20 millis"

// While so many questions are under way, who asks is gathered for the next one.
const maxUnderWay = 2

/**
 * `statusOf`, by a function that asks for many.
 *
 * **Details**
 *
 * A question that is under way is not shared with who comes later: its answer may be older than what that one has done in
 * the meantime. Who leaves takes only its own job out of a question, and nothing out of one that is under way.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (status: Reporter["status"]): Reporter["statusOf"] => {
  const free = Latch.makeUnsafe(true)
  let underWay = 0

  const begin = Effect.sync(() => {
    underWay += 1
    if (underWay >= maxUnderWay) free.closeUnsafe()
  })
  const end = Effect.sync(() => {
    underWay -= 1
    free.openUnsafe()
  })

  const resolver = RequestResolver.make<StatusOf>(Effect.fnUntraced(function*(entries) {
    const handles = entries.map((entry) => entry.request.handle)
    const answer = yield* Effect.acquireUseRelease(begin, () => Effect.result(status(handles)), () => end)
    for (const entry of entries) {
      if (Result.isFailure(answer)) {
        entry.completeUnsafe(Exit.fail(answer.failure))
        continue
      }
      const outcome = Option.getOrUndefined(HashMap.get(answer.success, entry.request.handle))
      entry.completeUnsafe(
        outcome === undefined
          ? Exit.die(new Error("a handle was left without an outcome"))
          : Result.isSuccess(outcome)
          ? Exit.succeed(outcome.success)
          : Exit.fail(outcome.failure)
      )
    }
  })).pipe(
    RequestResolver.setDelayEffect(Effect.andThen(Effect.sleep(gathering), free.await)),
    RequestResolver.batchN(Constraint.maxJobs)
  )

  return (handle) => Effect.request(new StatusOf({ handle }), resolver)
}
