/**
 * Following jobs to their end, with one line that says how far they are.
 *
 * @since 0.1.0
 */
import * as Console from "effect/Console"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { StatusReporter } from "../contract/Capability.ts"
import type { StatusError } from "../contract/JobError.ts"
import type { JobHandle } from "../contract/JobHandle.ts"
import * as JobStatus from "../contract/JobStatus.ts"
import type { Outcomes } from "../contract/Outcomes.ts"
import { canRepeat } from "../contract/Retry.ts"
import * as Output from "./Output.ts"
import * as Printable from "./Printable.ts"

const text = (outcomes: Outcomes<JobStatus.JobStatus, StatusError>): string =>
  Output.counts(
    Array.from(
      HashMap.values(outcomes),
      (outcome) => Result.isSuccess(outcome) ? outcome.success._tag : outcome.failure._tag
    )
  )

/**
 * A line on stderr. On a terminal it is written over and over, elsewhere there is a new one when it differs.
 *
 * @category constructors
 * @since 0.1.0
 */
export const line = Effect.gen(function*() {
  const stdio = yield* Stdio.Stdio
  const terminal = yield* stdio.stderrIsTerminal
  const last = yield* Ref.make("")
  const write = (text: string) => Effect.ignore(Stream.run(Stream.make(text), stdio.stderr({ endOnDone: false })))
  if (terminal) yield* Effect.addFinalizer(() => write("\n"))
  return Effect.fnUntraced(function*(text: string) {
    if ((yield* Ref.getAndSet(last, text)) === text) return
    yield* terminal ? write(`\r\u001b[2K${Printable.escape(text)}`) : Console.error(text)
  })
})

const isOpen = (outcome: Result.Result<JobStatus.JobStatus, StatusError>): boolean =>
  Result.match(outcome, { onSuccess: (status) => !JobStatus.isTerminal(status), onFailure: canRepeat })

/**
 * Waits until nothing more will happen to any of the jobs by itself. A job that cannot be followed has its failure for
 * an outcome, and the others are followed on.
 *
 * @category combinators
 * @since 0.1.0
 */
export const follow = Effect.fn("cli.Progress.follow")(
  function*(handles: ReadonlyArray<JobHandle>, interval: Duration.Input) {
    const reporter = yield* StatusReporter
    const show = yield* line
    const state = yield* Ref.make(yield* reporter.status(handles))
    const set = (handle: JobHandle, outcome: Result.Result<JobStatus.JobStatus, StatusError>) =>
      Ref.update(state, HashMap.set(handle, outcome))
    const showState = Effect.flatMap(Ref.get(state), (outcomes) => show(text(outcomes)))

    yield* showState
    const open = Array.from(HashMap.keys(HashMap.filter(yield* Ref.get(state), isOpen)))
    yield* reporter.watch(open, { interval }).pipe(
      Stream.runForEachArray((changes) =>
        Effect.forEach(changes, ({ handle, outcome }) => set(handle, outcome), { discard: true }).pipe(
          Effect.andThen(showState)
        )
      )
    )
    return yield* Ref.get(state)
  },
  Effect.scoped
)
