/**
 * The status of one job, asked together with that of the jobs that others ask for.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HashMap from "effect/HashMap"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import * as Request from "effect/Request"
import * as RequestResolver from "effect/RequestResolver"
import * as Result from "effect/Result"
import * as Constraint from "../../../condor/Constraint.ts"
import type { BackendError } from "../../../contract/BackendError.ts"
import type { StatusReporter } from "../../../contract/Capability.ts"
import type { StatusError } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import type { JobStatus } from "../../../contract/JobStatus.ts"
import type { Outcomes } from "../../../contract/Outcomes.ts"
import * as Tuning from "./tuning.ts"

type Reporter = StatusReporter["Service"]

// Those who wait for an answer; `fiber` is there as soon as it is asked for.
interface Question {
  askers: number
  fiber?: Fiber.Fiber<Outcomes<JobStatus, StatusError>, BackendError>
}

// Who asks, and the question that has become of it.
interface Asker {
  hasLeft: boolean
  question?: Question
}

class StatusOf extends Request.Class<
  { readonly handle: JobHandle; readonly asker: Asker },
  JobStatus,
  StatusError | BackendError
> {}

// Nobody waits for it any more.
const stopIfAlone = ({ askers, fiber }: Question): Effect.Effect<void> =>
  askers > 0 || fiber === undefined ? Effect.void : Fiber.interrupt(fiber)

const leave = (asker: Asker): Effect.Effect<void> =>
  Effect.suspend(() => {
    asker.hasLeft = true
    const { question } = asker
    if (question === undefined) return Effect.void
    question.askers -= 1
    return stopIfAlone(question)
  })

/**
 * `statusOf`, by a function that asks for many.
 *
 * **Details**
 *
 * A question that is under way is not shared with who comes later: its answer may be older than what that one has done in
 * the meantime. Who leaves takes only its own job out of a question, and nothing out of one that is under way, which ends
 * with the last who waits for it.
 */
export const make = (status: Reporter["status"]): Reporter["statusOf"] => {
  const free = Latch.makeUnsafe(true)
  let underWay = 0

  const begin = Effect.sync(() => {
    underWay += 1
    if (underWay >= Tuning.maxUnderWay) free.closeUnsafe()
  })
  const end = Effect.sync(() => {
    underWay -= 1
    free.openUnsafe()
  })

  const ask = Effect.fnUntraced(function*(question: Question, handles: ReadonlyArray<JobHandle>) {
    const fiber = yield* Effect.forkChild(status(handles))
    question.fiber = fiber
    yield* stopIfAlone(question)
    return yield* Fiber.join(fiber)
  })

  const resolver = RequestResolver.make<StatusOf>(Effect.fnUntraced(function*(all) {
    const entries = all.filter(({ request }) => !request.asker.hasLeft)
    const question: Question = { askers: entries.length }
    for (const { request } of entries) request.asker.question = question
    if (entries.length === 0) return
    const handles = entries.map((entry) => entry.request.handle)
    const answer = yield* Effect.acquireUseRelease(begin, () => Effect.result(ask(question, handles)), () => end)
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
    RequestResolver.setDelayEffect(Effect.andThen(Effect.sleep(Tuning.gathering), free.await)),
    RequestResolver.batchN(Constraint.maxJobs)
  )

  return (handle) =>
    Effect.suspend(() => {
      const asker: Asker = { hasLeft: false }
      return Effect.onInterrupt(Effect.request(new StatusOf({ handle, asker }), resolver), () => leave(asker))
    })
}
